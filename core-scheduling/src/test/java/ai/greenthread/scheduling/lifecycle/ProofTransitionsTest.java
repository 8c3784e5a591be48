package ai.greenthread.scheduling.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The Promela model has the transitions of {@link Lifecycle}'s table, each as an inline {@code
 * From_To}, and no others.
 */
class ProofTransitionsTest {
  private static final Path MODEL = Path.of("src/proof/greenthread.pml");

  /** What the model may leave out, in the words of its own comment: nothing so far. */
  private static final Set<String> LEFT_OUT = Set.of();

  private static final Pattern INLINE =
      Pattern.compile(
          "(?m)^inline ([A-Z]\\w*)_([A-Z]\\w*)\\(r\\) \\{\\s*become\\(r, (\\w+), (\\w+)\\)");
  private static final Pattern CALL =
      Pattern.compile("(?<!inline )\\b([A-Z]\\w*_[A-Z][a-z]\\w*)\\(r\\)");
  private static final Pattern ASSIGNMENT = Pattern.compile("(?<!mtype )\\bst\\[\\w+\\] = (\\w+)");

  /** A process that ended, one that began again, one that was cleared away; and the table's own. */
  private static final Set<String> OUTSIDE_THE_TABLE = Set.of("Down", "Booting", "Gone", "to");

  @Test
  void theModelHasTheTransitionsOfTheTable() throws IOException {
    var rows = new TreeSet<>(TransitionTableTest.documented());
    rows.removeAll(LEFT_OUT);
    assertThat(modelled()).isEqualTo(rows);
    assertThat(text()).contains(LEFT_OUT.isEmpty() ? "left out: none" : "left out: " + LEFT_OUT);
  }

  @Test
  void everyTransitionIsNamedAfterWhatItDoesAndIsUsed() throws IOException {
    assertThat(INLINE.matcher(text()).results())
        .allSatisfy(inline -> {
          assertThat(inline.group(3)).isEqualTo(inline.group(1));
          assertThat(inline.group(4)).isEqualTo(inline.group(2));
        });
    Set<String> used =
        CALL.matcher(text())
            .results()
            .map(call -> call.group(1).replace("_", " → "))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(used).isEqualTo(modelled());
  }

  @Test
  void theModelChangesStatesInNoOtherWay() throws IOException {
    String product = text().replaceAll("(?s)#ifdef BUG_\\w+\n  ::.*?#endif", "");
    assertThat(ASSIGNMENT.matcher(product).results().map(change -> change.group(1)))
        .allSatisfy(state -> assertThat(OUTSIDE_THE_TABLE).contains(state));
  }

  private static Set<String> modelled() throws IOException {
    return INLINE
        .matcher(text())
        .results()
        .map((MatchResult inline) -> inline.group(1) + " → " + inline.group(2))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String text() throws IOException {
    return Files.readString(MODEL);
  }
}
