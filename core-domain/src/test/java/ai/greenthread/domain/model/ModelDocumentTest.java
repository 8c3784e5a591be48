package ai.greenthread.domain.model;

import static ai.greenthread.domain.model.Manifests.map;
import static ai.greenthread.domain.model.Manifests.model;
import static ai.greenthread.domain.model.Manifests.runtime;
import static ai.greenthread.domain.model.Manifests.spec;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ModelDocumentTest {
  @Test
  void whatIsWrittenIsReadBackUnchanged() {
    long seed = 20261122;
    Random random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      Model model = RandomModels.model(random);

      Reading reading = ModelManifest.read(ModelDocument.write(model));

      assertThat(reading)
          .as("seed %d, round %d", seed, i)
          .isInstanceOfSatisfying(
              Reading.Valid.class, valid -> assertThat(valid.model()).isEqualTo(model));
    }
  }

  @Test
  void everyDefaultIsFilledIn() {
    Map<String, Object> document = ModelDocument.write(model(spec()));

    assertThat(document)
        .isEqualTo(
            map(
                "apiVersion",
                "greenthread.ai/v1alpha1",
                "kind",
                "Model",
                "metadata",
                map("name", "qwen", "namespace", "default"),
                "spec",
                map(
                    "modelName", "Qwen/Qwen3-8B",
                    "dtype", "bfloat16",
                    "loadFormat", "auto",
                    "endpoints", List.of(),
                    "parallelism", map("tensor", 1, "pipeline", 1),
                    "replicas", 1,
                    "gpuMemoryUtilization", "0.90",
                    "quantization", "",
                    "extraArgs", List.of(),
                    "sleep", map("idleTimeout", "10m", "drainTimeout", "30s"),
                    "fairness", map("minRuntime", "10s", "maxWaitTime", "5s", "popular", false),
                    "staging", map("pinned", false),
                    "lora",
                        map(
                            "enabled",
                            false,
                            "maxRank",
                            64,
                            "cacheDir",
                            "",
                            "downloadTimeout",
                            "5m"),
                    "kvCache", map("enabled", false, "maxSize", ""),
                    "resources", map(),
                    "queue", map("maxDepth", 5000, "requestTimeout", "5m", "duringDrain", "queue"),
                    "runtime",
                        map(
                            "type", "vllm",
                            "healthPath", "/health",
                            "sleepLevel", "auto",
                            "startTimeout", "10m",
                            "wakeTimeout", "2m",
                            "sleepTimeout", "1m"))));
  }

  @Test
  void whatWasWrittenNeverRaisesAWarningThatTheOriginalDidNot() {
    Object manifest = runtime("type", "simulated", "options", map("a", "b"));

    Reading.Valid again = Manifests.valid(ModelDocument.write(model(manifest)));

    assertThat(again.warnings()).isEmpty();
  }

  @Test
  void theOrderNeverChanges() {
    Random random = new Random(5);
    Model model = RandomModels.model(random);

    assertThat(ModelDocument.write(model).toString())
        .isEqualTo(ModelDocument.write(model(ModelDocument.write(model))).toString());
    assertThat(ModelDocument.write(model).keySet())
        .containsExactly("apiVersion", "kind", "metadata", "spec");
  }
}
