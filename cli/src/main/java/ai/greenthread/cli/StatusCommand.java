package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory;
import ai.greenthread.cli.client.DataDirectory.Presence;
import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.GpuView;
import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.client.UpFile;
import ai.greenthread.cli.cluster.ClusterContext;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.LiveRegion;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gtctl status}: is an engine up, where, and how is it. */
@Command(
    name = "status",
    header = "Show whether an engine is up, where, and how it is",
    description = "The exit code is 3 where none is.")
final class StatusCommand implements Callable<Integer> {
  /** A leader renews its lease every few seconds; clocks may differ by about as much as this. */
  private static final Duration SILENCE = Duration.ofMinutes(2);

  private static final String GPUS = "how the GPUs are";

  private final Session session;

  @Mixin private OutputFormat format = new OutputFormat();

  @Option(
      names = {"-w", "--watch"},
      description = "Show Models and GPUs while they work, until Ctrl-C.")
  private boolean watch;

  StatusCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    return switch (session.target()) {
      case Target.Local local -> local(local);
      case Target.Cluster(ClusterContext context, _) -> cluster(context);
    };
  }

  private int local(Target.Local local) {
    DataDirectory directory = local.directory();
    if (format.structured() && !(directory.presence() instanceof Presence.Running)) {
      ObjectNode status = Json.mapper().createObjectNode();
      session.println(
          format.format(status.put("up", false).put("data", directory.path().toString())));
      return ExitCode.NO_ENGINE;
    }
    UpFile up = local.requireUp();
    try (Engine engine = session.connect(directory, up)) {
      return show(engine, () -> head(directory, up), () -> structured(directory, up));
    }
  }

  private int cluster(ClusterContext context) {
    try (Engine engine = session.connect(context, new Reach.Visible())) {
      JsonNode about = engine.version();
      return show(
          engine,
          () -> head(about),
          () -> {
            ObjectNode status = Json.mapper().createObjectNode().put("up", true);
            about.properties().forEach(field -> status.set(field.getKey(), field.getValue()));
            return status;
          });
    } catch (CliException e) {
      if (!format.structured() || e.exitCode() != ExitCode.NO_ENGINE) {
        throw e;
      }
      ObjectNode status = Json.mapper().createObjectNode().put("up", false);
      status.put("context", context.name()).put("server", context.server());
      session.println(format.format(status.put("reason", e.message())));
      return ExitCode.NO_ENGINE;
    }
  }

  private int show(Engine engine, Supplier<Description> head, Supplier<ObjectNode> structured) {
    if (watch && !format.structured()) {
      return follow(engine);
    }
    List<ModelView> models = engine.models();
    Optional<List<GpuView>> gpus = session.gpus(engine, GPUS);
    if (format.structured()) {
      session.println(format.format(structured(structured.get(), models, gpus)));
    } else {
      head.get()
          .field("Models", models(models))
          .field("GPUs", gpus.map(StatusCommand::gpus).orElse(""))
          .lines()
          .forEach(session::println);
    }
    return ExitCode.OK;
  }

  private int follow(Engine engine) {
    boolean allowed = session.gpus(engine, GPUS).isPresent();
    LiveView view = new LiveView(session);
    LiveRegion region = new LiveRegion(session.out(), LiveRegion::terminalRows);
    while (true) {
      if (session.liveOut()) {
        region.draw(view.picture(engine.models(), allowed ? engine.gpus() : List.of()));
      } else {
        view.changes(engine.models()).forEach(session::println);
      }
      session.pause();
    }
  }

  private Description head(DataDirectory directory, UpFile up) {
    return new Description()
        .field(
            "Engine",
            session.palette().green("up")
                + " for "
                + session.age(up.startedAt().toString())
                + " (process "
                + up.pid()
                + ", version "
                + up.version()
                + ")")
        .field("Proxy", up.proxy() + "/v1")
        .field("Engine API", up.engine().toString())
        .field("Data", directory.path().toString());
  }

  private Description head(JsonNode about) {
    String version = " (version " + about.path("version").asText() + ")";
    return new Description()
        .field("Engine", controller(about) + version)
        .field("Context", about.path("context").asText())
        .field("Server", about.path("server").asText())
        .field("Kubernetes", about.path("kubernetes").asText())
        .field("Namespace", about.path("namespace").asText());
  }

  /** How the controller is, as far as one may see its lease. */
  private String controller(JsonNode about) {
    if (!about.has("heardOf")) {
      return "installed; whether its controller runs you may not see";
    }
    String heardOf = about.path("heardOf").asText();
    boolean silent =
        heardOf.isEmpty() || Instant.parse(heardOf).plus(SILENCE).isBefore(session.now());
    return silent
        ? session.palette().red("down")
            + ": no controller has been heard of for "
            + session.age(heardOf)
        : session.palette().green("up") + ", led by " + about.path("leader").asText();
  }

  private static String models(List<ModelView> models) {
    Map<String, Long> states =
        models.stream()
            .map(m -> m.state().isEmpty() ? m.phase() : m.state())
            .collect(Collectors.groupingBy(s -> s, TreeMap::new, Collectors.counting()));
    String detail =
        states.entrySet().stream()
            .map(e -> e.getValue() + " " + e.getKey())
            .collect(Collectors.joining(", "));
    return models.size() + (detail.isEmpty() ? "" : " (" + detail + ")");
  }

  private static String gpus(List<GpuView> gpus) {
    long available = gpus.stream().mapToLong(GpuView::availableBytes).sum();
    long total = gpus.stream().mapToLong(GpuView::totalBytes).sum();
    return gpus.size()
        + " ("
        + Human.bytes(available)
        + " of "
        + Human.bytes(total)
        + " available)";
  }

  private static ObjectNode structured(DataDirectory directory, UpFile up) {
    ObjectNode status = Json.mapper().createObjectNode();
    status.put("up", true);
    status.put("pid", up.pid());
    status.put("version", up.version());
    status.put("startedAt", up.startedAt().toString());
    status.put("proxy", up.proxy().toString());
    status.put("engine", up.engine().toString());
    return status.put("data", directory.path().toString());
  }

  private static ObjectNode structured(
      ObjectNode status, List<ModelView> models, Optional<List<GpuView>> gpus) {
    ArrayNode modelArray = status.putArray("models");
    for (ModelView model : models) {
      modelArray
          .addObject()
          .put("namespace", model.namespace())
          .put("name", model.name())
          .put("phase", model.phase())
          .put("state", model.state())
          .put("url", model.url());
    }
    gpus.ifPresent(all -> {
      ArrayNode gpuArray = status.putArray("gpus");
      for (GpuView gpu : all) {
        gpuArray
            .addObject()
            .put("name", gpu.name())
            .put("totalMemoryBytes", gpu.totalBytes())
            .put("availableMemoryBytes", gpu.availableBytes());
      }
    });
    return status;
  }

  /** Fails where an engine is up already in this directory. */
  static void requireNone(DataDirectory directory) {
    if (directory.presence() instanceof Presence.Running running) {
      throw new CliException(
          ExitCode.FAILED,
          "an engine is up already here: process "
              + running.file().pid()
              + ", proxy "
              + running.file().proxy(),
          "see it: gtctl status   stop it: gtctl down   have another: gtctl up --data DIR");
    }
  }
}
