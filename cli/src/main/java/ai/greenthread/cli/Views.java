package ai.greenthread.cli;

import ai.greenthread.cli.client.GpuView;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Palette;
import ai.greenthread.cli.text.Table;
import ai.greenthread.cli.text.Table.Column;
import java.util.ArrayList;
import java.util.List;

/**
 * The tables of {@code gtctl get}. Their columns are an interface: scripts cut them by position.
 */
final class Views {
  private Views() {}

  static Table models(List<ModelView> models, boolean wide, Palette palette) {
    List<Column> columns =
        new ArrayList<>(
            List.of(
                Column.left("NAMESPACE"),
                Column.left("NAME"),
                Column.left("PHASE").styled(palette::state),
                Column.right("REPLICAS"),
                Column.right("SERVING"),
                Column.right("SLEEPING"),
                Column.left("NODE"),
                Column.left("GPUS"),
                Column.right("VRAM/GPU"),
                Column.left("URL")));
    if (wide) {
      columns.add(Column.left("STATE").styled(palette::state));
      columns.add(Column.right("QUEUE"));
      columns.add(Column.right("IN-FLIGHT"));
      columns.add(Column.right("WAIT-BOUND"));
      columns.add(Column.left("LAST-EVENT"));
    }
    Table table = new Table(columns);
    for (ModelView model : models) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  model.namespace(),
                  model.name(),
                  model.phase(),
                  model.replicas(),
                  model.number("servingReplicas"),
                  model.number("sleepingReplicas"),
                  model.node(),
                  model.gpus(),
                  model.servingMemory(),
                  model.url()));
      if (wide) {
        row.add(model.state());
        row.add(Long.toString(model.queued()));
        row.add(Long.toString(model.inFlight()));
        row.add(model.waitBound());
        row.add(model.lastEvent());
      }
      table.row(row);
    }
    return table;
  }

  static Table gpus(List<GpuView> gpus, boolean wide, Palette palette) {
    List<Column> columns =
        new ArrayList<>(
            List.of(
                Column.left("NAMESPACE"),
                Column.left("NAME"),
                Column.left("NODE"),
                Column.right("INDEX"),
                Column.left("PRODUCT"),
                Column.right("AVAILABLE"),
                Column.right("TOTAL")));
    if (wide) {
      columns.add(Column.right("HEADROOM"));
      columns.add(Column.left("MODE"));
      columns.add(Column.left("HEALTH").styled(palette::state));
    }
    Table table = new Table(columns);
    for (GpuView gpu : gpus) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  gpu.namespace(),
                  gpu.name(),
                  gpu.node(),
                  gpu.index(),
                  gpu.product(),
                  Human.bytes(gpu.availableBytes()),
                  Human.bytes(gpu.totalBytes())));
      if (wide) {
        row.add(Human.bytes(gpu.headroomBytes()));
        row.add(gpu.mode());
        row.add(gpu.health());
      }
      table.row(row);
    }
    return table;
  }
}
