package ai.greenthread.http.sidecar;

import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;

/** Wall-clock time at the start, then as the machine's steady counter runs: it never jumps. */
public final class MonotonicClock implements InstantSource {
  private final Instant start = Clock.systemUTC().instant();
  private final long startNanos = System.nanoTime();

  @Override
  public Instant instant() {
    return start.plusNanos(System.nanoTime() - startNanos);
  }
}
