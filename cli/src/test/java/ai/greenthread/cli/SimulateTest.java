package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.client.Json;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gtctl simulate} from the command line to the report. */
class SimulateTest {
  // JUnit sets it before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  Path data;

  private Run.Result simulate(String... options) {
    return simulate(new Run(data), options);
  }

  private static Run.Result simulate(Run run, String... options) {
    List<String> args = new ArrayList<>(List.of("simulate"));
    args.addAll(List.of(options));
    return run.gtctl(args.toArray(String[]::new));
  }

  private static final String[] SMALL = {
    "--synthetic", "--models", "6", "--gpus", "1", "--rate", "1", "--duration", "1m"
  };

  private Run.Result small(String... more) {
    List<String> options = new ArrayList<>(List.of(SMALL));
    options.addAll(List.of(more));
    return simulate(options.toArray(String[]::new));
  }

  @Test
  void aTableSaysWhatToChooseAndComparesAll() {
    Run.Result result = small();
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .contains("for 6 models on 1 GPU of 80 GiB, seed 1", "POLICY", "bounded", "documented")
        .contains("* no choice:", "dedicated needs 6 GPUs")
        .doesNotContain("\u001b");
  }

  @Test
  void theSameSeedGivesTheSameReportAndAnotherGivesAnother() {
    String once = small("-o", "json", "--seed", "3").out();
    assertThat(small("-o", "json", "--seed", "3").out()).isEqualTo(once);
    assertThat(small("-o", "json", "--seed", "4").out()).isNotEqualTo(once);
  }

  @Test
  void onlyThePoliciesThatAreNamedRun() throws Exception {
    JsonNode json =
        Json.parse(small("--policy", "documented", "--policy", "bounded", "-o", "json").out());
    assertThat(json.path("policies").findValuesAsText("policy"))
        .containsExactly("bounded", "documented");
    assertThat(json.path("policies").get(0).path("lost").asInt(-1)).isZero();
    assertThat(
            small("--policy", "documented", "--policy", "bounded:minRuntime=1s", "-o", "csv")
                .out()
                .lines()
                .skip(1)
                .map(line -> line.substring(0, line.indexOf(','))))
        .containsExactly("bounded:minRuntime=1s", "documented");
    assertThat(small("--policy", "ollama", "-o", "csv").out().lines())
        .hasSize(2)
        .first()
        .asString()
        .startsWith("policy,role,gpus,sloAttainment,");
  }

  @Test
  void thePageIsWrittenBesideTheTable() throws Exception {
    Path page = data.resolve("report.html");
    Run.Result result = small("--report", page.toString(), "--how-many-gpus");
    assertThat(result.code()).isZero();
    assertThat(result.err()).contains("report written: file://");
    assertThat(result.out()).contains("Fewest GPUs that answer 95.0 % as promised");
    assertThat(Files.readString(page)).startsWith("<!DOCTYPE html>").contains("How many GPUs");
  }

  @Test
  void anOwnLogBringsItsModelsAndAFleetFileTheirSizes() throws Exception {
    Path log =
        Files.writeString(
            data.resolve("access.csv"),
            """
            time,model,prompt_tokens,completion_tokens,user
            2026-11-23T10:00:00Z,qwen,100,20,a
            2026-11-23T10:00:01Z,llama,100,20,b
            2026-11-23T10:00:02Z,qwen,100,20,c
            """);
    JsonNode json = Json.parse(simulate("--from-log", log.toString(), "-o", "json").out());
    assertThat(json.path("fleet").path("models").findValuesAsText("name"))
        .containsExactly("qwen", "llama");
    assertThat(json.path("fleet").path("models").findValuesAsText("requests"))
        .containsExactly("2", "1");
    Path fleet =
        Files.writeString(
            data.resolve("fleet.yaml"),
            "gpus: 1\nmodels: [{name: llama, size: 10GiB}, {name: qwen, size: 20GiB}]\n");
    json =
        Json.parse(
            simulate("--from-log", log.toString(), "--fleet", fleet.toString(), "-o", "json")
                .out());
    assertThat(json.path("fleet").path("models").findValuesAsText("weightBytesPerGpu"))
        .containsExactly("10737418240", "21474836480");
    Files.writeString(fleet, "models: [{name: llama}]\n");
    Run.Result unknown = simulate("--from-log", log.toString(), "--fleet", fleet.toString());
    assertThat(unknown.code()).isEqualTo(5);
    assertThat(unknown.err()).contains("the log asks for qwen, which the fleet file lacks");
  }

  @Test
  void everythingWrongWithTheCommandLineIsSaidAtOnce() {
    Run.Result result =
        simulate(
            "--models",
            "0",
            "--gpus",
            "0",
            "--zipf",
            "-1",
            "--policy",
            "bonded",
            "--slo-attainment",
            "2",
            "--report",
            data.resolve("no/where.html").toString());
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .contains("error: there are no requests to simulate: give --trace, --from-log or")
        .contains("--models 0 is not a number from 1 to 2000", "--gpus 0", "--zipf -1.0")
        .contains("there is no policy bonded; did you mean bounded?", "--slo-attainment 2.0")
        .contains("--report: there is no directory", "see: gtctl simulate --help");
    assertThat(simulate("--synthetic", "--trace", "x").err()).contains("go not together");
    assertThat(simulate("--synthetic", "--link", "fast").err())
        .contains("'fast' is not a rate; write it like 25GB/s");
    assertThat(simulate("--synthetic", "--link", "25").err())
        .contains("'25' is not a rate; write it like 25GB/s");
    assertThat(simulate("--synthetic", "--gpu-memory", "80", "--residual", "1").err())
        .contains("--gpu-memory is 80 B: write it with its unit, like 30GiB", "--residual is 1 B");
    assertThat(simulate("--synthetic", "--gpu", "3").err()).contains("there is no option --gpu");
    assertThat(simulate("--synthetic=uniform").err()).contains("is none of zipf, aegaeon");
    assertThat(simulate("--synthetic", "-o", "xml").err()).contains("is none of table, json, csv");
    assertThat(simulate("--synthetic", "--rate", "1e-9").err()).contains("a longer --duration");
  }

  @Test
  void numbersThatAreNoneAreSaidToBeAllAtOnce() {
    Run.Result result =
        simulate(
            "--synthetic",
            "--rate",
            "1,5",
            "--zipf",
            "NaN",
            "--slowdown",
            "0x1p3",
            "--gpus",
            "abc",
            "--models",
            "1.5",
            "--batch",
            "99999999999",
            "--seed",
            "1e3",
            "--link",
            "fast",
            "--policy",
            "bonded");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .contains(
            "'--rate': '1,5' is no number; write it like 4 or 0.5",
            "'--zipf': 'NaN' is no number",
            "'--slowdown': '0x1p3' is no number",
            "'--gpus': 'abc' is no whole number; write it like 4",
            "'--models': '1.5' is no whole number",
            "'--batch': '99999999999' is too large a number",
            "'--seed': '1e3' is no whole number",
            "'--link': 'fast' is not a rate; write it like 25GB/s",
            "there is no policy bonded",
            "see: gtctl simulate --help")
        .doesNotContain("double", "an int", "a long", "input string", "no requests to simulate");
    assertThat(simulate("--gpuss", "4", "--synthetic").err())
        .contains("gtctl simulate knows no --gpuss", "did you mean --gpus?");
    assertThat(simulate("--synthetic", "--rate", "x", "--gpuss", "4").err())
        .contains("'x' is no number", "gtctl simulate knows no --gpuss");
    assertThat(simulate("--synthetic", "--rate", "x", "--seed", "1", "--seed", "2").err())
        .contains("'x' is no number", "'--seed' (N) should be specified only once");
  }

  @Test
  void optionsThatWouldChangeNothingAreRefusedAllAtOnce() {
    Run.Result log =
        simulate(
            "--from-log",
            "x",
            "--rate",
            "4",
            "--zipf",
            "1",
            "--duration",
            "1m",
            "--busy-share",
            "1",
            "--seed",
            "1",
            "--models",
            "3");
    assertThat(log.code()).isEqualTo(2);
    assertThat(log.err())
        .contains(
            "--zipf goes not with --from-log: the log says which model each request is for",
            "--rate goes not with --from-log: the log says when requests come",
            "--duration goes not with --from-log",
            "--busy-share goes not with --from-log",
            "--seed goes not with --from-log: nothing is drawn by chance then",
            "--models goes not with --from-log");
    assertThat(simulate("--trace", "x", "--rate", "4").err())
        .contains("--rate goes not with --trace: the trace says when requests come");
    assertThat(simulate("--trace", "x", "--zipf", "1", "--seed", "2", "--skip-bad-lines").err())
        .contains("there is no file x");
    assertThat(simulate("--synthetic", "aegaeon", "--zipf", "1", "--skip-bad-lines").err())
        .contains(
            "--zipf goes not with --synthetic aegaeon",
            "--skip-bad-lines goes not with --synthetic: there are no lines to read");
  }

  @Test
  void aReportThatCannotBeWrittenIsRefusedBeforeAnythingRuns() throws Exception {
    Run.Result directory = small("--report", data.toString());
    assertThat(directory.code()).isEqualTo(2);
    assertThat(directory.out()).isEmpty();
    assertThat(directory.err())
        .contains("--report '" + data + "' is a directory: give a file, like ", "report.html");
    Path file = Files.writeString(data.resolve("file"), "kept");
    Run.Result beneath = small("--report", file.resolve("report.html").toString());
    assertThat(beneath.code()).isEqualTo(2);
    assertThat(beneath.err()).contains("--report: there is no directory " + file + ": make it");
    Run.Result unwritable = small("--report", data.resolve("x".repeat(300)).toString());
    assertThat(unwritable.code()).isEqualTo(2);
    assertThat(unwritable.out()).isEmpty();
    assertThat(unwritable.err()).contains("--report: cannot write ", "; give a file elsewhere");
    assertThat(small("--report", "").err()).contains("--report '' is a directory: give a file");
  }

  @Test
  void aRunThatFailsLeavesTheReportAsItWas() throws Exception {
    Path before = Files.writeString(data.resolve("before.html"), "kept");
    assertThat(small("--report", before.toString(), "--model-size", "100GiB").code()).isEqualTo(5);
    assertThat(before).hasContent("kept");
    Path none = data.resolve("none.html");
    assertThat(small("--report", none.toString(), "--model-size", "100GiB").code()).isEqualTo(5);
    assertThat(none).doesNotExist();
  }

  @Test
  void directoriesAndMissingFilesAreNamedAllAtOnce() {
    Path none = data.resolve("none.yaml");
    Run.Result result =
        simulate("--trace", data.toString(), "--trace", "", "--fleet", none.toString());
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.err())
        .contains(
            "error: " + data + " is a directory: give a file in it",
            "'' is a directory: give a file in it",
            "there is no file " + none,
            "seen from ");
    assertThat(simulate("--from-log", data.toString()).err()).contains("is a directory");
    assertThat(simulate("--synthetic", "--fleet", data.toString()).err())
        .contains("is a directory");
  }

  @Test
  void mistakesOfTheLogAndOfTheFleetAreSaidTogether() throws Exception {
    Path log =
        Files.writeString(
            data.resolve("log.csv"),
            "time,model,prompt_tokens,completion_tokens\n1,qwen,1,1\n2,gone,1,1\n");
    Path fleet =
        Files.writeString(data.resolve("fleet.yaml"), "gpus: no\nmodels: [{name: qwen}]\n");
    Run.Result result = simulate("--from-log", log.toString(), "--fleet", fleet.toString());
    assertThat(result.code()).isEqualTo(5);
    assertThat(result.err())
        .contains(
            "2 problems",
            "fleet.yaml, line 1: gpus: 'false' is not a whole number",
            "the log asks for gone, which the fleet file lacks");
    Files.writeString(fleet, "models: [{nam: qwen}]\n");
    assertThat(simulate("--from-log", log.toString(), "--fleet", fleet.toString()).err())
        .contains("did you mean name?")
        .doesNotContain("lacks");
  }

  @Test
  void theShareThatIsAskedForDecidesWhetherAFleetIsTooSmall() {
    String[] load = {"--policy", "bounded", "--slo-ttft", "1s", "--slo-attainment"};
    List<String> asked = new ArrayList<>(List.of(load));
    asked.add("0.01");
    assertThat(small(asked.toArray(String[]::new)).out()).doesNotContain("too small");
    asked.set(asked.size() - 1, "1");
    assertThat(small(asked.toArray(String[]::new)).out())
        .contains("too small", "--slo-attainment asks for 100.0 %");
  }

  @Test
  void wrongFilesAreToldApartFromMissingOnes() throws Exception {
    assertThat(simulate("--trace", data.resolve("none.csv").toString()).code()).isEqualTo(4);
    Path bad =
        Files.writeString(
            data.resolve("bad.csv"), "time,prompt_tokens,completion_tokens\nx,1,1\n1,y,1\n");
    Run.Result result =
        simulate("--trace", bad.toString(), "--models", "3", "--model-size", "1GiB");
    assertThat(result.code()).isEqualTo(5);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("2 problems in the input; nothing was simulated")
        .contains("bad.csv, line 2: 'x' is no time", "bad.csv, line 3: 'y' is no number");
    Run.Result large = simulate("--synthetic", "--model-size", "100GiB", "--models", "1");
    assertThat(large.code()).isEqualTo(5);
    assertThat(large.err()).contains("model-01 needs 100 GiB on each of its GPUs");
  }

  @Test
  void onlyAPersonAtATerminalSeesProgress() {
    Run run = new Run(data).terminal(false, false, true);
    assertThat(simulate(run, SMALL).err()).contains("simulat");
  }

  @Test
  void aegaeonsSkewAsksForFewModels() throws Exception {
    JsonNode json =
        Json.parse(
            simulate(
                    "--synthetic=aegaeon",
                    "--models",
                    "40",
                    "--gpus",
                    "4",
                    "--rate",
                    "5",
                    "--duration",
                    "2m",
                    "--policy",
                    "bounded",
                    "-o",
                    "json")
                .out());
    List<String> requests = json.path("fleet").path("models").findValuesAsText("requests");
    int hot = requests.stream().limit(3).mapToInt(Integer::parseInt).sum();
    int all = requests.stream().mapToInt(Integer::parseInt).sum();
    assertThat(hot / (double) all).isGreaterThan(0.9);
  }
}
