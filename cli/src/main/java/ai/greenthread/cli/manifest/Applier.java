package ai.greenthread.cli.manifest;

import ai.greenthread.cli.client.Answer;
import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.domain.model.ModelRef;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Applies manifests to an engine: all are validated there before the first one changes anything.
 */
public final class Applier {
  private final Engine engine;
  private final String namespace;

  /**
   * One for a command.
   *
   * @param namespace where Models go that name none
   */
  public Applier(Engine engine, String namespace) {
    this.engine = engine;
    this.namespace = namespace;
  }

  /** What applying did to an object. */
  public enum Change {
    CREATED,
    CONFIGURED,
    UNCHANGED
  }

  /**
   * One object after it was applied.
   *
   * @param model which
   * @param change what became of it
   * @param object as the engine holds it now
   */
  public record Outcome(ModelRef model, Change change, JsonNode object) {}

  /**
   * Validates every document, then applies them in order.
   *
   * @param dryRun stop after validating; outcomes are what would have happened
   * @param done hears of each object as soon as it stands
   * @throws ai.greenthread.cli.outcome.CliException with every violation of every document
   */
  public List<Outcome> apply(
      List<ManifestDocument> documents, boolean dryRun, Consumer<Outcome> done) {
    // One by one: whoever applies need not be allowed to see the Models of others.
    Map<ModelRef, JsonNode> before = new HashMap<>();
    for (ManifestDocument document : documents) {
      engine.find(ref(document)).ifPresent(model -> before.put(model.ref(), model.json()));
    }
    List<JsonNode> validated = validate(documents);
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < documents.size(); i++) {
      ManifestDocument document = documents.get(i);
      JsonNode after = dryRun ? validated.get(i) : put(document);
      JsonNode known = before.get(ref(document));
      Change change =
          known == null
              ? Change.CREATED
              : declared(known).equals(declared(after)) ? Change.UNCHANGED : Change.CONFIGURED;
      Outcome outcome = new Outcome(ref(document), change, after);
      outcomes.add(outcome);
      done.accept(outcome);
    }
    return outcomes;
  }

  private ModelRef ref(ManifestDocument document) {
    return document.model(namespace);
  }

  private Answer put(ManifestDocument document, boolean dryRun) {
    ModelRef model = ref(document);
    return engine.put(model, document.content(model.namespace()), dryRun);
  }

  private List<JsonNode> validate(List<ManifestDocument> documents) {
    List<String> problems = new ArrayList<>();
    List<JsonNode> objects = new ArrayList<>();
    for (ManifestDocument document : documents) {
      Answer answer = put(document, true);
      objects.add(answer.body());
      if (!answer.ok()) {
        List<String> violations = answer.violations();
        (violations.isEmpty() ? List.of(answer.message()) : violations)
            .forEach(v -> problems.add(document.where() + ", Model " + ref(document) + ": " + v));
      }
    }
    if (!problems.isEmpty()) {
      throw ManifestReader.invalid(problems);
    }
    return objects;
  }

  private JsonNode put(ManifestDocument document) {
    Answer answer = put(document, false);
    if (!answer.ok()) {
      List<String> hints = new ArrayList<>(answer.violations());
      hints.add(
          "what is listed above as created or configured stays so; correct this one and repeat");
      throw new CliException(
          ExitCode.INVALID_MANIFEST, document.where() + ": " + answer.message(), hints);
    }
    return answer.body();
  }

  /** The part of an object that a person declares: what the engine observes is left out. */
  private static List<JsonNode> declared(JsonNode object) {
    JsonNode metadata = object.path("metadata");
    return List.of(
        nothingAsMissing(metadata.path("labels")),
        nothingAsMissing(metadata.path("annotations")),
        object.path("spec"));
  }

  private static JsonNode nothingAsMissing(JsonNode node) {
    return node.isEmpty() ? MissingNode.getInstance() : node;
  }
}
