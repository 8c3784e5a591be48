package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.standalone.RunningEngine.Answer;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EngineApiTest {
  private static final String MODELS = RunningEngine.MODELS;

  private Path data;
  private RunningEngine engine;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    data = folder;
    engine = new RunningEngine(data);
    assertThat(engine.apply("tiny", Manifest.simulated("tiny")).status()).isEqualTo(201);
    assertThat(engine.engine().awaitSettled(Duration.ofSeconds(60))).isTrue();
  }

  @AfterAll
  void end() {
    engine.close();
  }

  @Test
  void aVariableFromASecretIsRefusedWithWhatToDoOnOneMachine() throws Exception {
    String manifest =
        Manifest.simulated("secret")
            .replace(
                "\"modelType\"",
                "\"env\": [{\"name\": \"HF_TOKEN\", \"valueFrom\":"
                    + " {\"secretKeyRef\": {\"name\": \"hf\", \"key\": \"token\"}}}],"
                    + " \"modelType\"");
    Answer answer = engine.apply("secret", manifest);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(error(answer).path("message").asText())
        .contains("spec.env", "are for Kubernetes", "spec.runtime.env");
  }

  private static JsonNode error(Answer answer) {
    JsonNode error = answer.body().path("error");
    assertThat(error.fieldNames()).toIterable().contains("message", "type", "param", "code");
    return error;
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/version",
    "GET,/apis/greenthread.ai/v1alpha1/models",
    "GET,/apis/greenthread.ai/v1alpha1/namespaces/default/models/tiny",
    "PUT,/apis/greenthread.ai/v1alpha1/namespaces/default/models/tiny",
    "DELETE,/apis/greenthread.ai/v1alpha1/namespaces/default/models/tiny",
    "POST,/apis/greenthread.ai/v1alpha1/namespaces/default/models/tiny/wake",
    "GET,/apis/greenthread.ai/v1alpha1/namespaces/default/models/tiny/logs",
    "GET,/apis/greenthread.ai/v1alpha1/namespaces/greenthread-system/gpus",
    "GET,/api/events",
    "POST,/api/shutdown"
  })
  void nothingIsDoneWithoutTheToken(String method, String path) throws Exception {
    for (String authorization : List.of("none", "Bearer", "Bearer wrong", "Basic YTpi")) {
      Answer answer = engine.call(method, path, "", authorization);
      assertThat(answer.status()).isEqualTo(401);
      assertThat(error(answer).path("code").asText()).isEqualTo("invalid_api_key");
    }
    assertThat(engine.call("GET", MODELS + "tiny", "").status()).isEqualTo(200);
    assertThat(engine.engine().awaitShutdownAsked(Duration.ZERO)).isFalse();
  }

  @Test
  void everyViolationIsToldAtOnce() throws Exception {
    String wrong =
        Manifest.declared("wrong")
            .replace("\"1s\", \"maxWaitTime\"", "\"soon\", \"maxWaitTime\"")
            .replace("\"drainTimeout\"", "\"drainTimeuot\"");
    Answer answer = engine.apply("wrong", wrong);
    assertThat(answer.status()).isEqualTo(422);
    JsonNode details = error(answer).path("details");
    assertThat(details.findValuesAsText("field"))
        .anyMatch(field -> field.contains("minRuntime"))
        .anyMatch(field -> field.contains("drainTimeuot"));
    assertThat(details.findValuesAsText("message")).allMatch(message -> !message.isEmpty());
    assertThat(engine.call("GET", MODELS + "wrong", "").status()).isEqualTo(404);
  }

  @Test
  void whatIsNoManifestIsRefused() throws Exception {
    assertThat(error(engine.apply("x", "{")).path("code").asText()).isEqualTo("invalid_json");
    Answer other = engine.apply("other", Manifest.declared("one"));
    assertThat(other.status()).isEqualTo(400);
    assertThat(error(other).path("message").asText()).contains("default/one", "default/other");
  }

  @Test
  void twoModelsMayNotAnswerToOneName() throws Exception {
    Answer answer = engine.apply("twin", Manifest.declared("twin").replace("org/twin", "org/tiny"));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(error(answer).path("message").asText()).contains("tiny");
  }

  @Test
  void aDryRunOnlyValidates() throws Exception {
    Answer answer = engine.call("PUT", MODELS + "dry?dryRun=All", Manifest.declared("dry"));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body().at("/spec/modelName").asText()).isEqualTo("org/dry");
    assertThat(engine.call("GET", MODELS + "dry", "").status()).isEqualTo(404);
  }

  @Test
  void aMissingModelIsToldWithThoseThereAre() throws Exception {
    for (String method : List.of("GET", "DELETE")) {
      Answer answer = engine.call(method, MODELS + "nine", "");
      assertThat(answer.status()).isEqualTo(404);
      assertThat(error(answer).path("message").asText()).contains("default/nine", "default/tiny");
    }
  }

  @Test
  void aModelIsCreatedChangedListedAndDeleted() throws Exception {
    String manifest = Manifest.declared("idle");
    assertThat(engine.apply("idle", manifest).status()).isEqualTo(201);
    assertThat(engine.apply("idle", manifest).status()).isEqualTo(200);
    assertThat(engine.get(MODELS + "idle").at("/metadata/generation").asInt()).isEqualTo(1);
    Answer changed =
        engine.apply("idle", manifest.replace("minRuntime\": \"1s", "minRuntime\": \"3s"));
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.body().at("/metadata/generation").asInt()).isEqualTo(2);
    assertThat(data.resolve("models/default.idle.yaml")).content().contains("3s");

    JsonNode list = engine.get(EngineApi.GROUP + "/models");
    assertThat(list.path("kind").asText()).isEqualTo("ModelList");
    assertThat(list.path("items").findValuesAsText("modelName")).contains("org/tiny", "org/idle");

    Answer last = engine.call("DELETE", MODELS + "idle", "");
    assertThat(last.status()).isEqualTo(200);
    assertThat(last.body().at("/metadata/name").asText()).isEqualTo("idle");
    assertThat(engine.call("GET", MODELS + "idle", "").status()).isEqualTo(404);
    assertThat(data.resolve("models/default.idle.yaml")).doesNotExist();
  }

  @Test
  void ordersAreAnsweredWhenTheyAreDoneAndARequestWakes() throws Exception {
    Answer awake = engine.call("POST", MODELS + "tiny/wake", "");
    assertThat(awake.body().path("status").asText()).isEqualTo("ok");
    assertThat(awake.body().path("new_state").asText()).isEqualTo("serving");
    assertThat(engine.state("tiny")).isEqualTo("serving");
    Answer asleep = engine.call("POST", MODELS + "tiny/sleep", "");
    assertThat(asleep.body().path("old_state").asText()).isEqualTo("serving");
    assertThat(asleep.body().path("new_state").asText()).isEqualTo("sleeping");
    assertThat(asleep.body().path("timed_out").asBoolean(true)).isFalse();
    assertThat(engine.state("tiny")).isEqualTo("sleeping");

    assertThat(engine.ask("org/tiny")).isEqualTo(200);
    JsonNode status = engine.get(MODELS + "tiny").path("status");
    assertThat(status.path("phase").asText()).isEqualTo("Ready");
    assertThat(status.path("servingReplicas").asInt()).isEqualTo(1);
    assertThat(status.path("servingMemoryPerGPU").asLong()).isPositive();
    JsonNode gpu = engine.get(EngineApi.GROUP + "/namespaces/greenthread-system/gpus");
    assertThat(gpu.at("/items/0/status/occupants/0/podName").asText()).isEqualTo("tiny-0");
    assertThat(gpu.at("/items/0/status/occupants/0/state").asText()).isEqualTo("serving");

    assertThat(engine.call("POST", MODELS + "tiny/dance", "").status()).isEqualTo(404);
  }

  @Test
  void logsAreTheRuntimesOwn() throws Exception {
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                engine.follow(MODELS + "tiny/logs?tail=1").body(), StandardCharsets.UTF_8))) {
      assertThat(lines.lines().toList()).hasSize(1);
    }
    Answer answer = engine.call("GET", MODELS + "tiny/logs?tail=-1", "");
    assertThat(answer.status()).isEqualTo(400);
  }

  @Test
  void eventsTellWhatHappenedToAModel() throws Exception {
    try (var stream =
        new BufferedReader(
            new InputStreamReader(
                engine.follow("/api/events?model=tiny&replay=100").body(),
                StandardCharsets.UTF_8))) {
      var types = new ArrayList<String>();
      while (!types.contains("sleep_completed") && !types.contains("sleep_failed")) {
        String line = stream.readLine();
        assertThat(line).isNotNull();
        if (line.startsWith("event: ")) {
          types.add(line.substring("event: ".length()));
        }
      }
      assertThat(types)
          .startsWith("system_state")
          .containsSubsequence(
              "wake_started",
              "container_started",
              "wake_completed",
              "sleep_started",
              "sleep_completed");
    }
  }

  @Test
  void aShutdownIsHandedOnToWhoeverRunsTheEngine(@TempDir Path other) throws Exception {
    try (var second = new RunningEngine(other)) {
      assertThat(second.engine().awaitShutdownAsked(Duration.ZERO)).isFalse();
      assertThat(second.call("POST", "/api/shutdown", "").status()).isEqualTo(202);
      assertThat(second.engine().awaitShutdownAsked(Duration.ofSeconds(5))).isTrue();
      assertThat(other.resolve("up.json")).exists();
    }
    assertThat(other.resolve("up.json")).doesNotExist();
  }
}
