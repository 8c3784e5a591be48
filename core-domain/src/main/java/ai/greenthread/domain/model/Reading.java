package ai.greenthread.domain.model;

import java.util.List;

/** What came of reading a manifest. */
public sealed interface Reading {
  /** The manifest is a Model; {@code warnings} say what was probably not meant. */
  record Valid(Model model, List<Warning> warnings) implements Reading {
    public Valid {
      warnings = List.copyOf(warnings);
    }
  }

  /** The manifest is refused, for every one of these reasons; there is at least one. */
  record Invalid(List<Violation> violations) implements Reading {
    public Invalid {
      violations = List.copyOf(violations);
      if (violations.isEmpty()) {
        throw new IllegalArgumentException("a manifest is refused for a reason");
      }
    }
  }
}
