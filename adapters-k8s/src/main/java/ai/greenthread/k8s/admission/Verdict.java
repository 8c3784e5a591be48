package ai.greenthread.k8s.admission;

import ai.greenthread.domain.model.Findings;
import ai.greenthread.domain.model.Violation;
import ai.greenthread.domain.model.Warning;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** What came of judging one object. */
record Verdict(List<Violation> violations, List<Warning> warnings) {
  static final Verdict PASSED = new Verdict(List.of(), List.of());

  Verdict {
    violations = List.copyOf(violations);
    warnings = List.copyOf(warnings);
  }

  static Verdict of(Findings findings) {
    return new Verdict(findings.violations(), findings.warnings());
  }

  Verdict and(Findings more) {
    return and(more.violations(), more.warnings());
  }

  Verdict and(Collection<Violation> refusals, Collection<Warning> remarks) {
    List<Violation> allViolations = new ArrayList<>(violations);
    allViolations.addAll(refusals);
    List<Warning> allWarnings = new ArrayList<>(warnings);
    allWarnings.addAll(remarks);
    return new Verdict(allViolations, allWarnings);
  }

  /** The same with a refusal more, in whose place nothing is remarked in the same words. */
  Verdict refusing(Violation refusal) {
    Warning remark = new Warning(refusal.field(), refusal.message());
    return new Verdict(violations, warnings.stream().filter(said -> !said.equals(remark)).toList())
        .and(List.of(refusal), List.of());
  }

  /**
   * The same with some refusals made remarks.
   *
   * @param forgiven which
   * @param words what is said instead
   */
  Verdict forgiving(Predicate<Violation> forgiven, Function<Violation, String> words) {
    List<Violation> kept = violations.stream().filter(forgiven.negate()).toList();
    List<Warning> remarks =
        violations.stream()
            .filter(forgiven)
            .map(violation -> new Warning(violation.field(), words.apply(violation)))
            .toList();
    return new Verdict(kept, warnings).and(List.of(), remarks);
  }
}
