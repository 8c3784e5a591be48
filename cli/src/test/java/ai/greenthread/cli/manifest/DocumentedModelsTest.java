package ai.greenthread.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever copies an example out of the documents gets a Model that is taken without a word. */
class DocumentedModelsTest {
  private static final Pattern EXAMPLE = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path folder;

  @Test
  void everyExampleOfTheModelPageIsAccepted() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "models.md"));
    List<String> files = new ArrayList<>();
    for (String example : EXAMPLE.matcher(page).results().map(found -> found.group(1)).toList()) {
      Path file = folder.resolve(files.size() + ".yaml");
      Files.writeString(file, example);
      files.add(file.toString());
    }

    ManifestReader.Models models =
        new ManifestReader(InputStream.nullInputStream(), Optional.empty()).read(files);

    assertThat(models.documents()).hasSizeGreaterThanOrEqualTo(5);
    assertThat(models.warnings()).isEmpty();
  }
}
