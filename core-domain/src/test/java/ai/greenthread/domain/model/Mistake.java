package ai.greenthread.domain.model;

import static ai.greenthread.domain.model.Manifests.violations;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;

/**
 * A manifest with one mistake.
 *
 * @param field where the only violation has to be
 * @param says what field, value and message together have to contain
 */
record Mistake(@Nullable Object manifest, String field, List<String> says) {
  static Mistake mistake(@Nullable Object manifest, String field, String... says) {
    return new Mistake(manifest, field, List.of(says));
  }

  DynamicTest test() {
    return DynamicTest.dynamicTest(
        field + ": " + String.join(" … ", says),
        () -> {
          List<Violation> violations = violations(manifest);
          assertThat(violations).as("every violation").hasSize(1);
          Violation violation = violations.getFirst();
          assertThat(violation.field()).isEqualTo(field);
          assertThat(violation.toString()).contains(says);
        });
  }
}
