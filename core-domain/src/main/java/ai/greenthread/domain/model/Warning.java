package ai.greenthread.domain.model;

/**
 * Something that is allowed and probably not meant.
 *
 * @param field where, as in {@link Violation}
 * @param message what will happen and what to do about it
 */
public record Warning(String field, String message) {
  @Override
  public String toString() {
    return field + ": " + message;
  }
}
