package ai.greenthread.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.cli.text.Table.Column;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTest {

  @ParameterizedTest
  @CsvSource({
    "PT-5S, 0s",
    "PT0S, 0s",
    "PT12S, 12s",
    "PT119S, 119s",
    "PT120S, 2m",
    "PT119M, 119m",
    "PT2H, 2h",
    "PT47H, 47h",
    "PT48H, 2d",
    "P400D, 400d"
  })
  void agesAreShort(Duration duration, String text) {
    assertThat(Human.age(duration)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 ms",
    "PT0.085S, 85 ms",
    "PT1.26S, 1.3 s",
    "PT59.9S, 59.9 s",
    "PT125S, 2 min 5 s"
  })
  void durationsHaveTheirUnit(Duration duration, String text) {
    assertThat(Human.took(duration)).isEqualTo(text);
  }

  @Test
  void aBoundIsNeverShownSmallerThanItIs() {
    assertThat(Human.seconds(0.0001)).isEqualTo("1 ms");
    assertThat(Human.seconds(18)).isEqualTo("18.0 s");
  }

  @Test
  void bytesAreHumanAndCountsAgree() {
    assertThat(Human.bytes(101_082_726)).isEqualTo("96.4 MiB");
    assertThat(Human.bytes(0)).isEqualTo("0 B");
    assertThat(Human.count(1, "problem")).isEqualTo("1 problem");
    assertThat(Human.count(2, "problem")).isEqualTo("2 problems");
  }

  @Test
  void harmlessTextKeepsLettersAndLosesCommands() {
    assertThat(Human.harmless("Zürich 🚀\n\tx\u001b[2J\u0007\u009b1m"))
        .isEqualTo("Zürich 🚀\n\tx[2J1m");
  }

  @Test
  void columnsAlignByWidthAndNotByColour() {
    Table table =
        new Table(
            List.of(
                Column.left("A").styled(new Palette(true)::green),
                Column.right("N"),
                Column.left("LAST")));
    table.row(List.of("münchen", "1", "x")).row(List.of("b", "1000", ""));
    assertThat(table.lines().stream().map(line -> line.replaceAll("\u001b\\[[0-9]+m", "")))
        .containsExactly("A            N   LAST", "münchen      1   x", "b         1000   -");
    assertThat(table.lines().get(1)).startsWith("\u001b[32mmünchen\u001b[0m ");
    assertThatThrownBy(() -> table.row(List.of("one")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theNearestNameIsGuessedAndNothingFarOff() {
    List<String> names = List.of("tiny-chat", "big-chat", "embed");
    assertThat(DidYouMean.among(names, "tiny")).hasValue("tiny-chat");
    assertThat(DidYouMean.among(names, "embde")).hasValue("embed");
    assertThat(DidYouMean.among(names, "chat")).isEmpty();
    assertThat(DidYouMean.among(names, "whisper")).isEmpty();
  }

  @Test
  void aLiveRegionCountsTheRowsItDrew() {
    StringWriter screen = new StringWriter();
    LiveRegion region = new LiveRegion(new PrintWriter(screen), () -> 10);
    region.draw(List.of("one", "two"));
    region.draw(List.of("three"));
    region.draw(List.of("four"));
    assertThat(screen.toString())
        .isEqualTo(
            "\u001b[?7lone\u001b[K\ntwo\u001b[K\n\u001b[J\u001b[?7h"
                + "\u001b[?7l\u001b[2A\rthree\u001b[K\n\u001b[J\u001b[?7h"
                + "\u001b[?7l\u001b[1A\rfour\u001b[K\n\u001b[J\u001b[?7h");
  }

  @Test
  void aLiveRegionNeverOutgrowsTheWindow() {
    StringWriter screen = new StringWriter();
    LiveRegion region = new LiveRegion(new PrintWriter(screen), () -> 10);
    List<String> lines = IntStream.range(0, 30).mapToObj(i -> "row " + i).toList();
    region.draw(lines);
    region.draw(lines);
    assertThat(screen.toString()).contains("row 7").doesNotContain("row 8");
    assertThat(screen.toString()).contains("… and 22 lines more", "\u001b[9A");
  }

  @Test
  void whatIsLoggedMeanwhileGoesAboveALiveRegion() {
    StringWriter screen = new StringWriter();
    LiveRegion region = new LiveRegion(new PrintWriter(screen), () -> 10);
    region.draw(List.of("one"));
    try (CapturedErrors log = new CapturedErrors()) {
      System.err.print("WARN it is hot\nhalf a li");
      region.draw(log.lines(), List.of("two"));
      System.err.println("ne");
      assertThat(log.lines()).containsExactly("half a line");
    }
    assertThat(screen.toString())
        .endsWith(
            "\u001b[?7l\u001b[1A\r\u001b[J\u001b[?7hWARN it is hot\n"
                + "\u001b[?7ltwo\u001b[K\n\u001b[J\u001b[?7h");
  }

  @Test
  void progressElsewhereIsPlainLines() {
    StringWriter log = new StringWriter();
    try (Progress progress =
        new ConsoleProgress(
            new PrintWriter(log), false, Palette.PLAIN, InstantSource.fixed(Instant.EPOCH))) {
      progress.step("one");
      progress.note("by the way");
      progress.update("one, halfway");
      progress.step("two");
      progress.done();
    }
    assertThat(log.toString()).isEqualTo("  one\n  by the way\n  one, halfway\n  two\n");
  }

  @Test
  void progressOnATerminalTellsDoneFromGivenUp() {
    StringWriter screen = new StringWriter();
    try (Progress progress =
        new ConsoleProgress(
            new PrintWriter(screen), true, Palette.PLAIN, InstantSource.fixed(Instant.EPOCH))) {
      progress.step("one");
      progress.step("two");
    }
    assertThat(screen.toString().replaceAll("(\r\u001b\\[2K… [a-z]+)+", "~"))
        .isEqualTo("~\r\u001b[2K✓ one  0 ms\n~\r\u001b[2K✗ two  0 ms\n");
  }
}
