package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.DidYouMean;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** Turns the name that a person typed into a Model of the engine. */
final class ModelFinder {
  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NS",
      description = "Only Models of this namespace (default: all; NS/NAME works too).")
  Optional<String> namespace = Optional.empty();

  /**
   * The namespaces in which the Models are that a command names: of one only, if the option says so
   * or all names do, so that nobody needs rights in others.
   *
   * @param typed the names; none for all Models
   */
  Reach reach(List<String> typed) {
    if (namespace.isPresent()) {
      return new Reach.Only(namespace.get());
    }
    Set<String> named =
        typed.stream()
            .map(name -> name.substring(0, Math.max(0, name.indexOf('/'))))
            .collect(Collectors.toSet());
    return named.size() == 1 && !named.contains("")
        ? new Reach.Only(named.iterator().next())
        : new Reach.Visible();
  }

  /** Whether a Model is within the namespace that was asked for. */
  boolean covers(ModelView model) {
    return namespace.map(model.namespace()::equals).orElse(true);
  }

  ModelView require(Engine engine, String typed) {
    return require(engine.models(), typed);
  }

  /**
   * The first of the Models that a command names right after its verb.
   *
   * @param words what follows the verb
   */
  ModelView requireAfterVerb(List<ModelView> models, String verb, List<String> words) {
    String typed = words.getFirst();
    if (words.size() > 1
        && (typed.equals("model") || typed.equals("models"))
        && find(models, typed).isEmpty()) {
      throw new CliException(
          ExitCode.USAGE,
          "gtctl " + verb + " is for Models only, without the word " + typed,
          "did you mean: gtctl " + verb + " " + words.get(1));
    }
    return require(models, typed);
  }

  ModelView require(List<ModelView> models, String typed) {
    List<ModelView> found = find(models, typed);
    return switch (found.size()) {
      case 1 -> found.getFirst();
      case 0 -> throw unknown(models, typed);
      default ->
          throw new CliException(
              ExitCode.USAGE,
              "there is a Model " + typed + " in several namespaces",
              "name one of " + names(found) + " with NS/NAME or --namespace");
    };
  }

  Optional<ModelView> lookUp(List<ModelView> models, String typed) {
    List<ModelView> found = find(models, typed);
    return found.isEmpty() ? Optional.empty() : Optional.of(require(models, typed));
  }

  private List<ModelView> find(List<ModelView> models, String typed) {
    return models.stream()
        .filter(this::covers)
        .filter(model -> model.name().equals(typed) || model.ref().toString().equals(typed))
        .toList();
  }

  private CliException unknown(List<ModelView> models, String typed) {
    if (models.isEmpty()) {
      return new CliException(
          ExitCode.NOT_FOUND,
          "there is no Model "
              + typed
              + namespace
                  .map(name -> "; there is none in namespace " + name)
                  .orElse("; this engine has none at all"),
          "add one with: gtctl apply -f FILE");
    }
    String bare = typed.substring(typed.indexOf('/') + 1);
    String guess =
        DidYouMean.among(models.stream().map(ModelView::name).toList(), bare)
            .map(name -> "; did you mean " + name + "?")
            .orElse("");
    return new CliException(
        ExitCode.NOT_FOUND, "there is no Model " + typed + guess, "there are: " + names(models));
  }

  private static String names(List<ModelView> models) {
    boolean oneNamespace = models.stream().map(ModelView::namespace).distinct().count() == 1;
    return String.join(
        ", ",
        models.stream().map(m -> oneNamespace ? m.name() : m.ref().toString()).sorted().toList());
  }
}
