package ai.greenthread.domain.model;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Gathers findings while a manifest is read or a Model is judged. For one thread. */
public final class Collector {
  /** Unknown fields for which a known one is looked for; a guess costs time. */
  private static final int MOST_GUESSES = 50;

  private record Unknown(String parent, String name) {}

  private final List<Violation> violations = new ArrayList<>();
  private final List<Warning> warnings = new ArrayList<>();
  private final Set<String> knownFields = new LinkedHashSet<>();
  private final List<Unknown> unknown = new ArrayList<>();

  public void add(Violation violation) {
    violations.add(violation);
  }

  public void warn(String field, String message) {
    warnings.add(new Warning(field, message));
  }

  /** Says that a field exists, so that a mistyped or misplaced one can be led to it. */
  void knows(String path) {
    knownFields.add(path);
  }

  void unknownField(String parent, String name) {
    unknown.add(new Unknown(parent, name));
  }

  /**
   * Takes over what another judge found, except where this one already refused the same field, a
   * part of it or what it is part of: one mistake is reported once.
   */
  public void merge(Findings other) {
    List<Violation> mine = List.copyOf(violations);
    for (Violation violation : other.violations()) {
      if (mine.stream().noneMatch(m -> overlap(m.field(), violation.field()))) {
        violations.add(violation);
      }
    }
    warnings.addAll(other.warnings());
  }

  public Findings findings() {
    List<Violation> all = new ArrayList<>(violations);
    for (int i = 0; i < unknown.size(); i++) {
      all.add(describe(unknown.get(i), i < MOST_GUESSES));
    }
    return new Findings(all, warnings);
  }

  private Violation describe(Unknown field, boolean guess) {
    String path = field.parent.isEmpty() ? field.name : field.parent + "." + field.name;
    String message =
        Optional.of(field)
            .filter(_ -> guess)
            .flatMap(f -> sibling(f).or(() -> elsewhere(f)))
            .map(meant -> "there is no such field; did you mean " + meant + "?")
            .orElse("there is no such field; remove it");
    return new Violation(path, Violation.Kind.UNKNOWN_FIELD, "", message);
  }

  private Optional<String> sibling(Unknown field) {
    String prefix = field.parent.isEmpty() ? "" : field.parent + ".";
    List<String> names =
        knownFields.stream()
            .filter(known -> known.startsWith(prefix))
            .map(known -> known.substring(prefix.length()))
            .filter(name -> name.indexOf('.') < 0 && name.indexOf('[') < 0)
            .toList();
    return Suggestions.closest(field.name, names);
  }

  /** The same name at another place: {@code spec.idleTimeout} belongs in {@code spec.sleep}. */
  private Optional<String> elsewhere(Unknown field) {
    List<String> leaves =
        knownFields.stream().map(known -> known.substring(known.lastIndexOf('.') + 1)).toList();
    return Suggestions.closest(field.name, leaves)
        .flatMap(leaf ->
            knownFields.stream()
                .filter(known -> known.equals(leaf) || known.endsWith("." + leaf))
                .findFirst());
  }

  private static boolean overlap(String one, String other) {
    return within(one, other) || within(other, one);
  }

  private static boolean within(String inner, String outer) {
    return inner.startsWith(outer)
        && (inner.length() == outer.length() || ".[".indexOf(inner.charAt(outer.length())) >= 0);
  }
}
