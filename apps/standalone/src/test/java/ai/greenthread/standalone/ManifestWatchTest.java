package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(120)
class ManifestWatchTest {
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(ManifestWatch.class);

  @TempDir Path data;
  @TempDir Path folder;

  @BeforeEach
  void listen() {
    said.start();
    logger.addAppender(said);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(said);
  }

  private void write(String name, String content) throws IOException {
    DataFolder.replace(folder.resolve(name + ".yaml"), content);
  }

  private static List<String> names(RunningEngine engine) throws Exception {
    return engine.get(EngineApi.GROUP + "/models").path("items").findValuesAsText("modelName");
  }

  private boolean isSaid(String text) {
    return List.copyOf(said.list).stream()
        .anyMatch(event -> event.getFormattedMessage().contains(text));
  }

  @Test
  void whatIsInTheFolderIsServedAsItComesAndGoes() throws Exception {
    write("a", Manifest.declared("a"));
    try (var engine = new RunningEngine(data, folder)) {
      assertThat(names(engine)).containsExactly("org/a");

      write("b", Manifest.declared("b"));
      RunningEngine.await("b is served", () -> names(engine).contains("org/b"));

      write("a", Manifest.declared("a").replace("org/a", "org/renamed"));
      RunningEngine.await("a has changed", () -> names(engine).contains("org/renamed"));

      Files.delete(folder.resolve("a.yaml"));
      RunningEngine.await("a is gone", () -> names(engine).equals(List.of("org/b")));
      assertThat(data.resolve("models")).isEmptyDirectory();
    }
  }

  @Test
  void aBadFileIsReportedAndTheOthersGoOn() throws Exception {
    write("a", Manifest.declared("a"));
    write("b", Manifest.declared("b"));
    try (var engine = new RunningEngine(data, folder)) {
      write("a", Manifest.declared("a").replace("\"drainTimeout\"", "\"drainTimeuot\""));
      RunningEngine.await("it is reported", () -> isSaid("drainTimeuot"));
      write("c", Manifest.declared("c"));
      RunningEngine.await("c is served all the same", () -> names(engine).contains("org/c"));
      assertThat(names(engine)).contains("org/a", "org/b");

      write("a", Manifest.declared("a").replace("org/a", "org/mended"));
      RunningEngine.await("a goes on", () -> names(engine).contains("org/mended"));
    }
  }

  @Test
  void aModelThatSomebodyAppliedStaysAsItIs() throws Exception {
    try (var engine = new RunningEngine(data, folder)) {
      String theirs = Manifest.declared("a").replace("org/a", "org/theirs");
      assertThat(engine.apply("a", theirs).status()).isEqualTo(201);
      write("a", Manifest.declared("a"));
      write("b", Manifest.declared("b"));
      RunningEngine.await("b is served", () -> names(engine).contains("org/b"));
      assertThat(names(engine)).contains("org/theirs").doesNotContain("org/a");
    }
  }

  @Test
  void noEngineStartsOnABadManifest() throws Exception {
    write("a", "{\"kind\": \"Model\"");
    assertThatThrownBy(() -> new RunningEngine(data, folder).close())
        .isInstanceOf(StartFailed.class)
        .hasMessageContaining("a.yaml");
    DataFolder.open(data).close();
  }

  private static String withVariableFromASecret(String name) {
    return Manifest.declared(name)
        .replace(
            "\"modelType\"",
            "\"env\": [{\"name\": \"HF_TOKEN\", \"valueFrom\":"
                + " {\"secretKeyRef\": {\"name\": \"hf\", \"key\": \"token\"}}}],"
                + " \"modelType\"");
  }

  @Test
  void noEngineStartsWithoutAModelThatOnlyAClusterCanServe() throws Exception {
    write("a", Manifest.declared("a"));
    write("b", withVariableFromASecret("b"));
    write("c", withVariableFromASecret("c"));
    assertThatThrownBy(() -> new RunningEngine(data, folder).close())
        .isInstanceOf(StartFailed.class)
        .hasMessageContaining("default/b: spec.env: ")
        .hasMessageContaining("default/c: spec.env: ")
        .hasMessageContaining("spec.runtime.env");
    DataFolder.open(data).close();
  }

  @Test
  void aModelThatOnlyAClusterCanServeIsReportedAndWhatWasServedGoesOn() throws Exception {
    write("a", Manifest.declared("a"));
    try (var running = new RunningFleet(data)) {
      var watch = new ManifestWatch(List.of(folder), running.fleet(), () -> {});
      watch.begin();
      write("a", withVariableFromASecret("a"));
      for (int looks = 0; looks < 3; looks++) {
        watch.look();
      }
      assertThat(said.list.stream().map(ILoggingEvent::getFormattedMessage))
          .filteredOn(line -> line.contains("spec.env"))
          .as("told once")
          .hasSize(1);
      assertThat(running.fleet().models())
          .extracting(model -> model.spec().env())
          .containsExactly(List.of());
    }
  }

  @Test
  void aNameOfTheEnginesOwnThatWasThereAtTheStartIsServedAndANewOneIsNot() throws Exception {
    write("old", Manifest.declared("api"));
    try (var running = new RunningFleet(data)) {
      var watch = new ManifestWatch(List.of(folder), running.fleet(), () -> {});
      watch.begin();
      assertThat(running.fleet().models()).extracting(model -> model.ref().name()).contains("api");
      assertThat(isSaid("such as my-api")).isTrue();

      write("new", Manifest.declared("status"));
      write("old", Manifest.declared("api").replace("org/api", "org/changed"));
      watch.look();
      assertThat(running.fleet().models())
          .extracting(model -> model.spec().modelName())
          .containsExactly("org/changed");
      assertThat(isSaid("such as my-status")).isTrue();
    }
  }

  @Test
  void aNameOfTheEnginesOwnCanBeAppliedOnlyToAModelThatHasIt() throws Exception {
    write("old", Manifest.declared("api"));
    try (var engine = new RunningEngine(data, folder)) {
      String changed = Manifest.declared("api").replace("org/api", "org/changed");
      assertThat(engine.apply("api", changed).status()).isEqualTo(200);
      for (String how : List.of("status", "status?dryRun=All")) {
        RunningEngine.Answer refused = engine.apply(how, Manifest.declared("status"));
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.body().at("/error/param").asText()).isEqualTo("metadata.name");
        assertThat(refused.body().at("/error/message").asText()).contains("such as my-status");
      }
      assertThat(names(engine)).containsExactly("org/changed");
    }
  }

  @Test
  void aFileThatIsEmptyForAWhileEndsNothing() throws Exception {
    write("a", Manifest.declared("a"));
    try (var engine = new RunningEngine(data, folder)) {
      write("a", "");
      RunningEngine.await("it is reported", () -> isSaid("is empty"));
      write("b", Manifest.declared("b"));
      RunningEngine.await("b is served", () -> names(engine).contains("org/b"));
      assertThat(names(engine)).contains("org/a");
      write("a", Manifest.declared("a"));
      write("c", Manifest.declared("c"));
      RunningEngine.await("c is served", () -> names(engine).contains("org/c"));
      assertThat(engine.get(RunningEngine.MODELS + "a").at("/metadata/generation").asInt())
          .isEqualTo(1);
    }
  }

  @Test
  void aModelIsEndedOnlyWhenTwoLooksHaveMissedIt() throws Exception {
    write("a", Manifest.declared("a"));
    try (var running = new RunningFleet(data)) {
      var watch = new ManifestWatch(List.of(folder), running.fleet(), () -> {});
      watch.begin();
      Files.delete(folder.resolve("a.yaml"));
      watch.look();
      assertThat(running.fleet().all()).hasSize(1);
      write("a", Manifest.declared("a"));
      watch.look();
      Files.delete(folder.resolve("a.yaml"));
      watch.look();
      assertThat(running.fleet().all()).hasSize(1);
      assertThat(running.fleet().all().iterator().next().generation()).isEqualTo(1);
      watch.look();
      assertThat(running.fleet().all()).isEmpty();
    }
  }

  @Test
  void aLookThatFailsIsToldAndFollowedByTheNext() throws Exception {
    var failures = new AtomicInteger(1);
    try (var running = new RunningFleet(data)) {
      var watch =
          new ManifestWatch(
              List.of(folder),
              running.fleet(),
              () -> {
                if (failures.getAndDecrement() > 0) {
                  throw new IllegalStateException("no space left");
                }
              });
      watch.begin();
      write("a", Manifest.declared("a"));
      watch.look();
      assertThat(isSaid("could not be looked at")).isTrue();
      assertThat(running.fleet().all()).hasSize(1);
      // The change that was not told is told now, and the Model is still the file's.
      watch.look();
      assertThat(failures).hasValue(-1);
      Files.delete(folder.resolve("a.yaml"));
      watch.look();
      watch.look();
      assertThat(running.fleet().all()).isEmpty();
    }
  }
}
