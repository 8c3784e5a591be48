package ai.greenthread.cli.manifest;

import ai.greenthread.cli.client.Answer;
import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.PutMode;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Human;
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
  private static final int CONFLICT = 409;

  private final Engine engine;
  private final String namespace;
  private final PutMode mode;

  /**
   * One for a command.
   *
   * @param namespace where Models go that name none
   * @param mode dry: stop after validating; outcomes are what would have happened
   */
  public Applier(Engine engine, String namespace, PutMode mode) {
    this.engine = engine;
    this.namespace = namespace;
    this.mode = mode;
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
   * @param done hears of each object as soon as it stands
   * @throws ai.greenthread.cli.outcome.CliException with every violation and every conflict of
   *     every document
   */
  public List<Outcome> apply(List<ManifestDocument> documents, Consumer<Outcome> done) {
    // One by one: whoever applies need not be allowed to see the Models of others.
    Map<ModelRef, JsonNode> before = new HashMap<>();
    for (ManifestDocument document : documents) {
      engine.find(ref(document)).ifPresent(model -> before.put(model.ref(), model.json()));
    }
    List<JsonNode> validated = validate(documents);
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < documents.size(); i++) {
      ManifestDocument document = documents.get(i);
      JsonNode after = mode.dryRun() ? validated.get(i) : put(document);
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

  private Answer put(ManifestDocument document, PutMode how) {
    ModelRef model = ref(document);
    return engine.put(model, document.content(model.namespace()), how);
  }

  private List<JsonNode> validate(List<ManifestDocument> documents) {
    List<String> problems = new ArrayList<>();
    List<String> conflicts = new ArrayList<>();
    List<JsonNode> objects = new ArrayList<>();
    for (ManifestDocument document : documents) {
      Answer answer = put(document, mode.dry());
      objects.add(answer.body());
      if (!answer.ok()) {
        List<String> violations = answer.violations();
        List<String> lines = answer.status() == CONFLICT ? conflicts : problems;
        (violations.isEmpty() ? List.of(answer.message()) : violations)
            .forEach(v -> lines.add(document.where() + ", Model " + ref(document) + ": " + v));
      }
    }
    if (!problems.isEmpty()) {
      problems.addAll(conflicts);
      throw ManifestReader.invalid(problems);
    }
    if (!conflicts.isEmpty()) {
      throw conflict(conflicts);
    }
    return objects;
  }

  private static CliException conflict(List<String> conflicts) {
    List<String> hints = new ArrayList<>(conflicts);
    hints.add("to take these fields over, add --force-conflicts");
    hints.add(
        "to leave them to who manages them, take them out of the manifest, or give them the values"
            + " that they have");
    return new CliException(
        ExitCode.FAILED,
        "others manage "
            + Human.count(conflicts.size(), "field")
            + " of the manifests; nothing was applied",
        hints);
  }

  private JsonNode put(ManifestDocument document) {
    Answer answer = put(document, mode);
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
