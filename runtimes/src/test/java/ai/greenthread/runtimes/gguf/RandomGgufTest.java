package ai.greenthread.runtimes.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;

import ai.greenthread.runtimes.testing.ChildServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random models, and what a model's file says of itself. */
class RandomGgufTest {

  @ParameterizedTest
  @ValueSource(longs = {1_000_000, 20_000_000, 370_000_000, 4_000_000_000L})
  void aShapeComesCloseToTheSizeAskedFor(long bytes) {
    assertThat(4 * RandomShape.ofBytes(bytes, false, 2048, 7).parameters())
        .isCloseTo(bytes, Percentage.withPercentage(3));
    assertThat(2 * RandomShape.ofBytes(bytes, true, 2048, 7).parameters())
        .isCloseTo(bytes, Percentage.withPercentage(3));
  }

  @Test
  void theFileSaysWhatItIsAndIsTheSameForTheSameSeed(@TempDir Path folder) throws Exception {
    Path one = folder.resolve("one.gguf");
    Path two = folder.resolve("two.gguf");
    long bytes = RandomGguf.write(one, RandomShape.SMALL);
    RandomGguf.write(two, RandomShape.SMALL);
    assertThat(RandomShape.SMALL.parameters()).isCloseTo(152_000L, within(2_000L));
    assertThat(bytes).isEqualTo(Files.size(one)).isLessThan(4 * 152_000 + 20_000);
    assertThat(Files.mismatch(one, two)).isEqualTo(-1);
    GgufHeader header = GgufHeader.read(one);
    assertThat(header.contextLength()).hasValue(2048);
    assertThat(header.text("general.architecture")).hasValue("llama");
    assertThat(header.number("llama.vocab_size")).hasValue(354);
    assertThat(header.flag("tokenizer.ggml.add_bos_token")).hasValue(true);
    assertThat(header.tensors()).isEqualTo(3 + 2 * 9);
  }

  @Test
  void readsTheDemoModelAndRefusesWhatIsNoModel(@TempDir Path folder) throws Exception {
    Path tiny = ChildServer.model("tiny-chat-q8_0.gguf");
    assertThat(GgufHeader.read(tiny).contextLength()).hasValue(256);
    assertThat(GgufHeader.read(tiny).text("tokenizer.chat_template")).isPresent();
    Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(Files.readAllBytes(tiny), 3000));
    assertThatIOException().isThrownBy(() -> GgufHeader.read(cut)).withMessageContaining("ends");
    Path other = Files.writeString(folder.resolve("other"), "PK and so on");
    assertThatIOException()
        .isThrownBy(() -> GgufHeader.read(other))
        .withMessageContaining("not a GGUF");
  }
}
