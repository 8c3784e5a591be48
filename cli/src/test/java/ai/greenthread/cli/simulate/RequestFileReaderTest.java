package ai.greenthread.cli.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestFileReaderTest {
  // JUnit sets it before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  Path folder;

  private Optional<RequestFile> read(
      boolean models, boolean skip, InputProblems problems, String text) throws IOException {
    Path file = Files.writeString(folder.resolve("requests"), text);
    return new RequestFileReader(models, skip, problems).read(file);
  }

  private RequestFile good(boolean models, String text) throws IOException {
    var problems = new InputProblems();
    Optional<RequestFile> file = read(models, false, problems, text);
    problems.throwIfAny();
    return file.orElseThrow();
  }

  private List<String> problems(boolean models, String text) throws IOException {
    var problems = new InputProblems();
    assertThat(read(models, false, problems, text)).isEmpty();
    return hints(problems);
  }

  private static List<String> hints(InputProblems problems) {
    try {
      problems.throwIfAny();
      return List.of();
    } catch (CliException e) {
      assertThat(e.exitCode()).isEqualTo(ExitCode.INVALID_MANIFEST);
      return e.hints();
    }
  }

  @Test
  void azureLinesKeepTheirSevenDecimalsAndCrLf() throws IOException {
    RequestFile file =
        good(
            false,
            """
            TIMESTAMP,ContextTokens,GeneratedTokens
            2023-11-16 18:17:03.9799600,4808,10
            2023-11-16 18:17:04.0319600,3180,8
            2023-11-16 18:17:04.0781490,110,27\
            """
                .replace("\n", "\r\n"));
    assertThat(file.format()).isEqualTo(RequestFile.Format.AZURE);
    assertThat(file.requests())
        .containsExactly(
            new LoggedRequest(0, "", 4808, 10),
            new LoggedRequest(52_000, "", 3180, 8),
            new LoggedRequest(98_189, "", 110, 27));
  }

  @Test
  void mooncakeTimesAreMillisecondsAndFileOrderHoldsWithinOne() throws IOException {
    RequestFile file =
        good(
            false,
            """
            {"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1, 2]}
            {"timestamp": 0, "input_length": 7322, "output_length": 490, "hash_ids": [0, 14]}
            {"timestamp": 3000, "input_length": 7236, "output_length": 794, "hash_ids": []}
            """);
    assertThat(file.format()).isEqualTo(RequestFile.Format.MOONCAKE);
    assertThat(file.requests())
        .containsExactly(
            new LoggedRequest(0, "", 6758, 500),
            new LoggedRequest(0, "", 7322, 490),
            new LoggedRequest(3_000_000, "", 7236, 794));
  }

  @Test
  void anOwnCsvMayHaveFurtherColumnsQuotesAndNoOrder() throws IOException {
    RequestFile file =
        good(
            true,
            """
            user;completion_tokens;Model Name;time;prompt_tokens
            eve;7;"qwen;3";2026-01-02T10:00:01.5Z;100
            bob;8;llama;2026-01-02T11:00:00+01:00;200
            """);
    assertThat(file.format()).isEqualTo(RequestFile.Format.CSV_LOG);
    assertThat(file.requests())
        .containsExactly(
            new LoggedRequest(0, "llama", 200, 8), new LoggedRequest(1_500_000, "qwen;3", 100, 7));
  }

  @Test
  void anAccessLogOfOpenAisApiIsReadWhereItsPartsStand() throws IOException {
    RequestFile file =
        good(
            true,
            """
            {"created":1767348000,"model":"qwen","usage":{"prompt_tokens":11,"completion_tokens":5}}
            {"created":1767348002,"status":200,"response":{"model":"llama","usage":{"prompt_tokens":3,"completion_tokens":4}}}
            {"created":1767348003,"model":"qwen","status":503,"usage":null}
            """);
    assertThat(file.format()).isEqualTo(RequestFile.Format.JSON_LOG);
    assertThat(file.requests())
        .containsExactly(
            new LoggedRequest(0, "qwen", 11, 5), new LoggedRequest(2_000_000, "llama", 3, 4));
    assertThat(file.failed()).isEqualTo(1);
    assertThat(file.unreadable()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "0.25, 250000",
    "1700000000.5, 1700000000500000",
    "1700000000500, 1700000000500000",
    "1970-01-01T00:00:01Z, 1000000",
    "1970-01-01 00:00:01.5, 1500000",
    "1970-01-01 01:00:01.5+0100, 1500000",
    "1970-01-01 01:00:01 +01:00, 1000000",
  })
  void timesAreUnderstoodAsPeopleWriteThem(String text, long micros) {
    assertThat(Moments.micros(text, false)).contains(micros);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-1", "1e99", "NaN", "2026-13-01T00:00:00Z", "12:00"})
  void whatIsNoTimeIsNone(String text) {
    assertThat(Moments.micros(text, false)).isEmpty();
  }

  @Test
  void theFirstTenBadLinesAreNamedAndAllAreCounted() throws IOException {
    var text = new StringBuilder("time,model,prompt_tokens,completion_tokens\n1,m,10,10\n");
    for (int i = 0; i < 12; i++) {
      text.append("2,m,many,10\n");
    }
    List<String> problems = problems(true, text.toString());
    assertThat(problems).hasSize(11);
    assertThat(problems.getFirst())
        .isEqualTo("requests, line 3: 'many' is no number of prompt tokens; write a whole number");
    assertThat(problems.get(9)).startsWith("requests, line 12:");
    assertThat(problems.getLast()).isEqualTo("requests: and 2 more bad lines");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "2,m,10 | has 3 columns where the heading has 4",
        "later,m,10,10 | 'later' is no time",
        "2,,10,10 | has no model name",
        "2,m,-1,10 | '-1' is no number of prompt tokens",
        "2,m,1,99999999999 | is no number of generated tokens",
        "2,\"m,1,1 | has a quote that nothing closes",
      })
  void aBadLineSaysWhatIsWrong(String line, String message) throws IOException {
    assertThat(
            problems(true, "time,model,prompt_tokens,completion_tokens\n1,m,1,1\n" + line + "\n"))
        .singleElement()
        .asString()
        .startsWith("requests, line 3: ")
        .contains(message);
  }

  @Test
  void badLinesCanBeLeftOutAndAreCountedApartFromFailedRequests() throws IOException {
    var problems = new InputProblems();
    Optional<RequestFile> file =
        read(
            true,
            true,
            problems,
            """
            {"time": 1, "model": "m", "prompt_tokens": 1, "completion_tokens": 2}
            {"time": 2, "model": "m", "prompt_tok
            {"time": 3, "model": "m", "status": 500}
            {"time": 4, "model": "m", "status": "failed"}
            """);
    assertThat(problems.count()).isZero();
    assertThat(file)
        .get()
        .returns(1, RequestFile::unreadable)
        .returns(2, RequestFile::failed)
        .satisfies(read ->
            assertThat(Loads.logged(List.of(read), List.of("m")).words())
                .containsExactly(
                    "requests: JSONL log, 1 requests over 0 s; left out: 2 requests that failed and"
                        + " 1 line that cannot be read."));
  }

  @Test
  void everyMissingColumnIsNamed() throws IOException {
    assertThat(problems(true, "when,model,tokens\n"))
        .hasSize(3)
        .anySatisfy(p -> assertThat(p).contains("no column has the time", "there are: when, model"))
        .anySatisfy(p -> assertThat(p).contains("number of prompt tokens", "prompt_tokens"))
        .anySatisfy(p -> assertThat(p).contains("number of generated tokens"));
    assertThat(problems(true, "time,prompt_tokens,completion_tokens\n1,1,1\n"))
        .singleElement()
        .asString()
        .contains("--trace instead of --from-log");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | is empty",
        "'time,prompt_tokens,completion_tokens' | has no request that could be simulated",
        "'[{}]' | one object a line",
        "'{\"time\":0,\"input_tokens\":1,\"output_tokens\":1}\n{\"time\":1767348000,\"input_tokens\":1,\"output_tokens\":1}' | days apart",
      })
  void aFileThatCannotBeOneSaysWhy(String text, String message) throws IOException {
    assertThat(problems(false, text)).singleElement().asString().contains(message);
  }

  @Test
  void whatIsNoTextIsSaidToBeNone() throws IOException {
    Path file = Files.write(folder.resolve("trace.gz"), new byte[] {31, (byte) 139, 8, 0, 0});
    var problems = new InputProblems();
    assertThat(new RequestFileReader(false, false, problems).read(file)).isEmpty();
    assertThat(hints(problems)).singleElement().asString().contains("is it compressed?");
  }

  @Test
  void aLongLineIsBadAndTheNextOneIsRead() throws IOException {
    var problems = new InputProblems();
    Path file = folder.resolve("long");
    Files.writeString(
        file,
        "{\"time\":0,\"input_tokens\":1,\"output_tokens\":1}\n{\"x\":\""
            + "y".repeat(BoundedLines.MAX_LENGTH)
            + "\"}\n{\"time\":1,\"input_tokens\":1,\"output_tokens\":1}\n",
        StandardCharsets.UTF_8);
    Optional<RequestFile> read = new RequestFileReader(false, true, problems).read(file);
    assertThat(read)
        .get()
        .extracting(f -> f.requests().size(), RequestFile::unreadable)
        .containsExactly(2, 1);
  }

  @Test
  void aFileThatIsNotThereIsAFailureOfItsOwn() {
    assertThatThrownBy(() ->
            new RequestFileReader(false, false, new InputProblems()).read(folder.resolve("none")))
        .asInstanceOf(type(CliException.class))
        .returns(ExitCode.NOT_FOUND, CliException::exitCode);
    assertThatThrownBy(() -> new RequestFileReader(false, false, new InputProblems()).read(folder))
        .asInstanceOf(type(CliException.class))
        .returns(folder + " is a directory: give a file in it", CliException::message);
  }
}
