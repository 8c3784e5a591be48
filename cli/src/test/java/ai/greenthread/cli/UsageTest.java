package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Help, completion and command lines that make no sense. */
class UsageTest {
  // JUnit sets it before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  Path data;

  private Run.Result gtctl(String... args) {
    return new Run(data).gtctl(args);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "help", "--help"})
  void helpListsCommandsAndExitCodes(String line) {
    Run.Result result = line.isEmpty() ? gtctl() : gtctl(line);
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains("up          Start an engine on this machine")
        .contains("3   no engine is up, or it does not answer")
        .contains("5   a manifest is not valid; nothing was applied")
        .doesNotContain("\n  serve")
        .doesNotContain("\u001b");
    assertThat(result.out().lines()).allMatch(text -> text.length() <= 80);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "up",
        "down",
        "status",
        "apply",
        "delete",
        "get",
        "get models",
        "get gpus",
        "describe model",
        "describe gpu",
        "wake",
        "sleep",
        "chat",
        "logs",
        "events",
        "simulate",
        "version",
        "completion"
      })
  void everyCommandExplainsItself(String command) {
    List<String> args = new java.util.ArrayList<>(List.of(command.split(" ", -1)));
    args.add("--help");
    Run.Result result = gtctl(args.toArray(String[]::new));
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("Usage: gtctl " + command, "--data=DIR");
    assertThat(result.out().lines()).allMatch(text -> text.length() <= 80);
  }

  @Test
  void whatIsACommandsOwnStandsBeforeWhatAllHave() {
    assertThat(gtctl("apply", "--help").out())
        .containsSubsequence(
            "--filename=", "--namespace=", "--force-conflicts", "--context=", "--help")
        .contains("or ~/.kube/config).");
    assertThat(gtctl().out()).contains("First steps:", "gtctl chat NAME");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "gte | gtctl knows no gte | did you mean get?",
        "get pods | gtctl get knows no pods | there are: models, gpus",
        "describe tiny | gtctl describe knows no tiny | did you mean: gtctl describe model tiny",
        "delete tiny | gtctl delete knows no tiny | did you mean: gtctl delete model tiny",
        "describe pod tiny | gtctl describe knows no pod | there are: model, gpu",
        "logs model tiny | gtctl logs knows no tiny | did you mean: gtctl logs tiny",
        "chat model tiny Hi | gtctl chat knows no Hi | did you mean: gtctl chat tiny",
        "get modles | gtctl get knows no modles | did you mean models?",
        "get | gtctl get needs to know what: models, gpus | see: gtctl get --help",
        "get models --wacth | gtctl get models knows no --wacth | did you mean --watch?",
        "get models -o xml | 'xml' is none of table, wide, json, yaml | see: gtctl get models --help",
        "wake | Missing required parameter: 'NAME' | see: gtctl wake --help",
        "logs a b | gtctl logs knows no b | see: gtctl logs --help",
        "logs a --tail x | 'x' is not an int | see: gtctl logs --help",
        "up --port abc | 'abc' is not an int | see: gtctl up --help",
        "up --port 99999 | --port 99999 is no port | a number from 1 to 65535",
        "up --port 0 | --port 0 is no port | a number from 1 to 65535",
        "up --wakes-at-once some | 'some' is no number | write it like 2",
        "up --wakes-at-once 65 | GPUs that load at once are from 1 to 64, or 0 for all; not 65 | --help",
        "up --virtual-gpu lots | 'lots' is not a size | write it like 2GiB",
        "up --virtual-gpu -1Gi | '-1Gi' is not a size | write it like 2GiB",
        "up --ready-timeout soon | 'soon' is not a duration | write it like 90s",
        "up -o json | go with --detach | gtctl up --detach -o json",
        "completion fish | there is no completion for fish | choose bash or zsh",
        "chat | Missing required parameter: 'NAME' | see: gtctl chat --help",
      })
  void aWrongCommandLineSaysWhatToDo(String line, String message, String hint) {
    Run.Result result = gtctl(line.split(" ", -1));
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .startsWith("error: ")
        .contains(message, hint)
        .doesNotContain("\tat ", "\u001b");
  }

  @Test
  void traceOnlyOnRequest() {
    assertThat(gtctl("status").err()).doesNotContain("\tat ");
    assertThat(gtctl("status", "--debug").err()).contains("\tat ");
    assertThat(gtctl("--debug", "status").err()).contains("\tat ");
  }

  @Test
  void aFailureOfGtctlItselfIsOneLineToo() {
    Run run =
        new Run(data)
            .starter((_, _) -> {
              throw new IllegalStateException("boom");
            });
    Run.Result result = run.gtctl("up");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("error: gtctl itself failed: java.lang.IllegalStateException: boom", "--debug")
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void theCompletionScriptParses(String shell) throws Exception {
    Run.Result result = gtctl("completion", shell);
    assertThat(result.code()).isZero();
    Path script = Files.writeString(data.resolve("completion"), result.out());
    Process bash = new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start();
    assertThat(bash.waitFor()).isZero();
    assertThat(result.out()).contains("models", "--virtual-gpu").doesNotContain("gtctl_serve");
    assertThat(result.out()).contains("bashcompinit && bashcompinit");
  }

  @Test
  void bashCompletesCommandsOptionsAndFormats() throws Exception {
    Path script = Files.writeString(data.resolve("completion"), gtctl("completion", "bash").out());
    assertThat(complete(script, "gtctl", "des")).containsExactly("describe");
    assertThat(complete(script, "gtctl", "get", "mod")).contains("models");
    assertThat(complete(script, "gtctl", "up", "--vir")).containsExactly("--virtual-gpu");
    assertThat(complete(script, "gtctl", "get", "models", "-o", "y")).containsExactly("yaml");
  }

  private static List<String> complete(Path script, String... words) throws Exception {
    String line =
        "source %s; COMP_WORDS=(%s); COMP_CWORD=%d; COMP_LINE='%s'; _complete_gtctl;"
                .formatted(
                    script, String.join(" ", words), words.length - 1, String.join(" ", words))
            + " printf '%s\\n' \"${COMPREPLY[@]}\"";
    Process bash =
        new ProcessBuilder("bash", "-c", line)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out =
        new String(bash.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    return out.lines().filter(word -> !word.isBlank()).map(String::strip).toList();
  }
}
