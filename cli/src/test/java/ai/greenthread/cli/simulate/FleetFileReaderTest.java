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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
            "fleet.yaml, line 1: gpus: 'none' is not a whole number from 1 to 1024",
            "fleet.yaml, line 2: link: 'fast' is not a rate; write it like 25GB/s",
            "fleet.yaml, line 3: modles: is not known; did you mean models?",
            "fleet.yaml, line 5: models[0].name: is missing; give the model a name",
            "fleet.yaml, line 5: models[0].nam: is not known; did you mean name?",
            "fleet.yaml, line 7: models[1].size: 'big' is not a size; write it like 30GiB",
            "fleet.yaml, line 8: models[1].fairness.minRuntime: 'long' is not a duration; write it"
                + " like 10s or 1m30s",
            "fleet.yaml, line 8: models[1].fairness.popular: 'perhaps' is not true or false",
            "fleet.yaml, line 9: models[1].speed.batch: '0' is not a whole number from 1 to 100000");
  }

  @Test
  void whatCannotServeIsSaidBesideWhatCannotBeRead() throws IOException {
    assertThat(
            problems(
                """
                gpus: [80GiB, 40GiB]
                linc: 25GB/s
                models:
                  - name: wide
                    gpus: 4
                  - {name: fat, count: 3, size: 100GiB}
                  - {name: wide, size: 1GiB}
                  - {name: odd, gpus: 4, size: much}
                  - just a text
                """))
        .containsExactlyInAnyOrder(
            "fleet.yaml, line 2: linc: is not known; did you mean link?",
            "fleet.yaml, line 8: models[3].size: 'much' is not a size; write it like 30GiB",
            "fleet.yaml, line 9: models[4]: is no mapping; write a field a line, like name: value",
            "fleet.yaml, line 7: models[2]: there is a model called wide in models[0] already; give"
                + " each a name of its own",
            "fleet.yaml, line 4: models[0]: wide spans 4 GPUs, the fleet has 2",
            "fleet.yaml, line 6: models[1]: fat-01 needs 100 GiB on each of its GPUs, the largest"
                + " has 80 GiB");
  }

  @Test
  void nothingIsConcludedFromWhatCouldNotBeRead() throws IOException {
    assertThat(problems("gpus: many\nmodels: [{name: wide, gpus: 8}]"))
        .containsExactly("fleet.yaml, line 1: gpus: 'many' is not a whole number from 1 to 1024");
    assertThat(problems("defaults: {size: big}\nmodels: [{name: a, memory: 1GiB}]"))
        .containsExactly(
            "fleet.yaml, line 1: defaults.size: 'big' is not a size; write it like 30GiB");
  }

  @Test
  void whatComesFromElsewhereHasTheLineOfItsEntry() throws IOException {
    assertThat(
            problems(
                """
                models:
                  - &first {name: a, speed: {batch: 0}}
                  - <<: *first
                    name: b
                """))
        .containsExactly(
            "fleet.yaml, line 2: models[0].speed.batch: '0' is not a whole number from 1 to 100000",
            "fleet.yaml, line 3: models[1].speed.batch: '0' is not a whole number from 1 to"
                + " 100000");
    assertThat(problems("{\"gpus\": 2,\n \"link\": \"fast\"}"))
        .containsExactly("fleet.yaml, line 2: link: 'fast' is not a rate; write it like 25GB/s");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpus: !!int four | fleet.yaml, line 1, column 7: not valid YAML: 'four' is no number",
        "gpus: 0x_ | fleet.yaml, line 1: gpus: '0x_' is not a whole number",
        "link: !!float fast | fleet.yaml, line 1, column 7: not valid YAML: 'fast' is no number",
        "gpus: [] | fleet.yaml, line 1: gpus: a fleet has 1 to 1024 GPUs, this one has 0",
        "gpus: [80GiB, [1]] | fleet.yaml, line 1: gpus[1]: '[1]' is not a size",
        "defaults: {speed: {slowdown: 0x1p3}} | defaults.speed.slowdown: '0x1p3' is not a number",
        "defaults: {speed: {slowdown: 1d}} | defaults.speed.slowdown: '1d' is not a number",
        "models: {a: 1} | fleet.yaml, line 1: models: is no list",
        "models: [{name: a, count: 2000}, {name: b}] | models[1]: is more than a fleet can have",
      })
  void whatIsWrongIsSaidInWordsOfOurOwn(String text, String message) throws IOException {
    assertThat(problems(text))
        .singleElement()
        .asString()
        .contains(message)
        .doesNotContain("input string");
  }

  @Test
  void whatIsNoYamlSaysWhere() throws IOException {
    assertThat(problems("models: [\n  {name: a")).singleElement().asString().contains("line ");
  }

  @Test
  void aFleetThatCannotServeSaysWhichModelAndWhy() throws IOException {
    assertThat(problems("models: [{name: a}, {name: a}]"))
        .containsExactly(
            "fleet.yaml, line 1: models[1]: there is a model called a in models[0] already; give each"
                + " a name of its own");
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
            "fleet.yaml, line 3: models[0]: wide spans 4 GPUs, the fleet has 2",
            "fleet.yaml, line 4: models[1]: fat needs 100 GiB on each of its GPUs, the largest has 80"
                + " GiB",
            "fleet.yaml, line 5: models[2]: thin brings 10 GiB of weights to each GPU and takes only 5 GiB there");
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
            "fleet.yaml, line 3: models[0]: m-01 can never wake: it needs 70 GiB on GPU 0, and popular models and sleepers keep all but"
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
            "fleet.yaml, line 4: models[1]: m can never wake: it needs 30 GiB on GPU 0, and popular models and sleepers keep all"
                + " but 10 GiB");
  }
}
