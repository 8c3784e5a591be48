package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.PutMode;
import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.manifest.Applier;
import ai.greenthread.cli.manifest.ManifestReader;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.domain.model.ModelRef;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gtctl apply}: make the engine hold what the manifests say, all of it or nothing. */
@Command(
    name = "apply",
    header = "Create or change Models from manifests",
    description = "Every document is validated before the first is applied.",
    footer = {
      "",
      "gtctl apply -f model.yaml              create this Model, or change it to this",
      "gtctl apply -f fleet/ --dry-run        what would change, and all that is wrong",
      "gtctl apply -f model.yaml -n team      into the namespace team"
    })
final class ApplyCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private OutputFormat format = new OutputFormat();

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|DIR|-",
      required = true,
      description = "A manifest, a directory of them, or - for standard input; repeatable.")
  private List<String> sources = List.of();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NS",
      description =
          "Where Models go whose manifest names no namespace (default: that of the context, else"
              + " default). A manifest that names another one is refused.")
  private Optional<String> namespace = Optional.empty();

  @Option(names = "--dry-run", description = "Validate and say what would change; change nothing.")
  private boolean dryRun;

  @Option(
      names = "--force-conflicts",
      description =
          "Take over fields that others set to another value, such as replicas by kubectl scale."
              + " For clusters; without effect on this machine, where nobody keeps account of who"
              + " set a field and the manifest always wins.")
  private boolean force;

  ApplyCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    ManifestReader.Models models =
        new ManifestReader(session.around().in(), namespace).read(sources);
    for (String warning : models.warnings()) {
      session.err().println(session.errPalette().yellow("warning: ") + warning);
    }
    session.err().flush();
    Reach reach = new Reach.Visible();
    try (Engine engine = dryRun ? session.connect(reach) : session.connectToChange(reach)) {
      List<Applier.Outcome> outcomes =
          new Applier(
                  engine, namespace.orElseGet(engine::defaultNamespace), new PutMode(dryRun, force))
              .apply(
                  models.documents(),
                  outcome -> {
                    if (!format.structured()) {
                      session.println(line(outcome));
                    }
                  });
      if (format.structured()) {
        session.println(
            format.format(together(outcomes.stream().map(Applier.Outcome::object).toList())));
      }
      return ExitCode.OK;
    }
  }

  private String line(Applier.Outcome outcome) {
    String change = outcome.change().name().toLowerCase(Locale.ROOT);
    String coloured =
        outcome.change() == Applier.Change.UNCHANGED ? change : session.palette().green(change);
    return label(outcome.model()) + " " + coloured + (dryRun ? " (dry run)" : "");
  }

  /** How a Model is called in a line of a report; the default namespace goes unsaid. */
  static String label(ModelRef model) {
    return "model/" + (model.namespace().equals("default") ? model.name() : model.toString());
  }

  /** One object as it is, several as the List that kubectl makes of them. */
  static JsonNode together(List<JsonNode> objects) {
    if (objects.size() == 1) {
      return objects.getFirst();
    }
    ObjectNode list = Json.mapper().createObjectNode().put("apiVersion", "v1").put("kind", "List");
    list.putArray("items").addAll(objects);
    return list;
  }
}
