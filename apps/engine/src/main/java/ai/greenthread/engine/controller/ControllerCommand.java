package ai.greenthread.engine.controller;

import ai.greenthread.engine.process.Cluster;
import ai.greenthread.engine.process.OptionText;
import ai.greenthread.engine.process.Termination;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.http.server.HttpServer;
import ai.greenthread.http.server.Routes;
import ai.greenthread.http.server.ServerSettings;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.LeaderElection;
import ai.greenthread.k8s.controller.Controller;
import ai.greenthread.k8s.render.RenderSettings;
import ai.greenthread.k8s.render.RenderSettings.DeviceSelection;
import ai.greenthread.k8s.render.RenderSettings.RouteKind;
import ai.greenthread.k8s.render.RenderSettings.RouteSettings;
import ai.greenthread.scheduling.policy.PolicyName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code greenthread-engine controller}. */
@Command(
    name = "controller",
    header = "Make what Models ask for, and say how they fare",
    description = "One of several such processes leads; the others wait for its lease to run out.",
    mixinStandardHelpOptions = true)
public final class ControllerCommand implements Callable<Integer> {
  private static final System.Logger LOG = System.getLogger(ControllerCommand.class.getName());
  private static final String LEASE = "greenthread-controller";
  private static final Duration LONGEST_END = Duration.ofSeconds(20);

  // picocli sets it before it calls.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  /** The controller while this process leads. */
  private volatile Optional<Controller> leading = Optional.empty();

  @Option(
      names = "--system-namespace",
      paramLabel = "NAME",
      defaultValue = "${env:GREENTHREAD_SYSTEM_NAMESPACE:-greenthread-system}",
      description =
          "Where GPU objects and the lease are; default $$GREENTHREAD_SYSTEM_NAMESPACE or"
              + " greenthread-system.")
  private String systemNamespace = "";

  @Option(
      names = "--identity",
      paramLabel = "NAME",
      defaultValue = "${env:POD_NAME:-}",
      description = "Who this process is; default $$POD_NAME.")
  private String identity = "";

  @Option(
      names = "--sidecar-image",
      paramLabel = "IMAGE",
      defaultValue = "${env:GREENTHREAD_SIDECAR_IMAGE:-}",
      description = "Of sidecars; default $$GREENTHREAD_SIDECAR_IMAGE.")
  private String sidecarImage = "";

  @Option(
      names = "--vllm-image",
      paramLabel = "IMAGE",
      defaultValue = "${env:GREENTHREAD_VLLM_IMAGE:-vllm/vllm-openai:v0.11.0}",
      description = "Of vLLM, where a Model names none; default $$GREENTHREAD_VLLM_IMAGE.")
  private String vllmImage = "";

  @Option(
      names = "--llama-image",
      paramLabel = "IMAGE",
      defaultValue = "${env:GREENTHREAD_LLAMA_IMAGE:-ghcr.io/ggml-org/llama.cpp:server-cuda}",
      description = "Of llama.cpp, where a Model names none; default $$GREENTHREAD_LLAMA_IMAGE.")
  private String llamaImage = "";

  @Option(
      names = "--pull-secret",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "${env:GREENTHREAD_PULL_SECRETS:-}",
      description = "Image pull secrets of Model pods; default $$GREENTHREAD_PULL_SECRETS.")
  private List<String> pullSecrets = List.of();

  @Option(
      names = "--runtime-class",
      paramLabel = "NAME",
      defaultValue = "${env:GREENTHREAD_RUNTIME_CLASS:-}",
      description = "Of Model pods; default $$GREENTHREAD_RUNTIME_CLASS or the cluster's.")
  private String runtimeClass = "";

  @Option(
      names = "--device-selection",
      paramLabel = "env|cdi",
      defaultValue = "${env:GREENTHREAD_DEVICE_SELECTION:-env}",
      description = "How a container gets its GPUs; default $$GREENTHREAD_DEVICE_SELECTION or env.")
  private String deviceSelection = "";

  @Option(
      names = "--agent-port",
      paramLabel = "PORT",
      defaultValue = "${env:GREENTHREAD_AGENT_PORT:-9440}",
      description = "Where the agent of each node answers; default $$GREENTHREAD_AGENT_PORT.")
  private int agentPort;

  @Option(
      names = "--policy",
      paramLabel = "bounded|documented",
      defaultValue = "${env:GREENTHREAD_POLICY:-bounded}",
      description =
          "Who is woken and who leaves when a GPU is full; default $$GREENTHREAD_POLICY or bounded.")
  private String policy = "";

  @Option(
      names = "--wakes-at-once",
      paramLabel = "N",
      defaultValue = "${env:GREENTHREAD_WAKES_AT_ONCE:-0}",
      description =
          "GPUs of a node that may load weights at the same time, 0 for all; default"
              + " $$GREENTHREAD_WAKES_AT_ONCE or 0.")
  private int wakesAtOnce;

  @Option(
      names = "--account",
      paramLabel = "NAME",
      defaultValue = "${env:GREENTHREAD_MODEL_ACCOUNT:-greenthread-model}",
      description =
          "Service account of Model pods, where a Model names none; default"
              + " $$GREENTHREAD_MODEL_ACCOUNT or greenthread-model.")
  private String account = "";

  @Option(
      names = "--sidecar-resource",
      paramLabel = "requests.cpu=50m",
      split = ",",
      defaultValue =
          "${env:GREENTHREAD_SIDECAR_RESOURCES:-requests.cpu=50m,requests.memory=128Mi,limits.memory=512Mi}",
      description = "Requests and limits of sidecars; default $$GREENTHREAD_SIDECAR_RESOURCES.")
  private List<String> sidecarResources = List.of();

  @Option(
      names = "--route",
      paramLabel = "ingress|httproute|none",
      defaultValue = "${env:GREENTHREAD_ROUTE:-none}",
      description =
          "What leads to Models from outside, by /<model>/v1/…; default $$GREENTHREAD_ROUTE or"
              + " none.")
  private String route = "";

  @Option(
      names = "--route-host",
      paramLabel = "HOST",
      defaultValue = "${env:GREENTHREAD_ROUTE_HOST:-}",
      description = "Host name of all Models, with a port if need be; default its variable.")
  private String routeHost = "";

  @Option(
      names = "--route-scheme",
      paramLabel = "http|https",
      defaultValue = "${env:GREENTHREAD_ROUTE_SCHEME:-http}",
      description = "As the world sees it; default $$GREENTHREAD_ROUTE_SCHEME or http.")
  private String routeScheme = "";

  @Option(
      names = "--route-class",
      paramLabel = "NAME",
      defaultValue = "${env:GREENTHREAD_ROUTE_CLASS:-}",
      description = "Ingress class, or name of the Gateway; default $$GREENTHREAD_ROUTE_CLASS.")
  private String routeClass = "";

  @Option(
      names = "--gateway-namespace",
      paramLabel = "NAME",
      defaultValue = "${env:GREENTHREAD_GATEWAY_NAMESPACE:-}",
      description = "Of the Gateway; default $$GREENTHREAD_GATEWAY_NAMESPACE.")
  private String gatewayNamespace = "";

  @Option(
      names = "--route-annotation",
      paramLabel = "KEY=VALUE",
      description = "On every route, such as time-outs of the ingress controller; repeatable.")
  private Map<String, String> routeAnnotations = new LinkedHashMap<>();

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "${env:GREENTHREAD_WORKERS:-16}",
      description = "Models looked after side by side; default $$GREENTHREAD_WORKERS or 16.")
  private int workers;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "${env:GREENTHREAD_HOST:-0.0.0.0}",
      description = "Address to listen on; default $$GREENTHREAD_HOST or 0.0.0.0.")
  private String host = "";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "${env:GREENTHREAD_CONTROLLER_PORT:-8081}",
      description = "Of /health, /ready and /metrics; default $$GREENTHREAD_CONTROLLER_PORT.")
  private int port;

  @Option(
      names = "--api-timeout",
      paramLabel = "DURATION",
      defaultValue = "${env:GREENTHREAD_API_TIMEOUT:-4s}",
      description = "Longest call to the API server; default $$GREENTHREAD_API_TIMEOUT or 4s.")
  private String apiTimeout = "";

  @Override
  public Integer call() throws IOException, InterruptedException {
    ControllerConfig config = config();
    var random = new SecureRandom();
    Termination termination = new Termination(LONGEST_END);
    JsonApi api = Cluster.api(config.apiTimeout());
    var election =
        new LeaderElection(
            api,
            config.render().systemNamespace(),
            LEASE,
            config.identity(),
            LeaderElection.Terms.DEFAULT,
            Clock.systemUTC(),
            random);
    try (HttpServer _ =
        HttpServer.start(ServerSettings.at(config.host(), config.port()), routes(), random)) {
      Thread leader =
          Thread.ofVirtual().name("leader").start(() -> lead(election, config, api, termination));
      termination.await();
      leader.interrupt();
      leader.join();
      return 0;
    } finally {
      termination.done();
    }
  }

  /** Waits for its turn and leads until it cannot or need not; then the process ends. */
  private void lead(
      LeaderElection election, ControllerConfig config, JsonApi api, Termination termination) {
    var random = new SecureRandom();
    try {
      election.await();
      try (Controller controller =
          new Controller(
              api,
              config.render(),
              config.identity(),
              config.workers(),
              Clock.systemUTC(),
              random)) {
        Thread starting = Thread.ofVirtual().start(() -> begin(controller, termination));
        try {
          election.hold();
        } finally {
          starting.interrupt();
          leading = Optional.empty();
        }
      }
    } catch (InterruptedException e) {
      election.release();
    } finally {
      termination.ask();
    }
  }

  private void begin(Controller controller, Termination termination) {
    try {
      controller.start();
      leading = Optional.of(controller);
      LOG.log(System.Logger.Level.INFO, "looking after {0} Models", controller.counts().models());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "the controller cannot start: {0}", e.getMessage());
      termination.ask();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Routes routes() {
    var metrics = new ControllerMetrics(() -> leading);
    return Routes.builder()
        .get("/health", exchange -> say(exchange, "alive"))
        .get("/ready", exchange -> say(exchange, leading.isPresent() ? "leads" : "waits"))
        .get("/metrics", exchange -> exchange.respond(200, metrics.contentType(), metrics.text()))
        .build();
  }

  private static void say(Exchange exchange, String word) throws ClientGoneException {
    exchange.respondJson(200, ("{\"status\":\"" + word + "\"}").getBytes(StandardCharsets.UTF_8));
  }

  /** The options as a record, each checked. */
  ControllerConfig config() {
    try {
      if (sidecarImage.isBlank()) {
        throw new IllegalArgumentException(
            "the image of sidecars is needed: GREENTHREAD_SIDECAR_IMAGE, or --sidecar-image");
      }
      return new ControllerConfig(
          new RenderSettings(
              systemNamespace,
              sidecarImage,
              vllmImage,
              llamaImage,
              pullSecrets.stream().filter(name -> !name.isBlank()).toList(),
              runtimeClass,
              choice("--device-selection", deviceSelection, DeviceSelection.class),
              agentPort,
              PolicyName.of(policy),
              wakesAtOnce,
              account,
              resources(),
              new RouteSettings(
                  choice("--route", route.replace("httproute", "http_route"), RouteKind.class),
                  routeHost,
                  routeScheme,
                  routeClass,
                  gatewayNamespace,
                  routeAnnotations)),
          identity,
          workers,
          host,
          port,
          OptionText.positive("--api-timeout", apiTimeout));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static <E extends Enum<E>> E choice(String option, String text, Class<E> kind) {
    try {
      return Enum.valueOf(kind, text.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          option
              + " knows "
              + String.join(
                  ", ",
                  List.of(kind.getEnumConstants()).stream()
                      .map(each -> each.name().toLowerCase(Locale.ROOT).replace("_", ""))
                      .toList())
              + ", not "
              + text,
          e);
    }
  }

  private Map<String, Map<String, String>> resources() {
    Map<String, Map<String, String>> resources = new LinkedHashMap<>();
    for (String each : sidecarResources) {
      if (each.isBlank()) {
        continue;
      }
      int dot = each.indexOf('.');
      int equals = each.indexOf('=');
      if (dot < 1 || equals < dot + 2) {
        throw new IllegalArgumentException(
            "--sidecar-resource wants requests.cpu=50m or the like, not " + each);
      }
      resources
          .computeIfAbsent(each.substring(0, dot), none -> new LinkedHashMap<>())
          .put(each.substring(dot + 1, equals), each.substring(equals + 1));
    }
    return resources;
  }
}
