package ai.greenthread.cli.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.SleepSettings;
import ai.greenthread.scheduling.lab.LabModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FleetFileReaderTest {
  // JUnit sets it before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  Path folder;

  private static final FleetPlan DEFAULTS =
      new FleetPlan(
          Collections.nCopies(4, Bytes.ofGiB(80)),
          25e9,
          50e9,
          List.of(),
          new ModelShape(
              1,
              Bytes.ofGiB(30),
              Optional.empty(),
              Bytes.ZERO,
              Duration.ofMillis(200),
              new LabModel.Speed(8_000, Duration.ofMillis(20), 0.02, 64),
              Fairness.DEFAULT,
              SleepSettings.DEFAULT));

  private FleetPlan read(String text, InputProblems problems) throws IOException {
    FleetPlan plan =
        FleetFileReader.read(
            Files.writeString(folder.resolve("fleet.yaml"), text), DEFAULTS, problems);
    if (problems.count() == 0) {
      plan.check(problems);
    }
    return plan;
  }

  private List<String> problems(String text) throws IOException {
    var problems = new InputProblems();
    read(text, problems);
    try {
      problems.throwIfAny();
      return List.of();
    } catch (CliException e) {
      return e.hints();
    }
  }

  @Test
  void theExampleOfTheDocumentsIsRead() throws IOException {
    Path root = Path.of(System.getProperty("greenthread.root", ".."));
    String document = Files.readString(root.resolve("docs/simulate.md"));
    String example = document.substring(document.indexOf("```yaml") + 7);
    var problems = new InputProblems();
    FleetPlan plan = read(example.substring(0, example.indexOf("```")), problems);
    problems.throwIfAny();
    assertThat(plan.gpus()).hasSize(8).containsOnly(Bytes.ofGiB(80));
    assertThat(plan.models())
        .extracting(LabModel::name)
        .containsExactly("Qwen/Qwen3-235B", "Qwen/Qwen3-8B", "tuned-01", "tuned-02", "tuned-03");
    LabModel large = plan.models().getFirst();
    assertThat(large.gpus()).isEqualTo(4);
    assertThat(large.weightsPerGpu()).isEqualTo(Bytes.ofGiB(55));
    assertThat(large.needPerGpu()).isEqualTo(Bytes.ofGiB(70));
    assertThat(large.fairness().minRuntime()).isEqualTo(Duration.ofSeconds(30));
    assertThat(plan.models().get(1).fairness().popular()).isTrue();
    assertThat(plan.models().get(2).needPerGpu()).isEqualTo(Bytes.ofGiB(20));
    assertThat(plan.models().get(2).residual()).isEqualTo(Bytes.ofGiB(1));
  }

  @Test
  void everyMistakeIsSaidAtOnceWithItsPlace() throws IOException {
    assertThat(
            problems(
                """
                gpus: none
                link: fast
                modles: []
                models:
                  - nam: a
                  - name: b
                    size: big
                    fairness: {minRuntime: long, popular: perhaps}
                    speed: {batch: 0}
                """))
        .containsExactlyInAnyOrder(
            "fleet.yaml: gpus: 'none' is not a whole number from 1 to 1024",
            "fleet.yaml: link: 'fast' is not a rate; write it like 25GB/s",
            "fleet.yaml: modles: is not known; did you mean models?",
            "fleet.yaml: models[0].name: is missing; give the model a name",
            "fleet.yaml: models[0].nam: is not known; did you mean name?",
            "fleet.yaml: models[1].size: 'big' is not a size; write it like 30GiB",
            "fleet.yaml: models[1].fairness.minRuntime: 'long' is not a duration; write it like 10s"
                + " or 1m30s",
            "fleet.yaml: models[1].fairness.popular: 'perhaps' is not true or false",
            "fleet.yaml: models[1].speed.batch: '0' is not a whole number from 1 to 100000");
  }

  @Test
  void whatIsNoYamlSaysWhere() throws IOException {
    assertThat(problems("models: [\n  {name: a")).singleElement().asString().contains("line ");
  }

  @Test
  void aFleetThatCannotServeSaysWhichModelAndWhy() throws IOException {
    assertThat(problems("models: [{name: a}, {name: a}]"))
        .containsExactly("there are two models called a");
    assertThat(
            problems(
                """
                gpus: [80GiB, 40GiB]
                models:
                  - {name: wide, gpus: 4}
                  - {name: fat, size: 100GiB}
                  - {name: thin, size: 10GiB, memory: 5GiB}
                """))
        .containsExactly(
            "wide spans 4 GPUs, the fleet has 2",
            "fat needs 100 GiB on each of its GPUs, the largest has 80 GiB",
            "thin brings 10 GiB of weights to each GPU and takes only 5 GiB there");
    assertThat(
            problems(
                """
                gpus: 1
                models:
                  - {name: m, count: 30, size: 70GiB, residual: 1GiB}
                """))
        .hasSize(30)
        .first()
        .asString()
        .isEqualTo(
            "m-01 can never wake: it needs 70 GiB on GPU 0, and popular models and sleepers keep all but"
                + " 51 GiB; give fewer models, fewer popular ones, or a smaller residual");
    assertThat(
            problems(
                """
                gpus: 1
                models:
                  - {name: star, size: 70GiB, fairness: {popular: true}}
                  - {name: m, size: 30GiB}
                """))
        .singleElement()
        .asString()
        .startsWith(
            "m can never wake: it needs 30 GiB on GPU 0, and popular models and sleepers keep all"
                + " but 10 GiB");
  }
}
