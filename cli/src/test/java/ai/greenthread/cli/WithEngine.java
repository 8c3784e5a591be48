package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.client.Json;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A test in which an engine is up, with two Models on one GPU. */
abstract class WithEngine {
  static final long TINY = 101_082_726L;

  // JUnit sets both before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  Path data;

  @SuppressWarnings("NullAway.Init")
  StubEngine engine;

  @BeforeEach
  void startEngine() throws IOException {
    engine = new StubEngine();
    engine.addModel("big", "sleeping", 1_610_612_736L);
    engine.addModel("tiny-chat", "serving", TINY);
    engine.addGpu(0, "tiny-chat-0");
    engine.announce(data, ProcessHandle.current().pid(), Instant.now());
  }

  @AfterEach
  void stopEngine() {
    engine.close();
  }

  Run.Result gtctl(String... args) {
    return new Run(data).gtctl(args);
  }

  /** Replaces the stub's port, which differs from run to run, by as many letters. */
  String stable(String text) {
    return text.replace(engine.url(), "http://127.0.0.1:_PORT");
  }

  /** Whether a text is the object with all its fields in their order. */
  static void assertSame(String json, JsonNode object) throws JsonProcessingException {
    assertThat(Json.parse(json).toPrettyString()).isEqualTo(object.toPrettyString());
  }
}
