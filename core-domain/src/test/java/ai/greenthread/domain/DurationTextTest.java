package ai.greenthread.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "1h30m, PT1H30M",
    "10s, PT10S",
    "500ms, PT0.5S",
    "1.5h, PT1H30M",
    ".5s, PT0.5S",
    "2.s, PT2S",
    "0, PT0S",
    "0s, PT0S",
    "1h0m5s, PT1H5S",
    "100us, PT0.0001S",
    "100\u00b5s, PT0.0001S",
    "100\u03bcs, PT0.0001S",
    "7ns, PT0.000000007S",
    "+5m, PT5M",
    "-5m, PT-5M",
    "90m, PT1H30M",
    "2562047h, PT2562047H"
  })
  void readsWhatGoWrites(String text, Duration expected) {
    assertThat(DurationText.parse(text)).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10",
        "s",
        "10 s",
        "1d",
        "1h 30m",
        "10S",
        "h1",
        "1h30",
        "--5m",
        "-",
        "PT5M",
        "1e3s",
        "9999999999h",
        "1,5s",
        " 5s",
        "5s ",
        "\u0665s",
        "."
      })
  void refusesWhatGoRefuses(String text) {
    assertThat(DurationText.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "PT1H30M, 1h30m",
    "PT10S, 10s",
    "PT0S, 0s",
    "PT0.5S, 500ms",
    "PT1.5S, 1s500ms",
    "PT24H, 24h",
    "PT-90S, -1m30s",
    "PT0.000000007S, 7ns"
  })
  void printsTheShortestTextWithoutFractions(Duration duration, String expected) {
    assertThat(DurationText.print(duration)).isEqualTo(expected);
  }

  @Test
  void whatIsPrintedIsReadBackUnchanged() {
    long seed = 20261122;
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      Duration duration = Duration.ofNanos(random.nextLong() >> random.nextInt(63));
      assertThat(DurationText.parse(DurationText.print(duration)))
          .as("seed %d, round %d, %s", seed, i, duration)
          .contains(duration);
    }
  }
}
