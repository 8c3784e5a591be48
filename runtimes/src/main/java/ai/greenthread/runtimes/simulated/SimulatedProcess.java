package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.child.ParentWatch;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Objects;

/**
 * The simulated vLLM as a process. Standard output gets one line, {@code ready URL}, once requests
 * are answered; until then the port is closed.
 */
final class SimulatedProcess {
  /** Exit status where the start failed. */
  static final int EXIT_START_FAILED = 1;

  /** Exit status of a simulated crash. */
  static final int EXIT_CRASHED = 139;

  private final PrintStream out;
  private final PrintStream err;

  SimulatedProcess(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  void run(List<String> arguments) throws InterruptedException {
    if (arguments.contains("--help")) {
      help();
      return;
    }
    try {
      serve(SimulatorConfig.parse(arguments));
    } catch (IllegalArgumentException | IOException e) {
      err.println("simulated vLLM: " + e.getMessage());
      Runtime.getRuntime().halt(EXIT_START_FAILED);
    }
  }

  private void serve(SimulatorConfig config) throws IOException, InterruptedException {
    err.println("simulated vLLM: seed " + config.get(Knobs.SEED));
    SimulatedVllm simulator =
        new SimulatedVllm(
            config,
            why -> {
              err.println("simulated vLLM: crashed: " + why);
              Runtime.getRuntime().halt(EXIT_CRASHED);
            });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> onTerm(simulator), "on-term"));
    if (config.get(Knobs.PARENT_WATCH)) {
      ParentWatch.start(
          System.in,
          () -> {
            simulator.close();
            Runtime.getRuntime().halt(0);
          });
    }
    simulator.open();
    out.println("ready " + simulator.url());
    out.flush();
    simulator.awaitEnd();
  }

  private static void onTerm(SimulatedVllm simulator) {
    if (simulator.config().get(Knobs.IGNORE_SIGTERM)) {
      try {
        // The JVM stays, and serves on, for as long as this hook does.
        simulator.awaitEnd();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
      return;
    }
    simulator.close();
    Runtime.getRuntime().halt(0);
  }

  private void help() {
    out.println("A vLLM without a GPU or a model, for tests. Every knob and its default:");
    for (Knob<?> knob : Knobs.all()) {
      String value = Objects.requireNonNullElse(knob.text(knob.fallback()), "");
      out.printf(
          "  --%-24s %s (default %s)%n",
          knob.name(), knob.help(), value.isEmpty() ? "none" : value);
    }
  }
}
