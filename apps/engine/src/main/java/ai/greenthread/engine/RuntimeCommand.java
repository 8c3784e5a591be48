package ai.greenthread.engine;

import ai.greenthread.runtimes.builtin.BuiltinServer;
import ai.greenthread.runtimes.simulated.SimulatedVllm;
import java.util.List;
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
  // picocli sets it before it calls.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "builtin|simulated", description = "Which one.")
  private String kind = "";

  @Unmatched private List<String> arguments = List.of();

  @Override
  public Integer call() throws Exception {
    String[] own = arguments.toArray(String[]::new);
    switch (kind) {
      case "builtin" -> BuiltinServer.main(own);
      case "simulated" -> SimulatedVllm.main(own);
      default ->
          throw new ParameterException(
              spec.commandLine(), "there are builtin and simulated, not " + kind);
    }
    return 0;
  }
}
