package ai.greenthread.domain.model;

import static ai.greenthread.domain.model.Manifests.list;
import static ai.greenthread.domain.model.Manifests.map;
import static ai.greenthread.domain.model.Manifests.model;
import static ai.greenthread.domain.model.Manifests.runtime;
import static ai.greenthread.domain.model.Manifests.spec;
import static ai.greenthread.domain.model.Manifests.valid;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.Quantity;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Manifests that mean what they say: read without a word, every field where it belongs. */
class AcceptedManifestsTest {
  private record Case(
      String name, @Nullable Object manifest, UnaryOperator<ModelSpecBuilder> expected) {}

  @TestFactory
  Stream<DynamicTest> whatIsRightIsReadWithoutAWord() {
    return Stream.of(presets(), fields(), runtimes())
        .flatMap(List::stream)
        .map(accepted ->
            DynamicTest.dynamicTest(
                accepted.name,
                () -> {
                  Reading.Valid reading = valid(accepted.manifest);
                  assertThat(reading.warnings()).isEmpty();
                  assertThat(reading.model().spec())
                      .isEqualTo(
                          accepted.expected.apply(ModelSpec.builder("Qwen/Qwen3-8B")).build());
                }));
  }

  private static List<Case> presets() {
    return List.of(
        new Case(
            "low latency",
            spec("fairness", map("popular", true), "staging", map("pinned", true)),
            s ->
                s.fairness(new Fairness(Duration.ofSeconds(10), Duration.ofSeconds(5), true))
                    .staging(new Staging(true))),
        new Case(
            "background and batch",
            spec(
                "fairness", map("minRuntime", "30s", "maxWaitTime", "10s"),
                "sleep", map("idleTimeout", "2m"),
                "staging", map("pinned", false)),
            s ->
                s.fairness(new Fairness(Duration.ofSeconds(30), Duration.ofSeconds(10), false))
                    .sleep(new SleepSettings(Duration.ofMinutes(2), Duration.ofSeconds(30)))),
        new Case(
            "shared GPU",
            spec(
                "gpuMemoryUtilization",
                "0.50",
                "fairness",
                map("minRuntime", "60s", "maxWaitTime", "15s")),
            s ->
                s.gpuMemoryUtilization(new BigDecimal("0.50"))
                    .fairness(new Fairness(Duration.ofMinutes(1), Duration.ofSeconds(15), false))),
        new Case(
            "seen in recipes",
            spec(
                "modelType", "chat",
                "loadFormat", "auto",
                "endpoints", list("chat_completions", "completions"),
                "parallelism", map("tensor", 2, "pipeline", 1),
                "extraArgs",
                    list(
                        "--trust-remote-code",
                        "--max-model-len",
                        "32768",
                        "--reasoning-parser=qwen3"),
                "fairness", map("minRuntime", "60s", "maxWaitTime", "30s"),
                "sleep", map(),
                "lora", map(),
                "kvCache", map(),
                "staging", map(),
                "resources", map()),
            s ->
                s.modelType(ModelType.CHAT)
                    .endpoints(List.of(Endpoint.CHAT_COMPLETIONS, Endpoint.COMPLETIONS))
                    .parallelism(new Parallelism(2, 1))
                    .extraArgs(
                        List.of(
                            "--trust-remote-code",
                            "--max-model-len",
                            "32768",
                            "--reasoning-parser=qwen3"))
                    .fairness(new Fairness(Duration.ofMinutes(1), Duration.ofSeconds(30), false))));
  }

  private static List<Case> fields() {
    return List.of(
        new Case("nothing but a name", spec(), s -> s),
        new Case("a name without an owner", spec("modelName", "gpt2"), s -> s.modelName("gpt2")),
        new Case(
            "every plain field",
            spec(
                "dtype", "float16",
                "loadFormat", "gthread",
                "replicas", 0,
                "product", "NVIDIA-A40",
                "quantization", "squeezellm"),
            s ->
                s.dtype(DataType.FLOAT16)
                    .loadFormat(LoadFormat.GTHREAD)
                    .replicas(0)
                    .product("NVIDIA-A40")
                    .quantization(Quantization.SQUEEZELLM)),
        new Case(
            "both spellings of tensor parallelism, agreeing",
            spec("parallelism", map("tensor", 4), "tensorParallelSize", 4L),
            s -> s.parallelism(new Parallelism(4, 1))),
        new Case(
            "the whole GPU",
            spec("gpuMemoryUtilization", "1"),
            s -> s.gpuMemoryUtilization(BigDecimal.ONE)),
        new Case(
            "speech to text",
            spec(
                "modelType",
                "asr",
                "endpoints",
                list("audio_transcriptions", "audio_translations", "chat_completions")),
            s ->
                s.modelType(ModelType.ASR)
                    .endpoints(
                        List.of(
                            Endpoint.AUDIO_TRANSCRIPTIONS,
                            Endpoint.AUDIO_TRANSLATIONS,
                            Endpoint.CHAT_COMPLETIONS))),
        new Case(
            "adapters and cache",
            spec(
                "lora",
                map("enabled", true, "maxRank", 512, "cacheDir", "/a", "downloadTimeout", "1m"),
                "kvCache",
                map("enabled", true, "maxSize", "10Gi")),
            s ->
                s.lora(new Lora(true, 512, "/a", Duration.ofMinutes(1)))
                    .kvCache(new KvCache(true, quantity("10Gi")))),
        new Case(
            "a cache whose size is left empty",
            spec("kvCache", map("enabled", true, "maxSize", "")),
            s -> s.kvCache(new KvCache(true, null))),
        new Case(
            "placement",
            spec(
                "nodeSelector", map("topology.kubernetes.io/zone", "eu-1a"),
                "tolerations",
                    list(
                        map("key", "nvidia.com/gpu", "operator", "Exists", "effect", "NoSchedule"),
                        map(
                            "key", "a",
                            "value", "b",
                            "effect", "NoExecute",
                            "tolerationSeconds", 60),
                        map("operator", "Exists")),
                "serviceAccountName", "adapters.reader",
                "sidecarImage", "registry.example.com:5000/greenthread/sidecar:1",
                "vllmImage", "vllm/vllm-openai@sha256:0123456789abcdef"),
            s ->
                s.nodeSelector(Map.of("topology.kubernetes.io/zone", "eu-1a"))
                    .tolerations(
                        List.of(
                            new Toleration(
                                "nvidia.com/gpu",
                                Toleration.Operator.EXISTS,
                                "",
                                Toleration.Effect.NO_SCHEDULE,
                                null),
                            new Toleration(
                                "a",
                                Toleration.Operator.EQUAL,
                                "b",
                                Toleration.Effect.NO_EXECUTE,
                                60L),
                            new Toleration(
                                "", Toleration.Operator.EXISTS, "", Toleration.Effect.ANY, null)))
                    .serviceAccountName("adapters.reader")
                    .sidecarImage("registry.example.com:5000/greenthread/sidecar:1")
                    .vllmImage("vllm/vllm-openai@sha256:0123456789abcdef")),
        new Case(
            "resources, numbers among them",
            spec(
                "resources",
                map(
                    "limits", map("cpu", 2, "memory", "32Gi"),
                    "requests", map("cpu", 0.5))),
            s ->
                s.resources(
                    new ResourceRequirements(
                        Map.of("cpu", quantity("2"), "memory", quantity("32Gi")),
                        Map.of("cpu", quantity("500m")),
                        List.of()))),
        new Case(
            "variables from a Secret and a ConfigMap",
            spec(
                "env",
                list(
                    map(
                        "name",
                        "HF_TOKEN",
                        "valueFrom",
                        map("secretKeyRef", map("name", "hugging.face", "key", "token"))),
                    map(
                        "name",
                        "HF_ENDPOINT",
                        "valueFrom",
                        map("configMapKeyRef", map("name", "mirror", "key", "url.txt"))))),
            s ->
                s.env(
                    List.of(
                        new EnvironmentSource(
                            "HF_TOKEN", EnvironmentSource.Kind.SECRET, "hugging.face", "token"),
                        new EnvironmentSource(
                            "HF_ENDPOINT",
                            EnvironmentSource.Kind.CONFIG_MAP,
                            "mirror",
                            "url.txt")))),
        new Case(
            "queue",
            spec("queue", map("maxDepth", 10, "requestTimeout", "30s", "duringDrain", "reject")),
            s -> s.queue(new QueueSettings(10, Duration.ofSeconds(30), DuringDrain.REJECT))));
  }

  private static List<Case> runtimes() {
    RuntimeTimeouts limits =
        new RuntimeTimeouts(Duration.ofMinutes(20), Duration.ofSeconds(90), Duration.ofSeconds(5));
    return List.of(
        new Case("vLLM by name", runtime("type", "vllm"), s -> s),
        new Case(
            "vLLM with everything",
            runtime(
                "command", list("python", "-m", "vllm", "--port={port}", "{model}", "{devices}"),
                "env", map("HF_TOKEN", "hf_x", "PYTORCH_CUDA_ALLOC_CONF", "backend:native"),
                "healthPath", "/ping?x=1",
                "sleepLevel", 2,
                "memory", "24Gi",
                "startTimeout", "20m",
                "wakeTimeout", "90s",
                "sleepTimeout", "5s"),
            s ->
                s.runtime(
                    new RuntimeSpec.Vllm(
                        List.of("python", "-m", "vllm", "--port={port}", "{model}", "{devices}"),
                        Map.of("HF_TOKEN", "hf_x", "PYTORCH_CUDA_ALLOC_CONF", "backend:native"),
                        "",
                        "/ping?x=1",
                        SleepLevel.TWO,
                        limits,
                        quantity("24Gi")))),
        new Case(
            "a vLLM that runs already",
            runtime("url", "http://127.0.0.1:8000/", "memory", "1Gi", "sleepLevel", "1"),
            s ->
                s.runtime(
                    new RuntimeSpec.Vllm(
                        List.of(),
                        Map.of(),
                        "http://127.0.0.1:8000/",
                        "/health",
                        SleepLevel.ONE,
                        RuntimeTimeouts.DEFAULT,
                        quantity("1Gi")))),
        new Case(
            "llama.cpp",
            runtime("type", "llamacpp", "modelFile", "models/tiny.gguf"),
            s -> s.runtime(RuntimeSpec.LlamaCpp.of("models/tiny.gguf"))),
        new Case(
            "the server that comes along",
            runtime("type", "builtin", "modelFile", "tiny.GGUF"),
            s -> s.runtime(RuntimeSpec.Builtin.of("tiny.GGUF"))),
        new Case(
            "any command",
            runtime("type", "command", "command", list("serve", "{port}")),
            s -> s.runtime(RuntimeSpec.Command.of("serve", "{port}"))),
        new Case(
            "a command with steps",
            runtime(
                "type",
                "command",
                "url",
                "https://gpu-7.example.com:8443",
                "memory",
                "1Gi",
                "sleepSteps",
                list(map("path", "/release", "body", "{\"tags\":[\"weights\"]}")),
                "wakeSteps",
                list(map("method", "PUT", "path", "/resume", "timeout", "2m")),
                "verifySteps",
                list(map("method", "GET", "path", "/ping", "expectStatus", 204, "retries", 3))),
            s ->
                s.runtime(
                    new RuntimeSpec.Command(
                        List.of(),
                        Map.of(),
                        "https://gpu-7.example.com:8443",
                        "/health",
                        List.of(
                            new HttpStep(
                                HttpStep.Method.POST,
                                "/release",
                                "{\"tags\":[\"weights\"]}",
                                200,
                                Duration.ofSeconds(30),
                                0)),
                        List.of(
                            new HttpStep(
                                HttpStep.Method.PUT, "/resume", "", 200, Duration.ofMinutes(2), 0)),
                        List.of(
                            new HttpStep(
                                HttpStep.Method.GET, "/ping", "", 204, Duration.ofSeconds(30), 3)),
                        RuntimeTimeouts.DEFAULT,
                        quantity("1Gi")))),
        new Case(
            "a simulation",
            runtime("type", "simulated", "options", map("wake-time", "500ms"), "memory", "4Gi"),
            s ->
                s.runtime(
                    new RuntimeSpec.Simulated(
                        Map.of("wake-time", "500ms"),
                        Map.of(),
                        SleepLevel.AUTO,
                        RuntimeTimeouts.DEFAULT,
                        quantity("4Gi")))));
  }

  @Test
  void labelsAndAnnotationsAreKept() {
    Object metadata =
        map(
            "name",
            "qwen-3",
            "namespace",
            "team-a",
            "labels",
            map("app.kubernetes.io/part-of", "shop", "tier", ""),
            "annotations",
            map("example.com/note", "anything: at all"));

    Model model = model(Manifests.with("metadata", metadata));

    assertThat(model.labels())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("app.kubernetes.io/part-of", "shop", "tier", ""));
    assertThat(model.annotations()).containsEntry("example.com/note", "anything: at all");
  }

  @Test
  void aModelFileIsResolvedByWhoeverKnowsTheFolder() {
    for (String type : List.of("builtin", "llamacpp")) {
      Model model = model(runtime("type", type, "modelFile", "m/a.gguf"));

      Model resolved = model.resolveModelFile(file -> "/srv/" + file);

      String file =
          switch (resolved.spec().runtime()) {
            case RuntimeSpec.Builtin builtin -> builtin.modelFile();
            case RuntimeSpec.LlamaCpp llamaCpp -> llamaCpp.modelFile();
            default -> "";
          };
      assertThat(file).isEqualTo("/srv/m/a.gguf");
      assertThat(resolved.withSpec(model.spec())).isEqualTo(model);
    }
    Model without = model(spec());
    assertThat(without.resolveModelFile(file -> "/srv/" + file)).isEqualTo(without);
  }

  @Test
  void declaredMemoryIsCountedInBytes() {
    Model model = model(runtime("type", "simulated", "memory", "1.5Gi"));

    assertThat(model.spec().runtime().memory().map(Quantity::bytes)).contains(Bytes.ofMiB(1536));
  }

  @Test
  void withoutAListEveryEndpointThatSuitsTheTypeIsOpen() {
    ModelSpec any = ModelSpec.of("a/b");
    ModelSpec embedding = ModelSpec.builder("a/b").modelType(ModelType.EMBEDDING).build();
    ModelSpec listed = ModelSpec.builder("a/b").endpoints(List.of(Endpoint.SCORE)).build();

    assertThat(any.serves(Endpoint.AUDIO_SPEECH)).isTrue();
    assertThat(embedding.serves(Endpoint.EMBEDDINGS)).isTrue();
    assertThat(embedding.serves(Endpoint.CHAT_COMPLETIONS)).isFalse();
    assertThat(listed.serves(Endpoint.SCORE)).isTrue();
    assertThat(listed.serves(Endpoint.RERANK)).isFalse();
  }

  private static Quantity quantity(String text) {
    return Quantity.parse(text).orElseThrow();
  }
}
