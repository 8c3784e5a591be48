package ai.greenthread.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbedTest {
  private static final Path ROOT = Path.of(System.getProperty("greenthread.root"));

  @Test
  void theEmbeddedEngineAnswersAndLeavesNothingBehind(@TempDir Path data) throws Exception {
    var printed = new ByteArrayOutputStream();
    PrintStream console = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      Embed.main(new String[] {data.toString(), ROOT.resolve("demo").toString()});
    } finally {
      System.setOut(console);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8)).contains("The capital of Norway is Oslo.");
    assertThat(ProcessHandle.current().children()).isEmpty();
  }

  @Test
  void theReadmeShowsTheExampleAsItIsCompiled() throws Exception {
    String source =
        Files.readString(
            ROOT.resolve("examples/embed/src/main/java/ai/greenthread/examples/Embed.java"));
    assertThat(Files.readString(ROOT.resolve("README.md"))).contains(source.strip());
  }
}
