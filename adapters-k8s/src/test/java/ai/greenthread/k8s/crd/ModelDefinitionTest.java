package ai.greenthread.k8s.crd;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.ToNumberPolicy;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@RealControlPlane
class ModelDefinitionTest {
  private static final Gson GSON =
      new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();

  private final Objects models;

  ModelDefinitionTest(ControlPlane plane) throws IOException {
    this.models = new Objects(plane.api(), Resource.MODEL, plane.newNamespace("models"));
  }

  /** What the reader of manifests makes of an object as the server gives it. */
  private static Reading read(JsonObject object) {
    return ModelManifest.read(GSON.fromJson(object, Map.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"modelName\": \"Qwen/Qwen3-8B\"}",
        "{\"modelName\": \"Qwen/Qwen3-8B\", \"sleep\": {}, \"fairness\": {}, \"lora\": {},"
            + " \"kvCache\": {}, \"staging\": {}, \"resources\": {}, \"parallelism\": {}}",
      })
  void aModelThatSaysNothingButItsNameGetsEveryDefault(String spec) throws IOException {
    Answer created = models.create("plain", spec);

    assertThat(created.status()).as(created.describe()).isEqualTo(201);
    assertThat(read(models.get("plain")))
        .isInstanceOfSatisfying(
            Reading.Valid.class,
            valid -> {
              assertThat(valid.model().spec()).isEqualTo(ModelSpec.of("Qwen/Qwen3-8B"));
              assertThat(valid.warnings()).isEmpty();
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\": \"builtin\", \"modelFile\": \"/m.gguf\"}",
        "{\"type\": \"llamacpp\", \"modelFile\": \"/m.gguf\", \"memory\": \"2Gi\"}",
        "{\"type\": \"command\", \"command\": [\"serve\", \"{port}\"]}",
        "{\"type\": \"simulated\", \"options\": {\"load-seconds\": \"2\"}, \"memory\": \"2Gi\"}",
        "{\"type\": \"vllm\", \"sleepLevel\": 1}",
      })
  void theServersDefaultsContradictNoRuntime(String runtime) throws IOException {
    models.create("model", "{\"modelName\": \"a/b\", \"runtime\": " + runtime + "}");

    assertThat(read(models.get("model"))).isInstanceOf(Reading.Valid.class);
  }

  @Test
  void theOldNameOfTensorParallelismIsUnderstood() throws IOException {
    models.create("old", "{\"modelName\": \"a/b\", \"tensorParallelSize\": 2}");

    assertThat(read(models.get("old")))
        .isInstanceOfSatisfying(
            Reading.Valid.class,
            valid -> assertThat(valid.model().spec().parallelism().tensor()).isEqualTo(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                          | spec.modelName
          {"modelName": ""}                                           | spec.modelName
          {"modelName": "a/b", "modelType": "video"}                  | spec.modelType
          {"modelName": "a/b", "dtype": "int4"}                       | spec.dtype
          {"modelName": "a/b", "loadFormat": "fast"}                  | spec.loadFormat
          {"modelName": "a/b", "endpoints": ["chat"]}                 | spec.endpoints
          {"modelName": "a/b", "parallelism": {"tensor": 3}}          | spec.parallelism.tensor
          {"modelName": "a/b", "parallelism": {"pipeline": 0}}        | spec.parallelism.pipeline
          {"modelName": "a/b", "tensorParallelSize": 6}               | spec.tensorParallelSize
          {"modelName": "a/b", "replicas": -1}                        | spec.replicas
          {"modelName": "a/b", "replicas": "2"}                       | spec.replicas
          {"modelName": "a/b", "gpuMemoryUtilization": "1.5"}         | spec.gpuMemoryUtilization
          {"modelName": "a/b", "gpuMemoryUtilization": "0.0"}         | spec.gpuMemoryUtilization
          {"modelName": "a/b", "gpuMemoryUtilization": 0.9}           | spec.gpuMemoryUtilization
          {"modelName": "a/b", "quantization": "int3"}                | spec.quantization
          {"modelName": "a/b", "extraArgs": [""]}                     | spec.extraArgs
          {"modelName": "a/b", "sleep": {"idleTimeout": "soon"}}      | spec.sleep.idleTimeout
          {"modelName": "a/b", "sleep": {"drainTimeout": 30}}         | spec.sleep.drainTimeout
          {"modelName": "a/b", "fairness": {"minRuntime": "-1s"}}     | spec.fairness.minRuntime
          {"modelName": "a/b", "fairness": {"popular": "yes"}}        | spec.fairness.popular
          {"modelName": "a/b", "lora": {"maxRank": 1024}}             | spec.lora.maxRank
          {"modelName": "a/b", "queue": {"maxDepth": 0}}              | spec.queue.maxDepth
          {"modelName": "a/b", "queue": {"duringDrain": "drop"}}      | spec.queue.duringDrain
          {"modelName": "a/b", "runtime": {"type": "tgi"}}            | spec.runtime.type
          {"modelName": "a/b", "runtime": {"sleepLevel": "3"}}        | spec.runtime.sleepLevel
          {"modelName": "a/b", "runtime": {"wakeTimeout": "2 min"}}   | spec.runtime.wakeTimeout
          {"modelName": "a/b", "runtime": {"sleepSteps": [{"path": "sleep"}]}} | spec.runtime.sleepSteps
          {"modelName": "a/b", "tolerations": [{"effect": "Never"}]}  | spec.tolerations
          """)
  void aWrongModelIsRefusedByField(String spec, String field) throws IOException {
    models.refuses("bad", spec, field);
  }

  @Test
  void specAndStatusAreWrittenApart() throws IOException {
    models.create("model", "{\"modelName\": \"a/b\"}");
    long generation = models.generation("model");

    models.patchStatus(
        "model", "{\"status\": {\"phase\": \"Ready\"}, \"spec\": {\"replicas\": 9}}");
    assertThat(models.generation("model")).isEqualTo(generation);
    models.patch("model", "{\"status\": {\"phase\": \"Failed\"}, \"spec\": {\"replicas\": 2}}");

    JsonObject stored = models.get("model");
    assertThat(stored.getAsJsonObject("status").get("phase").getAsString()).isEqualTo("Ready");
    assertThat(stored.getAsJsonObject("spec").get("replicas").getAsInt()).isEqualTo(2);
    assertThat(models.generation("model")).isEqualTo(generation + 1);
    models.refusesStatus("model", "{\"phase\": \"Sleeping\"}", "status.phase");
  }

  @Test
  void aModelIsScaledThroughItsSubresource() throws IOException {
    models.create("model", "{\"modelName\": \"a/b\"}");

    Answer scaled = models.patchPart("model", "scale", "{\"spec\": {\"replicas\": 4}}");

    assertThat(scaled.ok()).as(scaled.describe()).isTrue();
    assertThat(models.get("model").getAsJsonObject("spec").get("replicas").getAsInt()).isEqualTo(4);
  }

  @Test
  void theColumnsAreTheDocumentedOnes() throws IOException {
    models.create("qwen", "{\"modelName\": \"Qwen/Qwen3-8B\"}");
    models.patchStatus(
        "qwen",
        """
        {"status": {"phase": "Ready", "replicas": 2, "servingReplicas": 1, "sleepingReplicas": 1,
          "node": "node-1", "gpus": "0,1", "memory": {"servingHuman": "88.4 GiB"},
          "url": "http://gateway/qwen/v1", "waitBoundSeconds": 140}}
        """);

    assertThat(models.columns())
        .containsExactly(
            "Name", "Phase", "Replicas", "Serving", "Sleeping", "Node", "GPUs", "VRAM/GPU", "URL");
    assertThat(models.row("qwen"))
        .containsExactly(
            "qwen", "Ready", "2", "1", "1", "node-1", "0,1", "88.4 GiB", "http://gateway/qwen/v1");
  }

  @Test
  void theKindIsTheDomainsOwn() {
    assertThat(Resource.API_VERSION).isEqualTo(Model.API_VERSION);
    assertThat(Resource.MODEL.kind()).isEqualTo(Model.KIND);
  }
}
