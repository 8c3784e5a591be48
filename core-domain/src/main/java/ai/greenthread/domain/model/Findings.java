package ai.greenthread.domain.model;

import java.util.List;

/**
 * All that was found at once, in the order of the fields.
 *
 * @param violations why it is refused; empty when it is fine
 * @param warnings what is allowed and probably not meant
 */
public record Findings(List<Violation> violations, List<Warning> warnings) {
  public Findings {
    violations = List.copyOf(violations);
    warnings = List.copyOf(warnings);
  }

  public boolean valid() {
    return violations.isEmpty();
  }
}
