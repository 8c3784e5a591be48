package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.manifest.ManifestDocument;
import ai.greenthread.cli.manifest.ManifestReader;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Progress;
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
    synopsisSubcommandLabel = "[model NAME...]")
final class DeleteCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private OutputFormat format = new OutputFormat();

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|DIR|-",
      description = "Delete what these manifests declare; repeatable.")
  private List<String> sources = List.of();

  @Option(names = "--ignore-not-found", description = "A Model that is gone already is no failure.")
  private boolean ignoreNotFound;

  private DeleteCommand(Session session) {
    this.session = session;
  }

  static CommandLine build(Session session) {
    return new CommandLine(new DeleteCommand(session)).addSubcommand(new Named(session));
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
        new ManifestReader(session.around().in()).readIdentities(sources);
    try (Engine engine = session.connectToChange(Optional.empty())) {
      List<String> names =
          documents.stream()
              .map(document -> document.model(engine.defaultNamespace()).toString())
              .toList();
      return delete(session, engine, new ModelFinder(), names, ignoreNotFound, format);
    }
  }

  @Command(name = "model", aliases = "models", header = "Delete Models by name")
  static final class Named implements Callable<Integer> {
    private final Session session;

    @Mixin private OutputFormat format = new OutputFormat();
    @Mixin private ModelFinder finder = new ModelFinder();

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "The Models.")
    private List<String> names = List.of();

    @Option(
        names = "--ignore-not-found",
        description = "A Model that is gone already is no failure.")
    private boolean ignoreNotFound;

    Named(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      try (Engine engine = session.connectToChange(finder.namespace)) {
        return delete(session, engine, finder, names, ignoreNotFound, format);
      }
    }
  }

  /** Looks up every name before it deletes the first. */
  private static int delete(
      Session session,
      Engine engine,
      ModelFinder finder,
      List<String> names,
      boolean ignoreNotFound,
      OutputFormat format) {
    List<ModelView> all = engine.models();
    List<ModelView> models = new ArrayList<>();
    for (String name : names) {
      Optional<ModelView> found = finder.lookUp(all, name);
      if (found.isEmpty() && !ignoreNotFound) {
        finder.require(all, name);
      }
      found.ifPresent(models::add);
    }
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
