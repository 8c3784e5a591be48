package ai.greenthread.cli.manifest;

import ai.greenthread.domain.model.ModelRef;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * One object out of a manifest.
 *
 * @param source the file it came from, {@code <stdin>} for standard input
 * @param number one-based position of its document in that file
 * @param line one-based line at which the document begins
 * @param content the object
 */
public record ManifestDocument(String source, int number, int line, JsonNode content) {

  /** Where it stands, for a message. */
  public String where() {
    return source + ", document " + number + " (line " + line + ")";
  }

  /** The namespace that it names, if it names one. */
  Optional<String> namespace() {
    String name = content.path("metadata").path("namespace").asText("");
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  /** The object with the namespace in which it is to be. */
  JsonNode content(String namespace) {
    ObjectNode copy = content.deepCopy();
    copy.withObject("/metadata").put("namespace", namespace);
    return copy;
  }

  /**
   * The Model it declares; call only for a document that {@link ManifestReader} returned.
   *
   * @param defaultNamespace where it is if the document does not say
   */
  public ModelRef model(String defaultNamespace) {
    return new ModelRef(
        namespace().orElse(defaultNamespace), content.path("metadata").path("name").asText());
  }
}
