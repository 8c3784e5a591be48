package ai.greenthread.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README promises on its first page. */
class QuickStartTest {
  @Test
  void threeModelsAnswerInTurnAlthoughOnlyOneFits(@TempDir Path data) throws Exception {
    long engine;
    try (Engine gt = Engine.start(data)) {
      engine = gt.process().pid();
      double before = gt.metricSum("gthread_sidecar_preemptions_total");
      for (String model :
          List.of("tiny-chat-fast", "tiny-chat-precise", "tiny-chat-batch", "tiny-chat-fast")) {
        assertThat(Engine.answer(gt.chat(model, Engine.QUESTION))).isEqualTo(Engine.ANSWER);
        assertThat(gt.process().descendants().filter(ProcessHandle::isAlive).count())
            .as("runtimes alive while only one fits")
            .isEqualTo(1);
      }
      assertThat(gt.metricSum("gthread_sidecar_preemptions_total")).isGreaterThan(before);

      JsonNode gpus = Engine.JSON.readTree(gt.here("get", "gpus", "-o", "json").output());
      JsonNode gpu = gpus.path("items").path(0);
      assertThat(gpu.path("spec").path("virtual").asBoolean()).isTrue();
      assertThat(gpu.path("status").path("stats").path("usedMemoryBytes").asLong())
          .as("a virtual GPU holds what its runtimes really hold")
          .isBetween(20L << 20, gpu.path("spec").path("totalMemoryBytes").asLong());
      assertThat(gt.here("status").status()).isZero();
    }
    Engine.await("the engine ends", Duration.ofSeconds(10), () -> Engine.hasEnded(engine));
    assertThat(data.resolve("up.json")).doesNotExist();
  }

  @Test
  void aSleepingModelHasGivenItsMemoryBack(@TempDir Path data) throws Exception {
    try (Engine gt = Engine.start(data)) {
      Engine.answer(gt.chat("tiny-chat-fast", Engine.QUESTION));
      ProcessHandle runtime = gt.runtime().orElseThrow();
      long awake = Engine.residentKiB(runtime);
      assertThat(awake).isGreaterThan(20_000);

      assertThat(gt.here("sleep", "tiny-chat-fast").status()).isZero();

      assertThat(runtime.isAlive()).isFalse();
      assertThat(gt.runtime()).isEmpty();
      JsonNode gpu =
          Engine.JSON.readTree(gt.here("get", "gpus", "-o", "json").output()).path("items").path(0);
      assertThat(gpu.path("status").path("stats").path("usedMemoryBytes").asLong()).isZero();
      System.out.println("resident before sleep " + awake + " KiB, after 0 KiB");
    }
  }

  @Test
  void anAppliedModelSurvivesAKilledEngine(@TempDir Path data) throws Exception {
    Path manifest = data.resolve("extra.yaml");
    Files.writeString(
        manifest,
        """
        apiVersion: greenthread.ai/v1alpha1
        kind: Model
        metadata: {name: extra}
        spec:
          modelName: greenthread/extra
          modelType: chat
          runtime: {type: builtin, modelFile: %s}
          fairness: {minRuntime: 1s, maxWaitTime: 1s}
        """
            .formatted(Engine.ROOT.resolve("models/tiny-chat-q8_0.gguf")));
    Engine gt = Engine.start(data);
    try (gt) {
      assertThat(gt.here("apply", "-f", manifest.toString()).status()).isZero();
      Engine.answer(gt.chat("extra", Engine.QUESTION));
      List<ProcessHandle> family = new ArrayList<>(gt.process().descendants().toList());
      family.add(gt.process());

      gt.process().destroyForcibly();
      Engine.await(
          "the whole family is gone",
          Duration.ofSeconds(10),
          () -> family.stream().noneMatch(ProcessHandle::isAlive));
      gt.startAgain();

      assertThat(Engine.answer(gt.chat("extra", Engine.QUESTION))).isEqualTo(Engine.ANSWER);
      assertThat(Engine.answer(gt.chat("tiny-chat-fast", Engine.QUESTION)))
          .isEqualTo(Engine.ANSWER);
    }
  }
}
