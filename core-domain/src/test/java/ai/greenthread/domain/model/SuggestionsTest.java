package ai.greenthread.domain.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionsTest {
  private static final List<String> NAMES =
      List.of("minRuntime", "maxWaitTime", "popular", "type", "", "x");

  @ParameterizedTest
  @CsvSource({
    "minruntime, minRuntime",
    "min_runtime, minRuntime",
    "minRuntmie, minRuntime",
    "maxWait-Time, maxWaitTime",
    "poplar, popular",
    "tpye, type",
    "y, x"
  })
  void findsWhatWasMeant(String word, String meant) {
    assertThat(Suggestions.closest(word, NAMES)).contains(meant);
  }

  @ParameterizedTest
  @CsvSource({"replicas", "runtime", "''", "--", "tier"})
  void saysNothingWhereNothingIsNear(String word) {
    assertThat(Suggestions.closest(word, NAMES)).isEmpty();
  }

  @Test
  void veryLongWordsAreNotCompared() {
    assertThat(Suggestions.closest("x".repeat(10_000), NAMES)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"abc, abc, 0", "abc, acb, 1", "abc, ab, 1", "'', ab, 2", "kitten, sitting, 3"})
  void countsInsertionsDeletionsSubstitutionsAndSwaps(String from, String to, int distance) {
    assertThat(Suggestions.distance(from, to)).isEqualTo(distance);
    assertThat(Suggestions.distance(to, from)).isEqualTo(distance);
  }
}
