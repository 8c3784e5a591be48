package ai.greenthread.engine.sidecar;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.engine.process.Cluster;
import ai.greenthread.engine.process.OptionText;
import ai.greenthread.engine.process.Termination;
import ai.greenthread.scheduling.policy.PolicyName;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code greenthread-engine sidecar}. */
@Command(
    name = "sidecar",
    header = "Serve one Model from this pod: park, wake, forward, sleep",
    description =
        "The controller makes Model pods and tells their sidecars all of this by variables.",
    mixinStandardHelpOptions = true)
public final class SidecarCommand implements Callable<Integer> {
  private static final System.Logger LOG = System.getLogger(SidecarCommand.class.getName());
  private static final Duration LONGEST_END = Duration.ofHours(1);

  // picocli sets it before it calls.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "JSON",
      defaultValue = "${env:GREENTHREAD_MODEL:-}",
      description = "The Model; default $$GREENTHREAD_MODEL.")
  private String model = "";

  @Option(
      names = "--ordinal",
      paramLabel = "N",
      defaultValue = "${env:GREENTHREAD_ORDINAL:-0}",
      description = "Which replica of it; default $$GREENTHREAD_ORDINAL or 0.")
  private int ordinal;

  @Option(
      names = "--gpus",
      paramLabel = "NAME,…",
      split = ",",
      defaultValue = "${env:GREENTHREAD_GPUS:-}",
      description = "Names of the pod's GPU objects; default $$GREENTHREAD_GPUS.")
  private List<String> gpus = List.of();

  @Option(
      names = "--node",
      paramLabel = "NAME",
      defaultValue = "${env:NODE_NAME:-}",
      description = "Node of the GPUs; default $$NODE_NAME.")
  private String node = "";

  @Option(
      names = "--replace-hash",
      paramLabel = "HASH",
      defaultValue = "${env:GREENTHREAD_REPLACE_HASH:-}",
      description = "Of the spec, under which measurements are kept; default its variable.")
  private String replaceHash = "";

  @Option(
      names = "--pod-uid",
      paramLabel = "UID",
      defaultValue = "${env:POD_UID:-}",
      description = "Of this pod; default $$POD_UID.")
  private String podUid = "";

  @Option(
      names = "--system-namespace",
      paramLabel = "NAME",
      defaultValue = "${env:GREENTHREAD_SYSTEM_NAMESPACE:-greenthread-system}",
      description =
          "Where GPU objects are; default $$GREENTHREAD_SYSTEM_NAMESPACE or greenthread-system.")
  private String systemNamespace = "";

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "${env:GREENTHREAD_HOST:-0.0.0.0}",
      description = "Address to listen on; default $$GREENTHREAD_HOST or 0.0.0.0.")
  private String host = "";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "${env:GREENTHREAD_PORT:-8080}",
      description = "Port to listen on; default $$GREENTHREAD_PORT or 8080.")
  private int port;

  @Option(
      names = "--runtime",
      paramLabel = "URL",
      defaultValue = "${env:GREENTHREAD_RUNTIME_URL:-http://127.0.0.1:8000}",
      description = "Where the inference server listens; default $$GREENTHREAD_RUNTIME_URL.")
  private URI runtime = URI.create("http://127.0.0.1:8000");

  @Option(
      names = "--agent",
      paramLabel = "URL",
      defaultValue = "${env:GREENTHREAD_AGENT_URL:-http://127.0.0.1:9440}",
      description = "The node's agent; default $$GREENTHREAD_AGENT_URL.")
  private URI agent = URI.create("http://127.0.0.1:9440");

  @Option(
      names = "--run",
      paramLabel = "FOLDER",
      defaultValue = "${env:GREENTHREAD_RUN:-/greenthread/run}",
      description = "Shared with the inference container; default $$GREENTHREAD_RUN.")
  private Path run = Path.of("/greenthread/run");

  @Option(
      names = "--api-timeout",
      paramLabel = "DURATION",
      defaultValue = "${env:GREENTHREAD_API_TIMEOUT:-5s}",
      description = "Longest call to the API server; default $$GREENTHREAD_API_TIMEOUT or 5s.")
  private String apiTimeout = "";

  @Option(
      names = "--touch-period",
      paramLabel = "DURATION",
      defaultValue = "${env:GREENTHREAD_TOUCH_PERIOD:-5s}",
      description =
          "How often a model in use says so in its GPU objects; default $$GREENTHREAD_TOUCH_PERIOD"
              + " or 5s.")
  private String touchPeriod = "";

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      defaultValue = "${env:GREENTHREAD_POLICY:-bounded}",
      description =
          "Who is woken and who leaves: bounded or documented; default $$GREENTHREAD_POLICY or"
              + " bounded.")
  private String policy = "";

  @Option(
      names = "--wakes-at-once",
      paramLabel = "N",
      defaultValue = "${env:GREENTHREAD_WAKES_AT_ONCE:-0}",
      description =
          "GPUs of a node that may load weights at the same time, 0 for all; default"
              + " $$GREENTHREAD_WAKES_AT_ONCE or 0.")
  private int wakesAtOnce;

  @Override
  public Integer call() throws IOException, InterruptedException {
    SidecarConfig config = config();
    Termination termination = new Termination(LONGEST_END);
    try {
      PodSidecar sidecar = new PodSidecar(config, Cluster.api(config.apiTimeout()));
      LOG.log(System.Logger.Level.INFO, "{0} is at {1}", config.replica().podName(), sidecar.uri());
      termination.await();
      sidecar.stop();
      return 0;
    } catch (UncheckedIOException e) {
      LOG.log(System.Logger.Level.ERROR, "the sidecar cannot start: {0}", e.getMessage());
      return 1;
    } finally {
      termination.done();
    }
  }

  /** The options as a record, each checked. */
  SidecarConfig config() {
    try {
      return new SidecarConfig(
          readModel(),
          ordinal,
          gpus.stream().filter(name -> !name.isBlank()).map(this::gpu).toList(),
          replaceHash,
          podUid,
          systemNamespace,
          host,
          port,
          runtime,
          agent,
          run,
          OptionText.positive("--api-timeout", apiTimeout),
          OptionText.positive("--touch-period", touchPeriod),
          PolicyName.of(policy),
          wakesAtOnce);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private Model readModel() {
    try {
      return switch (ModelManifest.read(new ObjectMapper().readValue(model, Object.class))) {
        case Reading.Valid valid -> valid.model();
        case Reading.Invalid invalid ->
            throw new IllegalArgumentException("--model is not valid: " + invalid.violations());
      };
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("--model is no JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** GPU objects are named {@code gpu-<node>-<index>}. */
  private GpuId gpu(String name) {
    String start = "gpu-" + node + "-";
    if (node.isEmpty() || !name.startsWith(start)) {
      throw new IllegalArgumentException("--gpus: " + name + " is not a GPU of node " + node);
    }
    try {
      return new GpuId(node, Integer.parseInt(name.substring(start.length())));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--gpus: " + name + " has no index at its end", e);
    }
  }
}
