package ai.greenthread.domain.model;

import static ai.greenthread.domain.model.Manifests.map;
import static ai.greenthread.domain.model.Manifests.model;
import static ai.greenthread.domain.model.Manifests.spec;
import static ai.greenthread.domain.model.Manifests.valid;
import static ai.greenthread.domain.model.Manifests.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ModelDefaultsTest {
  @Test
  void theSmallestManifestTakesEveryDocumentedDefault() {
    Model model = model(spec());

    assertThat(model.ref()).isEqualTo(new ModelRef("default", "qwen"));
    assertThat(model.labels()).isEmpty();
    assertThat(model.annotations()).isEmpty();
    ModelSpec spec = model.spec();
    assertThat(spec).isEqualTo(ModelSpec.of("Qwen/Qwen3-8B"));
    assertThat(spec.modelType()).isEmpty();
    assertThat(spec.dtype()).isEqualTo(DataType.BFLOAT16);
    assertThat(spec.loadFormat()).isEqualTo(LoadFormat.AUTO);
    assertThat(spec.parallelism()).isEqualTo(new Parallelism(1, 1));
    assertThat(spec.replicas()).isEqualTo(1);
    assertThat(spec.gpuMemoryUtilization()).isEqualTo(new BigDecimal("0.90"));
    assertThat(spec.quantization()).isEqualTo(Quantization.NONE);
    assertThat(spec.sleep())
        .isEqualTo(new SleepSettings(Duration.ofMinutes(10), Duration.ofSeconds(30)));
    assertThat(spec.fairness())
        .isEqualTo(new Fairness(Duration.ofSeconds(10), Duration.ofSeconds(5), false));
    assertThat(spec.staging()).isEqualTo(new Staging(false));
    assertThat(spec.lora()).isEqualTo(new Lora(false, 64, "", Duration.ofMinutes(5)));
    assertThat(spec.kvCache()).isEqualTo(new KvCache(false, null));
    assertThat(spec.queue())
        .isEqualTo(new QueueSettings(5000, Duration.ofMinutes(5), DuringDrain.QUEUE));
    assertThat(spec.runtime()).isEqualTo(RuntimeSpec.Vllm.DEFAULT);
    assertThat(spec.runtime().timeouts())
        .isEqualTo(
            new RuntimeTimeouts(
                Duration.ofMinutes(10), Duration.ofMinutes(2), Duration.ofMinutes(1)));
  }

  @Test
  void emptyAndNullPartsTakeTheirDefaultsToo() {
    Object empty = map();
    for (Object part : new Object[] {empty, "null"}) {
      Object value = part.equals("null") ? null : part;
      Model model =
          model(
              spec(
                  "sleep", value,
                  "fairness", value,
                  "lora", value,
                  "kvCache", value,
                  "staging", value,
                  "resources", value,
                  "parallelism", value,
                  "queue", value,
                  "runtime", value,
                  "nodeSelector", value));
      assertThat(model).isEqualTo(model(spec()));
    }
  }

  @Test
  void anObjectTakenFromAServerCanBeReadAgain() {
    Object metadata =
        map(
            "name", "qwen",
            "namespace", "team-a",
            "uid", "0b6c",
            "resourceVersion", "17",
            "generation", 3,
            "creationTimestamp", "2026-11-22T16:00:00Z",
            "managedFields", Manifests.list());
    var manifest = with("metadata", metadata);
    manifest.put("status", map("phase", "Ready"));

    Reading.Valid reading = valid(manifest);

    assertThat(reading.model().ref()).isEqualTo(new ModelRef("team-a", "qwen"));
    assertThat(reading.warnings()).isEmpty();
  }
}
