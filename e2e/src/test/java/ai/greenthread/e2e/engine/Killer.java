package ai.greenthread.e2e.engine;

import ai.greenthread.e2e.history.ClientHistory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** Kills a random process of an engine's family with {@code kill -9}, again and again. */
final class Killer {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Of the random kills every third is the engine's. */
  private static final int SHARE_OF_ENGINES = 3;

  private final Engine engine;
  private final ClientHistory history;
  private final RandomGenerator random;
  private int runtimes;
  private int engines;
  private Duration longestOutage = Duration.ZERO;

  Killer(Engine engine, ClientHistory history, RandomGenerator random) {
    this.engine = engine;
    this.history = history;
    this.random = random;
  }

  /**
   * Kills one now and then one in each pause until the end, but two at least; an engine's restart
   * may take longer than a pause.
   *
   * @param end of {@link System#nanoTime}
   */
  void killUntil(long end, Duration pause) throws Exception {
    long next = System.nanoTime();
    while (next - end < 0 || runtimes == 0 || engines == 0) {
      TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
      killOne();
      next = Math.max(next + pause.toNanos(), System.nanoTime());
    }
  }

  /** First a runtime, then the engine, so that also a short run has both; then at random. */
  private void killOne() throws Exception {
    if (runtimes == 0) {
      Engine.await("there is a runtime to kill", PATIENCE, this::killRuntime);
    } else if (engines == 0 || !(random.nextInt(SHARE_OF_ENGINES) > 0 && killRuntime())) {
      killEngine();
    }
  }

  /** Kills any; false where none runs, or the chosen one has just ended. */
  private boolean killRuntime() {
    List<ProcessHandle> serving = engine.runtimes();
    if (serving.isEmpty()) {
      return false;
    }
    ProcessHandle runtime = serving.get(random.nextInt(serving.size()));
    Optional<String> model = Engine.flag(runtime, "--served-model-name");
    if (model.isEmpty()) {
      return false;
    }
    history.killed(runtime.pid(), model.get());
    runtime.destroyForcibly();
    runtimes++;
    return true;
  }

  private void killEngine() throws Exception {
    long begin = System.nanoTime();
    ProcessHandle process = engine.process();
    List<ProcessHandle> family = new ArrayList<>(process.descendants().toList());
    family.add(process);
    history.killed(process.pid(), "");
    process.destroyForcibly();
    Engine.await(
        "the whole family is gone",
        PATIENCE,
        () -> family.stream().allMatch(each -> Engine.hasEnded(each.pid())));
    engine.startAgain();
    history.engineUp();
    engines++;
    Duration outage = Duration.ofNanos(System.nanoTime() - begin);
    longestOutage = outage.compareTo(longestOutage) > 0 ? outage : longestOutage;
  }

  @Override
  public String toString() {
    return "killed %d runtimes and %d engines; longest outage of an engine %.1f s"
        .formatted(runtimes, engines, longestOutage.toMillis() / 1e3);
  }
}
