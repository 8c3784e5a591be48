package ai.greenthread.http.openai;

import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Ids for {@code x-request-id}: the caller's own if it is sane, else {@code req_} and 32
 * hexadecimal digits. Unique within a process by a counter, between processes by chance.
 * Thread-safe.
 */
public final class RequestIds {
  private static final int MAX_LENGTH = 128;

  private final String process;
  private final AtomicLong counter;

  public RequestIds(RandomGenerator random) {
    this.process = "req_" + HexFormat.of().toHexDigits(random.nextLong());
    this.counter = new AtomicLong(random.nextLong());
  }

  public String next() {
    // An odd factor permutes the numbers, so that ids that follow one another do not look alike.
    return process + HexFormat.of().toHexDigits(counter.incrementAndGet() * 0x9E3779B97F4A7C15L);
  }

  /** The caller's id where it can be passed on and logged safely, else a new one. */
  public String orNext(Optional<String> given) {
    return given.filter(RequestIds::isSane).orElseGet(this::next);
  }

  private static boolean isSane(String id) {
    if (id.isEmpty() || id.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-_.:".indexOf(c) >= 0;
      if (!plain) {
        return false;
      }
    }
    return true;
  }
}
