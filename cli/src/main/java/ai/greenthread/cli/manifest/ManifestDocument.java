package ai.greenthread.cli.manifest;

import ai.greenthread.domain.model.ModelRef;
import com.fasterxml.jackson.databind.JsonNode;

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

  /**
   * The Model it declares; call only for a document that {@link ManifestReader} returned.
   *
   * @param defaultNamespace where it is if the document does not say
   */
  public ModelRef model(String defaultNamespace) {
    JsonNode metadata = content.path("metadata");
    return new ModelRef(
        metadata.path("namespace").asText(defaultNamespace), metadata.path("name").asText());
  }
}
