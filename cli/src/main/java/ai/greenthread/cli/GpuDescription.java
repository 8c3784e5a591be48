package ai.greenthread.cli;

import ai.greenthread.cli.client.GpuView;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Palette;
import ai.greenthread.cli.text.Table;
import ai.greenthread.cli.text.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** All about a GPU, for a person. */
final class GpuDescription {
  private final Session session;
  private final GpuView gpu;

  GpuDescription(Session session, GpuView gpu) {
    this.session = session;
    this.gpu = gpu;
  }

  List<String> lines() {
    Palette palette = session.palette();
    JsonNode status = gpu.status();
    JsonNode lock = status.path("wakeLock");
    return new Description()
        .field("Name", palette.bold(gpu.name()))
        .field("Node", gpu.node())
        .field("Index", gpu.index())
        .field("Product", gpu.product() + (gpu.virtual() ? " (virtual)" : ""))
        .field("UUID", gpu.uuid())
        .field("Mode", gpu.mode())
        .field("Health", palette.state(gpu.health()))
        .field("Memory", memory())
        .field("Available", Human.bytes(gpu.availableBytes()))
        .field("Measured", measured())
        .field("Utilization", unit("utilizationPercent", " %"))
        .field("Temperature", unit("temperatureCelsius", " °C"))
        .field("Power", unit("powerWatts", " W"))
        .field(
            "Wake lock",
            gpu.wakeLockHolder().isEmpty()
                ? "free"
                : gpu.wakeLockHolder() + ", generation " + lock.path("generation").asText("?"))
        .section("Occupants", occupants(), "none")
        .section(
            "Waiting", gpu.intents().stream().map(i -> wait(session, gpu, i)).toList(), "nobody")
        .lines();
  }

  /** One wait in a sentence: who, how long, for how much, where, and at whose cost. */
  static String wait(Session session, GpuView gpu, GpuView.Intent intent) {
    String head =
        intent.pod()
            + " has waited "
            + session.age(intent.since())
            + " for "
            + Human.bytes(intent.needBytes())
            + " on "
            + gpu.name()
            + ": ";
    if (!intent.victims().isEmpty()) {
      return head + String.join(", ", intent.victims()) + " is put to sleep for it";
    }
    String holders = gpu.holders(intent);
    return head + (holders.isEmpty() ? "no victim chosen yet" : "held by " + holders);
  }

  private String memory() {
    return Human.bytes(gpu.totalBytes())
        + (gpu.headroomBytes() == 0
            ? ""
            : ", of which "
                + Human.bytes(gpu.headroomBytes())
                + " of headroom are never handed out");
  }

  private String measured() {
    JsonNode used = gpu.stats().path("usedMemoryBytes");
    JsonNode free = gpu.stats().path("freeMemoryBytes");
    return used.isNumber()
        ? Human.bytes(used.asLong()) + " used, " + Human.bytes(free.asLong()) + " free"
        : "";
  }

  private String unit(String field, String unit) {
    JsonNode value = gpu.stats().path(field);
    return value.isNumber() ? value.asText() + unit : "";
  }

  private Table occupants() {
    Table table =
        new Table(
            List.of(
                Column.left("REPLICA"),
                Column.left("MODEL"),
                Column.left("STATE").styled(session.palette()::state),
                Column.right("RESERVED"),
                Column.right("RESIDUE"),
                Column.right("MEASURED"),
                Column.left("POPULAR"),
                Column.left("LAST-ACCESS"),
                Column.left("SERVING-FOR")));
    for (GpuView.Occupant occupant : gpu.occupants()) {
      table.row(
          List.of(
              occupant.pod(),
              occupant.model(),
              occupant.state(),
              Human.bytes(occupant.bytes("reservedMemoryBytes")),
              Human.bytes(occupant.bytes("residualMemoryBytes")),
              Human.bytes(occupant.bytes("measuredMemoryBytes")),
              occupant.popular() ? "yes" : "no",
              session.age(occupant.lastAccessed()),
              occupant.state().equals("serving") ? session.age(occupant.becameServingAt()) : ""));
    }
    return table;
  }
}
