package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A server in the other container of this pod, started and ended over its launcher. */
final class PodServer implements Server {
  private static final Duration PROBE_LIMIT = Duration.ofSeconds(2);
  private static final String SEE_LOGS = "; see the log of the pod's container inference";
  private static final Duration POLITE = Duration.ofSeconds(5);
  private static final long LOOK_AGAIN_MS = 25;
  private static final long DEATH_WATCH_MS = 100;

  private final Launcher launcher;
  private final AdminClient client;
  private final String healthPath;
  private final List<GpuId> devices;
  private final PodHost.Meter meter;
  private final AtomicReference<@Nullable Thread> deathWatch = new AtomicReference<>();
  private volatile Consumer<String> onDeath = reason -> {};

  /**
   * @param devices of the pod, which stay the same for its whole life
   */
  PodServer(
      Launcher launcher,
      AdminClient client,
      String healthPath,
      List<GpuId> devices,
      PodHost.Meter meter) {
    this.launcher = launcher;
    this.client = client;
    this.healthPath = healthPath;
    this.devices = List.copyOf(devices);
    this.meter = meter;
  }

  @Override
  public boolean isRunning() {
    return launcher.running();
  }

  @Override
  public void start(List<GpuId> on, Duration limit) throws RuntimeFailure, InterruptedException {
    Deadline deadline = Deadline.in(limit);
    boolean healthy = false;
    try {
      long number = launcher.start(deadline);
      awaitHealth(number, deadline, limit);
      healthy = true;
    } finally {
      if (!healthy) {
        // Nobody waits for it any more, and it may hold memory.
        launcher.end(Duration.ZERO, Deadline.in(Duration.ZERO));
      }
    }
    watchForDeath();
  }

  private void awaitHealth(long number, Deadline deadline, Duration limit)
      throws RuntimeFailure, InterruptedException {
    while (client
        .tryGet(healthPath, deadline.left(PROBE_LIMIT))
        .filter(AdminClient.Answer::ok)
        .isEmpty()) {
      if (launcher.state() instanceof Launcher.State.Ended(_, int status)) {
        throw new RuntimeFailure("while starting, the server " + ExitCode.words(status) + SEE_LOGS);
      }
      if (!(launcher.state() instanceof Launcher.State.Running(long running))
          || running != number) {
        throw new RuntimeFailure(
            "while starting, the inference container was restarted" + SEE_LOGS);
      }
      if (deadline.passed()) {
        throw new RuntimeFailure(
            "the server was not healthy after " + limit.toSeconds() + " s" + SEE_LOGS);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MS);
    }
  }

  /** A file that is looked at ten times a second costs nothing and tells a crash at once. */
  private void watchForDeath() {
    Thread next = Thread.ofVirtual().name("death-watch").unstarted(this::untilItEnds);
    Thread before = deathWatch.getAndSet(next);
    if (before != null) {
      before.interrupt();
    }
    next.start();
  }

  private void untilItEnds() {
    try {
      while (launcher.running()) {
        TimeUnit.MILLISECONDS.sleep(DEATH_WATCH_MS);
      }
      if (deathWatch.compareAndSet(Thread.currentThread(), null)) {
        onDeath.accept(obituary() + SEE_LOGS);
      }
    } catch (InterruptedException e) {
      // It was told to end, or is watched anew.
      return;
    }
  }

  private String obituary() {
    try {
      if (launcher.state() instanceof Launcher.State.Ended(_, int status)) {
        return "the server " + ExitCode.words(status);
      }
    } catch (RuntimeFailure e) {
      return "the server is gone: " + e.getMessage();
    }
    return "the server's container was restarted";
  }

  @Override
  public void awake(List<GpuId> on) {
    // One that was taken over was not started here, and nobody watches it yet.
    watchForDeath();
  }

  @Override
  public void end(Duration limit) throws RuntimeFailure, InterruptedException {
    Thread watch = deathWatch.getAndSet(null);
    if (watch != null) {
      watch.interrupt();
    }
    Deadline deadline = Deadline.in(limit);
    try {
      Duration third = limit.dividedBy(3);
      Duration polite = third.compareTo(POLITE) < 0 ? third : POLITE;
      launcher.end(polite, Deadline.in(polite.multipliedBy(2)));
    } catch (RuntimeFailure e) {
      if (holdsNothing()) {
        launcher.buried();
      } else {
        launcher.end(Duration.ZERO, deadline);
      }
    }
  }

  /**
   * A container that was killed as a whole, and is not started again yet, follows no order and has
   * left a state that is no longer true. What counts is what its processes hold, and there is time
   * left to ask.
   */
  private boolean holdsNothing() throws RuntimeFailure, InterruptedException {
    return meter.measure(devices).values().stream().allMatch(Bytes::isZero);
  }

  @Override
  public Health health() throws InterruptedException {
    return isRunning()
        ? client.health(healthPath, PROBE_LIMIT)
        : new Health.Dead("the server does not run");
  }

  @Override
  public Map<GpuId, Bytes> footprint() throws RuntimeFailure, InterruptedException {
    return meter.measure(devices);
  }

  @Override
  public void onDeath(Consumer<String> listener) {
    onDeath = listener;
  }
}
