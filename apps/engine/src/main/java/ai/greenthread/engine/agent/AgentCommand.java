package ai.greenthread.engine.agent;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.Quantity;
import ai.greenthread.engine.process.Cluster;
import ai.greenthread.engine.process.OptionText;
import ai.greenthread.engine.process.Termination;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code greenthread-engine agent}. */
@Command(
    name = "agent",
    header = "Report this node's GPUs, and who holds their memory",
    mixinStandardHelpOptions = true)
public final class AgentCommand implements Callable<Integer> {
  private static final System.Logger LOG = System.getLogger(AgentCommand.class.getName());
  private static final Duration LONGEST_END = Duration.ofSeconds(20);

  // picocli sets it before it calls.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      defaultValue = "${env:NODE_NAME:-}",
      description = "Name of this node; default $$NODE_NAME.")
  private String node = "";

  @Option(
      names = "--system-namespace",
      paramLabel = "NAME",
      defaultValue = "${env:GREENTHREAD_SYSTEM_NAMESPACE:-greenthread-system}",
      description =
          "Where GPU objects are; default $$GREENTHREAD_SYSTEM_NAMESPACE or greenthread-system.")
  private String systemNamespace = "";

  @Option(
      names = "--identity",
      paramLabel = "NAME",
      defaultValue = "${env:POD_NAME:-agent}",
      description = "Who holds the node's lease, for people; default $$POD_NAME.")
  private String identity = "";

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "${env:GREENTHREAD_HOST:-0.0.0.0}",
      description = "Address to listen on; default $$GREENTHREAD_HOST or 0.0.0.0.")
  private String host = "";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "${env:GREENTHREAD_AGENT_PORT:-9440}",
      description = "Port to listen on; default $$GREENTHREAD_AGENT_PORT or 9440.")
  private int port;

  @Option(
      names = "--report-period",
      paramLabel = "DURATION",
      defaultValue = "${env:GREENTHREAD_REPORT_PERIOD:-10s}",
      description = "Between two looks at the devices; default $$GREENTHREAD_REPORT_PERIOD or 10s.")
  private String reportPeriod = "";

  @Option(
      names = "--lease-period",
      paramLabel = "DURATION",
      defaultValue = "${env:GREENTHREAD_LEASE_PERIOD:-10s}",
      description =
          "Between two renewals of the node's lease, which is valid four times as long; default"
              + " $$GREENTHREAD_LEASE_PERIOD or 10s.")
  private String leasePeriod = "";

  @Option(
      names = "--headroom",
      paramLabel = "SIZE",
      defaultValue = "${env:GREENTHREAD_HEADROOM:-}",
      description =
          "Memory of each device that is never handed out; default $$GREENTHREAD_HEADROOM, or 512Mi"
              + " of a real device and nothing of a virtual one.")
  private String headroom = "";

  @Option(
      names = "--nvml-library",
      paramLabel = "FILE",
      defaultValue = "${env:GREENTHREAD_NVML_LIBRARY:-}",
      description =
          "NVIDIA's management library; default $$GREENTHREAD_NVML_LIBRARY or the usual places.")
  private String nvmlLibrary = "";

  @Option(
      names = "--virtual-gpu",
      paramLabel = "SIZE",
      split = ",",
      defaultValue = "${env:GREENTHREAD_VIRTUAL_GPUS:-}",
      description =
          "A device that is no hardware, in place of real ones; once for each. What pods hold of it"
              + " is the main memory of their servers. Default $$GREENTHREAD_VIRTUAL_GPUS.")
  private List<String> virtualGpus = List.of();

  @Option(
      names = "--simulator-ledger",
      paramLabel = "FILE",
      defaultValue = "${env:GREENTHREAD_SIMULATOR_LEDGER:-}",
      description =
          "Where simulated servers write what they hold of virtual GPUs; default"
              + " $$GREENTHREAD_SIMULATOR_LEDGER.")
  private String simulatorLedger = "";

  @Option(
      names = "--api-timeout",
      paramLabel = "DURATION",
      defaultValue = "${env:GREENTHREAD_API_TIMEOUT:-10s}",
      description =
          "Longest time for one call to the API server; default $$GREENTHREAD_API_TIMEOUT or 10s.")
  private String apiTimeout = "";

  @Override
  public Integer call() throws IOException, InterruptedException {
    AgentConfig config = config();
    Termination termination = new Termination(LONGEST_END);
    try (Agent agent = Agent.start(config, Cluster.api(config.apiTimeout()))) {
      LOG.log(System.Logger.Level.INFO, "the agent of {0} is at {1}", config.node(), agent.uri());
      termination.await();
    } catch (UncheckedIOException e) {
      LOG.log(System.Logger.Level.ERROR, "the agent cannot start: {0}", e.getMessage());
      return 1;
    } finally {
      termination.done();
    }
    return 0;
  }

  /** The options as a record, each checked. */
  AgentConfig config() {
    try {
      return new AgentConfig(
          node,
          systemNamespace,
          identity,
          host,
          port,
          OptionText.duration("--report-period", reportPeriod),
          OptionText.duration("--lease-period", leasePeriod),
          Optional.of(headroom).filter(AgentCommand::given).map(size -> size("--headroom", size)),
          Optional.of(nvmlLibrary).filter(AgentCommand::given).map(Path::of),
          virtualGpus.stream()
              .filter(AgentCommand::given)
              .map(size -> size("--virtual-gpu", size))
              .toList(),
          Optional.of(simulatorLedger).filter(AgentCommand::given).map(Path::of),
          OptionText.duration("--api-timeout", apiTimeout));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static boolean given(String text) {
    return !text.isBlank();
  }

  private static Bytes size(String option, String text) {
    return Quantity.parse(text)
        .filter(quantity -> !quantity.isNegative())
        .map(Quantity::bytes)
        .orElseThrow(
            () -> new IllegalArgumentException(option + " is no size such as 512Mi: " + text));
  }
}
