package ai.greenthread.runtimes.surface;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Stop strings, however the text is cut into pieces. */
class StopStringsTest {

  private static String run(List<String> stops, List<String> pieces) {
    StopStrings finder = new StopStrings(stops);
    StringBuilder sent = new StringBuilder();
    pieces.forEach(piece -> sent.append(finder.accept(piece)));
    return sent.append(finder.rest()).toString();
  }

  @Test
  void endsBeforeTheFirstStopStringWhereverThePiecesBreak() {
    String text = "one two three END four";
    for (int cut = 0; cut <= text.length(); cut++) {
      assertThat(
              run(List.of("END", "three E"), List.of(text.substring(0, cut), text.substring(cut))))
          .isEqualTo("one two ");
    }
  }

  @Test
  void sendsEverythingWhereNoneComes() {
    long seed = 20261122;
    System.out.println("seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 500; round++) {
      StringBuilder text = new StringBuilder();
      List<String> pieces = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String piece = "ab".repeat(2).substring(0, random.nextInt(5));
        pieces.add(piece);
        text.append(piece);
      }
      List<String> stops = List.of("bba", "aab", "c");
      int first =
          stops.stream().mapToInt(text::indexOf).filter(at -> at >= 0).min().orElse(text.length());
      assertThat(run(stops, pieces)).isEqualTo(text.substring(0, first));
    }
  }

  @Test
  void holdsBackNoMoreThanMightBeABeginning() {
    StopStrings finder = new StopStrings(List.of("stop"));
    assertThat(finder.accept("abcst")).isEqualTo("abc");
    assertThat(finder.accept("x")).isEqualTo("stx");
    assertThat(finder.accept("sto")).isEmpty();
    assertThat(finder.accept("p and more")).isEmpty();
    assertThat(finder.found()).hasValue("stop");
    assertThat(finder.accept("more")).isEmpty();
  }
}
