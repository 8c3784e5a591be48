package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory;
import ai.greenthread.cli.client.DataDirectory.Presence;
import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.GpuView;
import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.client.UpFile;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.LiveRegion;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
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
    DataDirectory directory = session.directory();
    if (format.structured() && !(directory.presence() instanceof Presence.Running)) {
      ObjectNode status = Json.mapper().createObjectNode();
      session.println(
          format.format(status.put("up", false).put("data", directory.path().toString())));
      return ExitCode.NO_ENGINE;
    }
    UpFile up = directory.requireUp();
    try (Engine engine = session.connect(directory, up)) {
      if (watch && !format.structured()) {
        return follow(engine);
      }
      List<ModelView> models = engine.models();
      List<GpuView> gpus = engine.gpus();
      if (format.structured()) {
        session.println(format.format(structured(directory, up, models, gpus)));
      } else {
        text(directory, up, models, gpus).forEach(session::println);
      }
      return ExitCode.OK;
    }
  }

  private int follow(Engine engine) {
    LiveView view = new LiveView(session);
    LiveRegion region = new LiveRegion(session.out(), LiveRegion::terminalRows);
    while (true) {
      if (session.liveOut()) {
        region.draw(view.picture(engine.models(), engine.gpus()));
      } else {
        view.changes(engine.models()).forEach(session::println);
      }
      session.pause();
    }
  }

  private List<String> text(
      DataDirectory directory, UpFile up, List<ModelView> models, List<GpuView> gpus) {
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
        .field("Data", directory.path().toString())
        .field("Models", models(models))
        .field("GPUs", gpus(gpus))
        .lines();
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

  private static ObjectNode structured(
      DataDirectory directory, UpFile up, List<ModelView> models, List<GpuView> gpus) {
    ObjectNode status = Json.mapper().createObjectNode();
    status.put("up", true);
    status.put("pid", up.pid());
    status.put("version", up.version());
    status.put("startedAt", up.startedAt().toString());
    status.put("proxy", up.proxy().toString());
    status.put("engine", up.engine().toString());
    status.put("data", directory.path().toString());
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
    ArrayNode gpuArray = status.putArray("gpus");
    for (GpuView gpu : gpus) {
      gpuArray
          .addObject()
          .put("name", gpu.name())
          .put("totalMemoryBytes", gpu.totalBytes())
          .put("availableMemoryBytes", gpu.availableBytes());
    }
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
