package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.manifest.ManifestDocument;
import ai.greenthread.cli.manifest.ManifestReader;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Progress;
import ai.greenthread.domain.model.ModelRef;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gtctl delete}: take Models away. Their requests in flight are answered first. */
@Command(
    name = "delete",
    header = "Delete Models, by name or by their manifests",
    description = "Requests in flight are answered first. Weights on disk stay.",
    synopsisSubcommandLabel = "[model NAME...]",
    footer = {
      "",
      "gtctl delete model NAME -n team        one Model of the namespace team",
      "gtctl delete -f fleet/                 all that these manifests declare"
    })
final class DeleteCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private OutputFormat format = new OutputFormat();

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|DIR|-",
      description = "Delete what these manifests declare; repeatable.")
  private List<String> sources = List.of();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NS",
      description =
          "Where Models are whose manifest names no namespace (default: that of the context, else"
              + " default). A manifest that names another one is refused.")
  private Optional<String> namespace = Optional.empty();

  @Option(names = "--ignore-not-found", description = "A Model that is gone already is no failure.")
  private boolean ignoreNotFound;

  private DeleteCommand(Session session) {
    this.session = session;
  }

  static CommandLine build(Session session) {
    DeleteCommand delete = new DeleteCommand(session);
    return new CommandLine(delete).addSubcommand(new Named(session, delete));
  }

  @Override
  public Integer call() {
    if (sources.isEmpty()) {
      throw new CliException(
          ExitCode.USAGE,
          "nothing to delete was named",
          "write: gtctl delete model NAME, or: gtctl delete -f FILE");
    }
    List<ManifestDocument> documents =
        new ManifestReader(session.around().in(), namespace).readIdentities(sources);
    try (Engine engine = session.connectToChange(new Reach.Visible())) {
      List<ModelView> models = new ArrayList<>();
      for (ManifestDocument document : documents) {
        ModelRef ref = document.model(namespace.orElseGet(engine::defaultNamespace));
        Optional<ModelView> found = engine.find(ref);
        if (found.isEmpty() && !ignoreNotFound) {
          throw new CliException(
              ExitCode.NOT_FOUND,
              "there is no Model " + ref + ", which " + document.where() + " declares",
              "to delete those that are there: --ignore-not-found");
        }
        found.ifPresent(models::add);
      }
      return delete(session, engine, models, format);
    }
  }

  @Command(name = "model", aliases = "models", header = "Delete Models by name")
  static final class Named implements Callable<Integer> {
    private final Session session;
    private final DeleteCommand delete;

    @Mixin private OutputFormat format = new OutputFormat();
    @Mixin private ModelFinder finder = new ModelFinder();

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "The Models.")
    private List<String> names = List.of();

    @Option(
        names = "--ignore-not-found",
        description = "A Model that is gone already is no failure.")
    private boolean ignoreNotFound;

    Named(Session session, DeleteCommand delete) {
      this.session = session;
      this.delete = delete;
    }

    /** What stands before the word {@code model} counts as well, where both commands know it. */
    @Override
    public Integer call() {
      if (!delete.sources.isEmpty()) {
        throw new CliException(
            ExitCode.USAGE,
            "Models are deleted by name or by their manifests, not by both at once",
            "write: gtctl delete model NAME, or: gtctl delete -f FILE");
      }
      finder.namespace = finder.namespace.or(() -> delete.namespace);
      boolean lenient = ignoreNotFound || delete.ignoreNotFound;
      try (Engine engine = session.connectToChange(finder.reach(names))) {
        return delete(session, engine, lookUp(engine.models(), lenient), format);
      }
    }

    /** Every name is looked up before the first Model is deleted. */
    private List<ModelView> lookUp(List<ModelView> all, boolean lenient) {
      List<ModelView> models = new ArrayList<>();
      for (String name : names) {
        Optional<ModelView> found = finder.lookUp(all, name);
        if (found.isEmpty() && !lenient) {
          finder.require(all, name);
        }
        found.ifPresent(models::add);
      }
      return models;
    }
  }

  private static int delete(
      Session session, Engine engine, List<ModelView> models, OutputFormat format) {
    List<JsonNode> deleted = new ArrayList<>();
    for (ModelView model : models) {
      try (Progress progress = session.progress()) {
        progress.step("deleting " + model.name());
        deleted.add(engine.delete(model.ref()));
        progress.done();
      }
      if (!format.structured()) {
        session.println(ApplyCommand.label(model.ref()) + " deleted");
      }
    }
    if (format.structured()) {
      session.println(format.format(ApplyCommand.together(deleted)));
    }
    return ExitCode.OK;
  }
}
