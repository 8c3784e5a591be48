package ai.greenthread.e2e.engine;

import ai.greenthread.e2e.history.ClientHistory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Kills a random process of an engine's family with {@code kill -9}, again and again. */
final class Killer {
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

  /** The second kill is the engine's, so that also a short run has one; the others are random. */
  void killOne() throws Exception {
    List<ProcessHandle> serving = engine.runtimes();
    int chosen = random.nextInt(serving.size() + 1);
    if (chosen == serving.size() || runtimes + engines == 1) {
      killEngine();
    } else {
      killRuntime(serving.get(chosen));
    }
  }

  private void killRuntime(ProcessHandle runtime) {
    Optional<String> model = Engine.flag(runtime, "--served-model-name");
    if (model.isPresent()) {
      history.killed(runtime.pid(), model.get());
      runtime.destroyForcibly();
      runtimes++;
    }
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
        Duration.ofSeconds(20),
        () -> family.stream().noneMatch(ProcessHandle::isAlive));
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
