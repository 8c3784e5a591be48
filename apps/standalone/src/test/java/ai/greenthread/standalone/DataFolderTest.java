package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.domain.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DataFolderTest {
  @TempDir Path root;

  @Test
  void oneEngineAtATime() throws IOException {
    try (DataFolder first = DataFolder.open(root)) {
      assertThatThrownBy(() -> DataFolder.open(root))
          .isInstanceOf(StartFailed.class)
          .hasMessageContaining("another engine uses");
      assertThat(first.models()).isDirectory();
    }
    DataFolder.open(root).close();
  }

  @Test
  void theTokenStaysAndIsItsOwnersAlone() throws IOException {
    String token;
    try (DataFolder folder = DataFolder.open(root)) {
      token = folder.token();
      assertThat(token).startsWith("gthread_engine_").hasSizeGreaterThan(50);
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("token"))))
          .isEqualTo("rw-------");
    }
    try (DataFolder folder = DataFolder.open(root)) {
      assertThat(folder.token()).isEqualTo(token);
    }
  }

  @Test
  void aReaderSeesTheOldOrTheNewFileAndNeverHalfOfOne() throws Exception {
    Path file = root.resolve("content");
    List<String> contents = List.of("a".repeat(100_000), "b".repeat(50_000));
    DataFolder.replace(file, contents.getFirst());
    var end = new AtomicBoolean();
    var reads = new AtomicInteger();
    var torn = new AtomicInteger();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              while (!end.get()) {
                if (!contents.contains(DataFolder.read(file).orElse(""))) {
                  torn.incrementAndGet();
                }
                reads.incrementAndGet();
              }
            });
    for (int i = 0; i < 100 || reads.get() < 100; i++) {
      DataFolder.replace(file, contents.get(i % 2));
    }
    end.set(true);
    reader.join();
    assertThat(torn).hasValue(0);
  }

  @Test
  void aManifestThatWasBeingWrittenWhenTheEngineDiedIsNotRead() throws IOException {
    try (DataFolder folder = DataFolder.open(root)) {
      var applied = new AppliedModels(folder.models());
      Path draft = folder.models().resolve("default.half.yaml.new");
      Files.writeString(draft, Manifest.declared("half").substring(0, 90));
      Files.writeString(folder.models().resolve("default.whole.yaml"), Manifest.declared("whole"));
      Manifests.Found found = applied.load();
      assertThat(found.problems()).isEmpty();
      assertThat(found.models()).hasSize(1);

      Model whole = found.models().getFirst();
      applied.save(whole);
      assertThat(applied.load().models()).containsExactly(whole);
      applied.delete(whole.ref());
      assertThat(applied.load().models()).isEmpty();
    }
  }
}
