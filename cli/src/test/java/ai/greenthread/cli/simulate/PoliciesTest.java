package ai.greenthread.cli.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.SleepSettings;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoliciesTest {
  private static LabFleet fleet(Fairness... knobs) {
    var models = new ArrayList<LabModel>();
    for (Fairness fairness : knobs) {
      models.add(
          new ModelShape(
                  1,
                  Bytes.ofGiB(30),
                  Optional.empty(),
                  Bytes.ZERO,
                  Duration.ofMillis(200),
                  new LabModel.Speed(8_000, Duration.ofMillis(20), 0.02, 64),
                  fairness,
                  SleepSettings.DEFAULT)
              .named("model-" + models.size()));
    }
    return new LabFleet(List.of(Bytes.ofGiB(80)), models, 25e9, 50e9);
  }

  private static Policies.Policy named(String name) {
    var problems = new ArrayList<String>();
    Policies.Policy policy = Policies.named(name, problems);
    assertThat(problems).isEmpty();
    return policy;
  }

  @Test
  void settingsHoldForAllModelsAndChangeNothingElse() {
    LabFleet described =
        fleet(Fairness.DEFAULT, new Fairness(Duration.ofMinutes(1), Duration.ofSeconds(3), true));

    assertThat(named("bounded:minRuntime=1s").on(described).models())
        .extracting(LabModel::fairness)
        .containsExactly(
            new Fairness(Duration.ofSeconds(1), Duration.ofSeconds(5), false),
            new Fairness(Duration.ofSeconds(1), Duration.ofSeconds(3), true));
    assertThat(named("documented:maxWaitTime=1m30s").on(described).models())
        .extracting(model -> model.fairness().maxWaitTime())
        .containsOnly(Duration.ofSeconds(90));
    assertThat(named("bounded:wakesAtOnce=2").on(described))
        .isEqualTo(described.withWakesAtOnce(2));
    assertThat(named("bounded").on(described)).isEqualTo(described);
    assertThat(named("bounded:minRuntime=10s").on(fleet(Fairness.DEFAULT)))
        .isEqualTo(fleet(Fairness.DEFAULT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ollama",
        "bounded:minRuntime=1s",
        "documented:minRuntime=1s:maxWaitTime=30s",
        "bounded:wakesAtOnce=2"
      })
  void aNameIsReadAsItIsWritten(String name) {
    assertThat(named(name).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          bonded                  | there is no policy bonded; did you mean bounded?
          bounded:                | '' is no setting of a policy; write minRuntime=1s, maxWaitTime=5s or wakesAtOnce=2
          bounded:popular=true    | 'popular=true' is no setting of a policy
          bounded:minRuntime      | 'minRuntime' is no setting of a policy
          bounded:minRuntime=soon | 'minRuntime=soon' has no duration above 0; write it like minRuntime=1s
          bounded:minRuntime=0s   | 'minRuntime=0s' has no duration above 0
          bounded:minRuntime=1s:minRuntime=2s | 'minRuntime=2s' sets minRuntime once more; give it once
          bounded:maxWaitTime=1s:maxWaitTime=1s | 'maxWaitTime=1s' sets maxWaitTime once more
          bounded:wakesAtOnce=two | 'wakesAtOnce=two' has no number of GPUs from 1 to 64, or 0 for all
          bounded:wakesAtOnce=65  | 'wakesAtOnce=65' has no number of GPUs
          ollama:minRuntime=1s    | ollama has no settings: only GreenThread's own have
          """)
  void whatCannotBeReadIsSaid(String name, String problem) {
    var problems = new ArrayList<String>();
    Policies.named(name, problems);
    assertThat(problems).singleElement().asString().startsWith(problem);
  }

  @Test
  void allThatIsWrongIsSaidAtOnce() {
    var problems = new ArrayList<String>();
    Policies.named("olama:a=1:minRuntime=x", problems);
    assertThat(problems).hasSize(3);
  }

  @Test
  void whereAHostCannotFeedAllItsGpusFewerAtOnceAreComparedToo() {
    LabFleet one = fleet(Fairness.DEFAULT);
    var four = new LabFleet(Collections.nCopies(4, Bytes.ofGiB(80)), one.models(), 25e9, 60e9);
    assertThat(Policies.compared(four))
        .extracting(Policies.Policy::name)
        .contains("bounded:minRuntime=1s:wakesAtOnce=2");
    var wide = new LabFleet(four.gpus(), one.models(), 25e9, 100e9);
    assertThat(Policies.compared(wide))
        .extracting(Policies.Policy::name)
        .noneMatch(name -> name.contains("wakesAtOnce"));
  }

  @Test
  void oursAreComparedWithOtherSettingsThatTheFleetHasNot() {
    assertThat(Policies.compared(fleet(Fairness.DEFAULT)))
        .extracting(Policies.Policy::name)
        .startsWith(
            "bounded",
            "bounded:minRuntime=1s",
            "bounded:minRuntime=1s:maxWaitTime=30s",
            "documented")
        .hasSize(Policies.all().size() + 3)
        .doesNotHaveDuplicates();
    assertThat(
            Policies.compared(
                fleet(new Fairness(Duration.ofSeconds(1), Duration.ofSeconds(5), false))))
        .extracting(Policies.Policy::name)
        .doesNotContain("bounded:minRuntime=1s")
        .contains("bounded:minRuntime=1s:maxWaitTime=30s");
  }
}
