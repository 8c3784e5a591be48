package ai.greenthread.scheduling.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.greenthread.scheduling.proof.Spin.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SPIN searches the Promela model whole: every order of requests, writes to single records, answers
 * and crashes of three replicas on two devices. {@code -Dproof.slow=true} takes the searches of
 * minutes as well.
 */
class ProofTest {
  private static final boolean SLOW = Boolean.getBoolean("proof.slow");

  /** Searches take a tenth of it; the rest is for a machine that is busy with other things. */
  private static final Duration LIMIT = Duration.ofMinutes(SLOW ? 30 : 8);

  @TempDir private Path folder;

  @BeforeAll
  static void onlyWhereSpinIs() {
    boolean there = Spin.isHere();
    assertThat(there || !"true".equals(System.getenv("CI")))
        .as("CI has SPIN and gcc: scripts/install-spin")
        .isTrue();
    assumeTrue(there, "spin or gcc is not on the PATH; scripts/install-spin gets them");
  }

  static Stream<List<String>> fleets() {
    Stream<List<String>> quick = Stream.of(List.of("FLEET=3"), List.of("CRASHES=1", "CRASHER=1"));
    Stream<List<String>> slow =
        Stream.of(
            List.of("CRASHES=1", "CRASHER=0"),
            List.of("ENDS=1"),
            List.of("QUIET"),
            List.of("FLEET=2"),
            List.of("FLEET=2", "FAULTS=1"));
    return SLOW ? Stream.concat(quick, slow) : quick;
  }

  @ParameterizedTest
  @MethodSource("fleets")
  void everyStateKeepsTheRules(List<String> defines) throws IOException, InterruptedException {
    Result result = Spin.of(folder, defines).safety(LIMIT);
    tell(String.join(" ", defines) + " safety", result);
    result.requireWholeAndClean();
  }

  @Test
  void whoeverWaitsIsServedOrRefusedAndAtLastAllComesToRest()
      throws IOException, InterruptedException {
    Spin spin = Spin.of(folder, List.of("LIVE"));
    // Replicas 1 and 2 mirror each other in this fleet.
    var formulas = new ArrayList<>(List.of("L1_of_0", "L2_comes_to_rest"));
    if (SLOW) {
      formulas.add("L1_of_1");
    }
    for (String formula : formulas) {
      Result result = spin.liveness(formula, LIMIT);
      tell(formula, result);
      result.requireWholeAndClean();
    }
  }

  @Test
  void findsAVictimThatIsPutBackIntoService() throws IOException, InterruptedException {
    Result result = violation("BUG_RESURRECT");
    assertThat(result.output()).contains("assertion violated", "owes");
  }

  @Test
  void findsAClaimThatDoesNotAskForItsLock() throws IOException, InterruptedException {
    assumeTrue(SLOW, "a search of fleet 2 with faults: -Dproof.slow=true");
    Result result = violation("BUG_LOCK", "FLEET=2", "FAULTS=1");
    assertThat(result.output()).contains("assertion violated", "S5_one_wake_a_device");
  }

  @Test
  void findsALifeThatWritesOnAfterItsSuccessorHasBegun() throws IOException, InterruptedException {
    assumeTrue(SLOW, "minutes: -Dproof.slow=true");
    violation("BUG_FENCE", "CRASHES=1", "CRASHER=1");
  }

  @Test
  void findsABackfillThatStarvesTheHeadOfTheLine() throws IOException, InterruptedException {
    Result result = Spin.of(folder, List.of("LIVE", "BUG_BACKFILL")).liveness("L1_of_0", LIMIT);
    tell("BUG_BACKFILL", result);
    assertThat(result.errors()).isEqualTo(1);
    assertThat(result.output()).contains("acceptance cycle");
  }

  /** What is said of the one violation that has to be found. */
  private Result violation(String... defines) throws IOException, InterruptedException {
    Result result = Spin.of(folder, List.of(defines)).safety(LIMIT);
    tell(String.join(" ", defines), result);
    assertThat(result.errors()).isEqualTo(1);
    return result;
  }

  private static void tell(String what, Result result) {
    System.out.printf(
        Locale.ROOT, "spin: %s: %,d states, %.1f s%n", what, result.states(), result.seconds());
  }
}
