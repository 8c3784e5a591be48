package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.GpuView;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Table;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gtctl get}: the engine's objects in a table, or as they are. */
@Command(
    name = "get",
    header = "List Models or GPUs",
    synopsisSubcommandLabel = "models|gpus",
    footer = {
      "",
      "gtctl get models -o wide               with states, queues and the last event",
      "gtctl get models -n team -w            of one namespace, going on with changes",
      "gtctl get gpus -o json                 for a script, with sizes in bytes"
    })
final class GetCommand {
  private GetCommand() {}

  static CommandLine build(Session session) {
    return new CommandLine(new GetCommand())
        .addSubcommand(new Models(session))
        .addSubcommand(new Gpus(session));
  }

  @Command(name = "models", aliases = "model", header = "List Models")
  static final class Models implements Callable<Integer> {
    private final Session session;

    @Mixin private OutputFormat format = new OutputFormat();
    @Mixin private ModelFinder finder = new ModelFinder();

    @Option(
        names = {"-w", "--watch"},
        description = "Go on and print every change.")
    private boolean watch;

    @Option(
        names = {"-A", "--all-namespaces"},
        description =
            "Models of all namespaces, whatever -n says. Without -A and -n: of all that you may"
                + " list.")
    private boolean everywhere;

    @Parameters(paramLabel = "NAME", arity = "0..*", description = "Only these.")
    private List<String> names = List.of();

    Models(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      if (everywhere) {
        finder.namespace = Optional.empty();
      }
      Reach reach = everywhere ? new Reach.All() : finder.reach(names);
      try (Engine engine = session.connect(reach)) {
        Supplier<JsonNode> list = () -> select(engine.modelList());
        return new Listing(session, format, list, this::table, whenEmpty())
            .run(watch, names.size() == 1);
      }
    }

    private String whenEmpty() {
      return finder
          .namespace
          .map(
              name -> "no Models in namespace " + name + "; of all namespaces: gtctl get models -A")
          .orElse("no Models yet; add one: gtctl apply -f FILE");
    }

    private Table table(List<JsonNode> objects) {
      return Views.models(
          objects.stream().map(ModelView::new).toList(), format.wide(), session.palette());
    }

    private JsonNode select(JsonNode list) {
      List<ModelView> all = new ArrayList<>();
      list.path("items").forEach(item -> all.add(new ModelView(item)));
      List<JsonNode> wanted =
          names.isEmpty()
              ? all.stream().filter(finder::covers).map(ModelView::json).toList()
              : names.stream().map(name -> finder.require(all, name).json()).toList();
      return wanted.size() == all.size() && names.isEmpty() ? list : with(list, wanted);
    }

    private static JsonNode with(JsonNode list, List<JsonNode> items) {
      ObjectNode copy = list.deepCopy();
      ArrayNode array = copy.putArray("items");
      array.addAll(items);
      return copy;
    }
  }

  @Command(
      name = "gpus",
      aliases = "gpu",
      header = "List GPUs",
      description =
          "AVAILABLE may still be handed out: TOTAL less headroom, what is reserved and what"
              + " sleepers keep. -o json and yaml have bytes.")
  static final class Gpus implements Callable<Integer> {
    private final Session session;

    @Mixin private OutputFormat format = new OutputFormat();

    @Option(
        names = {"-w", "--watch"},
        description = "Go on and print every change.")
    private boolean watch;

    Gpus(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      try (Engine engine = session.connect()) {
        Function<List<JsonNode>, Table> table =
            objects ->
                Views.gpus(
                    objects.stream().map(GpuView::new).toList(), format.wide(), session.palette());
        return new Listing(
                session,
                format,
                engine::gpuList,
                table,
                "no GPUs; make one: gtctl up --virtual-gpu 2GiB")
            .run(watch, false);
      }
    }
  }

  /** Prints a list once, or for as long as it changes. */
  private record Listing(
      Session session,
      OutputFormat format,
      Supplier<JsonNode> list,
      Function<List<JsonNode>, Table> table,
      String whenEmpty) {

    int run(boolean watch, boolean single) {
      JsonNode first = list.get();
      List<JsonNode> items = items(first);
      if (watch) {
        return follow(items);
      }
      if (format.structured()) {
        session.println(format.format(single ? items.getFirst() : first));
      } else if (items.isEmpty()) {
        session.err().println(whenEmpty);
        session.err().flush();
      } else {
        table.apply(items).lines().forEach(session::println);
      }
      return ExitCode.OK;
    }

    /** Ends only with the engine, or with Ctrl-C. */
    private int follow(List<JsonNode> first) {
      Map<String, Object> shown = new HashMap<>();
      List<JsonNode> items = first;
      if (!format.structured()) {
        session.println(table.apply(items).lines().getFirst());
      }
      while (true) {
        Table current = table.apply(items);
        for (int i = 0; i < items.size(); i++) {
          JsonNode item = items.get(i);
          Object look = format.structured() ? item : current.cells().get(i);
          if (!look.equals(shown.put(key(item), look))) {
            session.println(
                format.structured() ? format.formatInSequence(item) : current.rowLines().get(i));
          }
        }
        session.pause();
        items = items(list.get());
      }
    }

    private static String key(JsonNode item) {
      JsonNode metadata = item.path("metadata");
      return metadata.path("namespace").asText() + "/" + metadata.path("name").asText();
    }

    private static List<JsonNode> items(JsonNode list) {
      List<JsonNode> items = new ArrayList<>();
      list.path("items").forEach(items::add);
      return items;
    }
  }
}
