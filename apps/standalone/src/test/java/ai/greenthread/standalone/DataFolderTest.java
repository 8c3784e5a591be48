package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.domain.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
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

  @RepeatedTest(5)
  void manyMayWriteOneFileAtOnce() throws Exception {
    Path file = root.resolve("content");
    List<String> contents = List.of("a".repeat(50_000), "b".repeat(20_000));
    try (var writers = Executors.newFixedThreadPool(8)) {
      var writing = new ArrayList<Callable<String>>();
      for (int i = 0; i < 64; i++) {
        String content = contents.get(i % 2);
        writing.add(() -> {
          DataFolder.replace(file, content);
          return DataFolder.read(file).orElse("");
        });
      }
      for (Future<String> read : writers.invokeAll(writing)) {
        assertThat(read.get()).isIn(contents);
      }
    }
    assertThat(root).isDirectoryNotContaining("glob:**.new");
  }

  @Test
  void upJsonIsNotWrittenAgainByAChangeThatComesLate() throws IOException {
    Path file = root.resolve("up.json");
    var upFile = new UpFile(file, () -> Map.of("pid", 1));
    upFile.refresh();
    assertThat(file).doesNotExist();
    upFile.open();
    assertThat(file).hasContent("{\"pid\":1}");
    upFile.close();
    upFile.refresh();
    assertThat(file).doesNotExist();
  }

  @Test
  void aChangeIsNoFailureBecauseUpJsonCannotBeWritten() throws IOException {
    Path file = root.resolve("up.json");
    var upFile = new UpFile(file, () -> Map.of("pid", 1));
    upFile.open();
    Files.delete(file);
    Files.createDirectories(file.resolve("in-the-way"));
    assertThatCode(upFile::refresh).doesNotThrowAnyException();
  }

  @Test
  void aManifestThatWasBeingWrittenWhenTheEngineDiedIsNotRead() throws IOException {
    DataFolder.open(root).close();
    Path draft = root.resolve("models/default.half.yaml.1.new");
    Files.writeString(draft, Manifest.declared("half").substring(0, 90));
    try (DataFolder folder = DataFolder.open(root)) {
      assertThat(draft).doesNotExist();
      var applied = new AppliedModels(folder.models());
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
