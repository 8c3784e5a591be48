package ai.greenthread.engine;

import ai.greenthread.runtimes.builtin.BuiltinServer;
import ai.greenthread.runtimes.simulated.SimulatedVllm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code greenthread-engine runtime}: the inference servers that come with the engine. */
@Command(
    name = "runtime",
    header = "Run an inference server that comes with GreenThread",
    description = "Model pods with a runtime of type builtin or simulated run it.")
final class RuntimeCommand implements Callable<Integer> {
  private static final String LEDGER = "GREENTHREAD_SIMULATOR_LEDGER";

  // picocli sets it before it calls.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "builtin|simulated", description = "Which one.")
  private String kind = "";

  @Unmatched private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    String[] own = own().toArray(String[]::new);
    switch (kind) {
      case "builtin" -> BuiltinServer.main(own);
      case "simulated" -> SimulatedVllm.main(own);
      default ->
          throw new ParameterException(
              spec.commandLine(), "there are builtin and simulated, not " + kind);
    }
    return 0;
  }

  /**
   * The server's own arguments. Where simulated servers write what they hold is a matter of the
   * node, not of the Model; the agent knows it by the same variable.
   */
  private List<String> own() {
    String ledger = Optional.ofNullable(System.getenv(LEDGER)).orElse("");
    if (ledger.isEmpty() || !kind.equals("simulated") || arguments.contains("--ledger")) {
      return arguments;
    }
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of("--ledger", ledger));
    return all;
  }
}
