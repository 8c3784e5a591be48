package ai.greenthread.runtimes.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The builtin server's command line. */
class BuiltinOptionsTest {

  @Test
  void theModelIsEnoughAndGivesTheName() {
    BuiltinOptions options = BuiltinOptions.parse(List.of("--model", "some/tiny.gguf"));
    assertThat(options.servedNames()).containsExactly("tiny");
    assertThat(options.host()).isEqualTo("127.0.0.1");
    assertThat(options.threads()).isEqualTo(1);
    assertThat(options.parentWatch()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--model",
        "--model m --port",
        "--model m --port many",
        "--model m --port 70000",
        "--model m --max-num-seqs 0",
        "--model m --default-temperature hot",
        "--model m --gpu"
      })
  void whatCannotBeReadIsRefusedByName(String line) {
    List<String> arguments = line.isEmpty() ? List.of() : List.of(line.split(" ", -1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BuiltinOptions.parse(arguments))
        .withMessageContaining("--");
  }
}
