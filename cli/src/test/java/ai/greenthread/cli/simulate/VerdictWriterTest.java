package ai.greenthread.cli.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VerdictWriterTest {
  private static PolicyFigures figures(
      String policy, double attainment, double p99, double work, Map<Figure, Double> others) {
    var values = new EnumMap<Figure, Double>(Figure.class);
    for (Figure figure : Figure.values()) {
      values.put(figure, 0.0);
    }
    values.put(Figure.SLO_ATTAINMENT, attainment);
    values.put(Figure.WAIT_P99, p99);
    values.put(Figure.WAIT_MAX, p99 * 2);
    values.put(Figure.SWAP_SECONDS, work);
    values.put(Figure.SWAPS, 100.0);
    values.put(Figure.JAIN, 1.0);
    values.putAll(others);
    var problems = new ArrayList<String>();
    Policies.Policy known = Policies.named(policy, problems);
    assertThat(problems).isEmpty();
    return new PolicyFigures(known, 4, values, List.of(), List.of());
  }

  private static SimulationReport.Verdict verdict(PolicyFigures... all) {
    return verdict(0.95, all);
  }

  private static SimulationReport.Verdict verdict(double target, PolicyFigures... all) {
    var fleet = new LabFleet(List.of(Bytes.ofGiB(80)), List.of(), 1, 1);
    var slo = new LabResult.Slo(Duration.ofSeconds(10), Duration.ofMillis(100));
    return new VerdictWriter(fleet, slo, target, List.of(all)).write();
  }

  @Test
  void whoAnswersMostInTimeIsChosen() {
    var verdict =
        verdict(
            figures("bounded", 0.97, 6, 100, Map.of()),
            figures("ollama", 0.93, 5, 50, Map.of()),
            figures("clairvoyant-greedy", 1, 0, 0, Map.of()));
    assertThat(verdict.choice()).contains("bounded");
    assertThat(verdict.headline())
        .isEqualTo(
            "Choose bounded: it answers 97.0 % of the requests as promised, and 99 of 100 wait no"
                + " longer than 6 s for their model.");
    assertThat(verdict.reasons())
        .anySatisfy(reason -> assertThat(reason).contains("97.0 % against 93.0 % with ollama"))
        .anySatisfy(reason -> assertThat(reason).contains("5 s, which is shorter"));
  }

  @Test
  void whereAttainmentIsAboutEqualTheShorterWaitDecides() {
    assertThat(
            verdict(
                    figures("documented", 0.975, 9, 50, Map.of()),
                    figures("bounded", 0.97, 6, 100, Map.of()))
                .choice())
        .contains("bounded");
  }

  @Test
  void whereNothingDiffersItSaysSo() {
    var verdict =
        verdict(
            figures("bounded", 0.971, 6.1, 100, Map.of()),
            figures("documented", 0.97, 6, 90, Map.of()));
    assertThat(verdict.choice()).contains("documented");
    assertThat(verdict.headline()).startsWith("It hardly matters");
  }

  @Test
  void whoLosesRequestsOrBreaksTheBoundIsOut() {
    var verdict =
        verdict(
            figures("fifo-collation", 0.99, 1, 10, Map.of(Figure.LOST, 3.0)),
            figures("idle-ttl-lru", 0.98, 2, 10, Map.of(Figure.BOUND_VIOLATIONS, 1.0)),
            figures("bounded", 0.90, 6, 100, Map.of()));
    assertThat(verdict.choice()).contains("bounded");
    assertThat(verdict.reasons())
        .anySatisfy(r -> assertThat(r).contains("fifo-collation is out: 3 requests never got"))
        .anySatisfy(r -> assertThat(r).contains("idle-ttl-lru is out: with it 1 request waited"));
  }

  @Test
  void aFleetIsTooSmallForTheShareThatIsAskedForAndNoOther() {
    PolicyFigures bounded = figures("bounded", 0.92, 6, 100, Map.of());
    assertThat(verdict(0.92, bounded).cautions())
        .noneSatisfy(c -> assertThat(c).contains("too small"));
    assertThat(verdict(0.95, bounded).cautions())
        .anySatisfy(c ->
            assertThat(c)
                .contains("too small", "answers 92.0 % of", "--slo-attainment asks for 95.0 %"));
    assertThat(verdict(0.95, figures("bounded", 0.9499, 6, 100, Map.of())).cautions())
        .anySatisfy(c -> assertThat(c).contains("answers just under 95.0 % of"));
  }

  @Test
  void nobodyIsSaidToHaveKeptTheBoundWhoNeverServedSomebody() {
    assertThat(verdict(figures("bounded", 0.92, 6, 100, Map.of())).reasons())
        .contains(
            "No request waited longer for its model than the bound that is computed for this"
                + " fleet; the longest waited 12 s.");
    assertThat(verdict(figures("bounded", 0.92, 6, 100, Map.of(Figure.LOST, 1.0))).reasons())
        .noneSatisfy(r -> assertThat(r).contains("No request waited longer"));
    assertThat(verdict(figures("bounded", 0.92, 6, 100, Map.of(Figure.CUT, 1.0))).reasons())
        .anySatisfy(r -> assertThat(r).endsWith("12 s, though not all were answered to the end."));
  }

  @Test
  void whatIsBadInSpiteOfTheChoiceIsSaid() {
    var verdict =
        verdict(
            figures(
                "bounded",
                0.50,
                6,
                100,
                Map.of(Figure.JAIN, 0.6, Figure.CUT, 2.0, Figure.BOUND_VIOLATIONS, 4.0)),
            figures("documented", 0.40, 9, 100, Map.of(Figure.BOUND_VIOLATIONS, 1.0)));
    assertThat(verdict.choice()).contains("bounded");
    assertThat(verdict.cautions())
        .anySatisfy(c -> assertThat(c).contains("too small", "50.0 %", "--how-many-gpus"))
        .anySatisfy(c -> assertThat(c).contains("not even-handed", "0.60"))
        .anySatisfy(c -> assertThat(c).contains("2 answers cut off"))
        .anySatisfy(c -> assertThat(c).contains("4 requests waited longer than the bound"));
  }

  @Test
  void anotherSystemsRuleIsTheMeasureAndNotTheChoice() {
    var verdict =
        verdict(
            figures("fifo-collation", 0.97, 60, 50, Map.of()),
            figures("idle-ttl-lru", 0.99, 2, 50, Map.of(Figure.LOST, 1.0)),
            figures("documented", 0.40, 9, 100, Map.of()),
            figures("bounded:minRuntime=1s", 0.50, 6, 100, Map.of()));
    assertThat(verdict.choice()).contains("bounded:minRuntime=1s");
    assertThat(verdict.reasons())
        .contains("To have it, give each Model in spec.fairness: minRuntime 1s.");
    assertThat(verdict.cautions())
        .anySatisfy(c -> assertThat(c).contains("fifo-collation, 97.0 %", "; that is the price."))
        .noneSatisfy(c -> assertThat(c).contains("idle-ttl-lru"));
    assertThat(
            verdict(
                    figures("ollama", 0.5, 6, 1, Map.of()),
                    figures("landlord", 0.4, 6, 1, Map.of()))
                .choice())
        .contains("ollama");
  }

  @Test
  void withoutAChoiceNothingIsChosen() {
    assertThat(verdict(figures("clairvoyant-greedy", 1, 0, 0, Map.of())).choice()).isEmpty();
    assertThat(verdict(figures("bounded", 1, 0, 0, Map.of())).headline())
        .startsWith("Only bounded was simulated");
  }

  @Test
  void figuresAreWrittenShortAndNeverRoundedToAll() {
    assertThat(Figure.share(1)).isEqualTo("100.0 %");
    assertThat(Figure.share(0.99996)).isEqualTo("99.996 %");
    assertThat(Figure.share(0.973)).isEqualTo("97.3 %");
    assertThat(
            List.of(
                Figure.seconds(0),
                Figure.seconds(0.0002),
                Figure.seconds(0.085),
                Figure.seconds(6.24),
                Figure.seconds(600),
                Figure.seconds(125),
                Figure.seconds(7260)))
        .containsExactly("0 s", "0.20 ms", "85 ms", "6.2 s", "10 min", "2 min 5 s", "2 h 1 min");
  }
}
