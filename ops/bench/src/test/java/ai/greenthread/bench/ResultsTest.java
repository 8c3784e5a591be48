package ai.greenthread.bench;

import static ai.greenthread.bench.Samples.CLOSED;
import static ai.greenthread.bench.Samples.DIRECT;
import static ai.greenthread.bench.Samples.NGINX;
import static ai.greenthread.bench.Samples.OPEN;
import static ai.greenthread.bench.Samples.OURS;
import static ai.greenthread.bench.Samples.measured;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResultsTest {

  private final Results results = Samples.results();

  @Test
  void theMedianOfAnEvenNumberOfRoundsLiesBetweenTheMiddleTwo() {
    assertThat(Spread.of(List.of(4.0, 1.0, 3.0, 100.0))).contains(new Spread(3.5, 1, 100, 4));
    assertThat(Spread.of(List.of(5.0, Double.NaN, 1.0, 2.0))).contains(new Spread(2, 1, 5, 3));
    assertThat(Spread.of(List.of(Double.NaN))).isEmpty();
  }

  @Test
  void ratiosAreTakenWithinARoundSoThatASlowMinuteHitsBothSides() {
    // The machine was four times slower in round 2; ours was at half of nginx all the time.
    rounds(NGINX, CLOSED, 1000, 250, 900);
    rounds(OURS, CLOSED, 500, 125, 450);

    assertThat(results.timesFloor(OURS, CLOSED, Metric.PER_SECOND))
        .contains(new Spread(0.5, 0.5, 0.5, 3));
  }

  @Test
  void whatAGatewayAddsIsMeasuredAgainstNoGatewayInTheSameRound() {
    rounds(DIRECT, OPEN, 100, 1000, 100);
    rounds(NGINX, OPEN, 150, 1050, 150);
    rounds(OURS, OPEN, 200, 1100, 300);

    assertThat(results.added(OURS, OPEN, Metric.P99)).contains(new Spread(100, 100, 200, 3));
    assertThat(results.timesFloor(OURS, OPEN, Metric.P99)).contains(new Spread(2, 2, 4, 3));
    assertThat(results.timesFloor(DIRECT, OPEN, Metric.P99)).isEmpty();
  }

  @Test
  void aRoundInWhichTheFloorAddsNothingGivesNoRatio() {
    rounds(DIRECT, OPEN, 100, 200);
    rounds(NGINX, OPEN, 150, 190);
    rounds(OURS, OPEN, 200, 300);

    assertThat(results.timesFloor(OURS, OPEN, Metric.P50)).contains(new Spread(2, 2, 2, 1));
  }

  @Test
  void aRoundThatOneSideLacksIsNotCompared() {
    rounds(NGINX, CLOSED, 1000, 1000);
    results.add(measured(OURS, CLOSED, 2, 700));

    assertThat(results.timesFloor(OURS, CLOSED, Metric.PER_SECOND))
        .contains(new Spread(0.7, 0.7, 0.7, 1));
  }

  @Test
  void aBarIsMissedByTheMeasuredRatioAndMetByABetterOne() {
    rounds(NGINX, CLOSED, 1000);
    rounds(OURS, CLOSED, 690);
    assertThat(Bars.of(results))
        .filteredOn(bar -> bar.what().equals("saturation"))
        .singleElement()
        .satisfies(bar -> {
          assertThat(bar.met()).isFalse();
          assertThat(bar.measured()).isEqualTo(0.69);
        });
    assertThat(Bars.of(results))
        .filteredOn(bar -> bar.what().startsWith("CPU per request"))
        .singleElement()
        .satisfies(bar -> assertThat(bar.goalMet()).isTrue());
  }

  private void rounds(Gateway gateway, Scenario scenario, double... numbers) {
    for (int i = 0; i < numbers.length; i++) {
      results.add(measured(gateway, scenario, i + 1, numbers[i]));
    }
  }
}
