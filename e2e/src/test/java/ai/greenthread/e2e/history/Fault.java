package ai.greenthread.e2e.history;

/**
 * Something that must not be in a history.
 *
 * @param rule name of the rule that it breaks
 * @param request which request; empty where it is not about one
 * @param words what happened
 */
public record Fault(String rule, String request, String words) {
  @Override
  public String toString() {
    return rule + ": " + (request.isEmpty() ? "" : request + " ") + words;
  }
}
