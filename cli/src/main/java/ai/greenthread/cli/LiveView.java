package ai.greenthread.cli;

import ai.greenthread.cli.client.GpuView;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Palette;
import ai.greenthread.cli.text.Table;
import ai.greenthread.cli.text.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Models and GPUs while they work: as a picture on a terminal, as lines of change elsewhere. */
final class LiveView {
  private static final int BAR = 24;

  private final Session session;
  private final Map<String, String> lastStates = new HashMap<>();

  LiveView(Session session) {
    this.session = session;
  }

  /** The whole picture. */
  List<String> picture(List<ModelView> models, List<GpuView> gpus) {
    Palette palette = session.palette();
    List<String> lines = new ArrayList<>();
    gpus.forEach(gpu -> lines.add(gpuLine(gpu, palette)));
    for (GpuView gpu : gpus) {
      gpu.intents()
          .forEach(i -> lines.add(palette.yellow("  " + GpuDescription.wait(session, gpu, i))));
    }
    lines.add("");
    if (models.isEmpty()) {
      lines.add("no Models yet; add one: gtctl apply -f FILE");
    } else {
      lines.addAll(modelTable(models, palette).lines());
    }
    return lines;
  }

  /** One line for each Model whose state is not what it was at the last call. */
  List<String> changes(List<ModelView> models) {
    List<String> lines = new ArrayList<>();
    String time =
        LocalTime.ofInstant(session.now(), ZoneId.systemDefault())
            .truncatedTo(ChronoUnit.SECONDS)
            .format(DateTimeFormatter.ISO_LOCAL_TIME);
    Map<String, String> current = new HashMap<>();
    for (ModelView model : models) {
      String key = model.ref().toString();
      current.put(key, model.state());
      String before = lastStates.getOrDefault(key, "");
      if (!model.state().equals(before)) {
        lines.add(
            time
                + "  "
                + model.name()
                + "  "
                + (before.isEmpty() ? "" : before + " → ")
                + (model.state().isEmpty() ? model.phase() : model.state())
                + "  memory "
                + Human.bytes(model.memoryBytes())
                + "  queue "
                + model.queued()
                + "  in flight "
                + model.inFlight()
                + (model.lastEvent().isEmpty()
                    ? ""
                    : "  (" + Human.harmless(model.lastEvent()).replace('\n', ' ') + ")"));
      }
    }
    lastStates.keySet().stream()
        .filter(key -> !current.containsKey(key))
        .sorted()
        .forEach(key -> lines.add(time + "  " + key.substring(key.indexOf('/') + 1) + "  deleted"));
    lastStates.clear();
    lastStates.putAll(current);
    return lines;
  }

  private Table modelTable(List<ModelView> models, Palette palette) {
    Table table =
        new Table(
            List.of(
                Column.left("MODEL"),
                Column.left("STATE").styled(palette::state),
                Column.right("FOR"),
                Column.left("GPU"),
                Column.right("MEMORY"),
                Column.right("QUEUE"),
                Column.right("IN-FLIGHT"),
                Column.right("WAIT-BOUND"),
                Column.left("LAST-EVENT").styled(palette::dim)));
    for (ModelView model : models) {
      table.row(
          List.of(
              model.name(),
              model.state().isEmpty() ? model.phase() : model.state(),
              session.age(model.stateSince()),
              model.gpus(),
              Human.bytes(model.memoryBytes()),
              Long.toString(model.queued()),
              Long.toString(model.inFlight()),
              model.waitBound(),
              model.lastEvent()));
    }
    return table;
  }

  /** {@code GPU 0 ████████░░░░ 1.2 GiB of 2 GiB 12 % Virtual GPU}. */
  private static String gpuLine(GpuView gpu, Palette palette) {
    JsonNode measured = gpu.stats().path("usedMemoryBytes");
    long used =
        measured.isNumber()
            ? measured.asLong()
            : Math.max(0, gpu.totalBytes() - gpu.availableBytes());
    int filled =
        gpu.totalBytes() == 0
            ? 0
            : Math.clamp(Math.round((double) BAR * used / gpu.totalBytes()), 0, BAR);
    StringBuilder line = new StringBuilder();
    line.append(palette.bold("GPU " + gpu.index())).append("  ");
    line.append(palette.green("█".repeat(filled))).append(palette.dim("░".repeat(BAR - filled)));
    line.append("  ")
        .append(Human.bytes(used))
        .append(" of ")
        .append(Human.bytes(gpu.totalBytes()));
    append(line, gpu.stats().path("utilizationPercent"), " %");
    append(line, gpu.stats().path("temperatureCelsius"), " °C");
    append(line, gpu.stats().path("powerWatts"), " W");
    return line.append("   ").append(palette.dim(Human.harmless(gpu.product()))).toString();
  }

  private static void append(StringBuilder line, JsonNode value, String unit) {
    if (value.isNumber()) {
      line.append("   ").append(value.asText()).append(unit);
    }
  }
}
