package ai.greenthread.domain.model;

import static ai.greenthread.domain.model.Manifests.list;
import static ai.greenthread.domain.model.Manifests.map;
import static ai.greenthread.domain.model.Manifests.metadata;
import static ai.greenthread.domain.model.Manifests.spec;
import static ai.greenthread.domain.model.Manifests.with;
import static ai.greenthread.domain.model.Mistake.mistake;

import java.math.BigInteger;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** One mistake per manifest: exactly one violation, at that field, saying what to do. */
class RefusedManifestsTest {
  private static final String DURATION = "must be a duration such as 10s, 5m or 1h30m";
  private static final String QUANTITY = "must be a quantity such as 10Gi";
  private static final String LABEL = "must be a DNS label: at most 63";

  @TestFactory
  Stream<DynamicTest> everyMistakeIsNamedWithItsFieldAndItsRemedy() {
    return Stream.of(document(), identity(), layout(), sharing(), parts(), placement())
        .flatMap(List::stream)
        .map(Mistake::test);
  }

  private static List<Mistake> document() {
    return List.of(
        mistake(null, "manifest", "Required value", "is empty"),
        mistake(list(spec()), "manifest", "Invalid type: list", "must be an object"),
        mistake("kind: Model", "manifest", "must be an object"),
        mistake(with("apiVersion", null), "apiVersion", "must be greenthread.ai/v1alpha1"),
        mistake(with("apiVersion", "v1"), "apiVersion", "\"v1\"", "greenthread.ai/v1alpha1"),
        mistake(with("kind", "model"), "kind", "did you mean \"Model\"?"),
        mistake(with("kind", ""), "kind", "must be Model"),
        mistake(with("spce", map()), "spce", "no such field; did you mean spec?"),
        mistake(with("data", map()), "data", "no such field; remove it"),
        mistake(with("metadata", "qwen"), "metadata", "\"qwen\" (text)", "must be an object"),
        mistake(with("spec", list()), "spec", "must be an object"),
        mistake(with("spec", null), "spec.modelName", "Required value", "such as Qwen/Qwen3-8B"));
  }

  private static List<Mistake> identity() {
    return List.of(
        mistake(metadata(), "metadata.name", "Required value", "must name the Model"),
        mistake(metadata("name", ""), "metadata.name", "must name the Model"),
        mistake(metadata("name", "My_Model"), "metadata.name", "\"My_Model\"", "such as my-model"),
        mistake(metadata("name", "-"), "metadata.name", LABEL),
        mistake(metadata("name", "7b"), "metadata.name", "must begin with a letter", "such as m7b"),
        mistake(metadata("name", "a".repeat(64)), "metadata.name", LABEL),
        mistake(metadata("name", "qwen3.5"), "metadata.name", "such as qwen3-5"),
        mistake(metadata("name", true), "metadata.name", "true (true/false)", "put it in quotes"),
        mistake(metadata("name", "q", "namespace", "Team"), "metadata.namespace", "such as team"),
        mistake(metadata("name", "q", "namespace", ""), "metadata.namespace", "leave it out"),
        mistake(metadata("name", "q", "label", map()), "metadata.label", "did you mean labels?"),
        mistake(
            metadata("name", "q", "labels", map("tier", 1)),
            "metadata.labels[tier]",
            "1 (number)",
            "must be a text; put it in quotes"),
        mistake(
            metadata("name", "q", "labels", map("-x", "y")), "metadata.labels[-x]", "label's name"),
        mistake(metadata("name", "q", "labels", map("x", "a b")), "metadata.labels[x]", "\"a b\""),
        mistake(
            metadata("name", "q", "annotations", map("a/b/c", "y")),
            "metadata.annotations[a/b/c]",
            "annotation's name"),
        mistake(
            metadata("name", "q", "annotations", map("a", true)),
            "metadata.annotations[a]",
            "put it in quotes"),
        mistake(
            metadata("name", "q", "annotations", map("a/-b", "y")),
            "metadata.annotations[a/-b]",
            "annotation's name"),
        mistake(spec("modelName", null), "spec.modelName", "must be a Hugging Face id"),
        mistake(spec("modelName", ""), "spec.modelName", "must be a Hugging Face id"),
        mistake(spec("modelName", "a/b/c"), "spec.modelName", "\"a/b/c\"", "Hugging Face id"),
        mistake(spec("modelName", "/models/qwen"), "spec.modelName", "Hugging Face id"),
        mistake(spec("modelName", "owner/"), "spec.modelName", "Hugging Face id"),
        mistake(spec("modelName", "own--er/x"), "spec.modelName", "without '--'"),
        mistake(spec("modelName", "owner/x..y"), "spec.modelName", "without '--' or '..'"),
        mistake(spec("modelName", "owner/x.git"), "spec.modelName", "not ending with .git"),
        mistake(spec("modelName", "owner/.x"), "spec.modelName", "neither starting"),
        mistake(spec("modelName", "owner/" + "x".repeat(97)), "spec.modelName", "at most 96"),
        mistake(spec("modelName", list("a")), "spec.modelName", "list", "must be a text"),
        mistake(spec("modelNmae", "x"), "spec.modelNmae", "did you mean modelName?"),
        mistake(spec("model_type", "chat"), "spec.model_type", "did you mean modelType?"));
  }

  private static List<Mistake> layout() {
    return List.of(
        mistake(spec("modelType", "caht"), "spec.modelType", "did you mean \"chat\"?", "reranker"),
        mistake(spec("modelType", "vision"), "spec.modelType", "supported: \"chat\""),
        mistake(spec("modelType", 3), "spec.modelType", "3 (number)", "must be one of chat, tts"),
        mistake(spec("dtype", "bf16"), "spec.dtype", "\"bfloat16\", \"float16\", \"float32\""),
        mistake(spec("loadFormat", "pt"), "spec.loadFormat", "\"auto\", \"gthread\""),
        mistake(spec("endpoints", "chat_completions"), "spec.endpoints", "must be a list"),
        mistake(
            spec("endpoints", list("chat")), "spec.endpoints[0]", "\"chat\"", "chat_completions"),
        mistake(
            spec("endpoints", list("chat-completions")),
            "spec.endpoints[0]",
            "did you mean \"chat_completions\"?"),
        mistake(
            spec("endpoints", list("completions", "completions")),
            "spec.endpoints[1]",
            "Duplicate value: \"completions\"",
            "remove it"),
        mistake(
            spec("modelType", "embedding", "endpoints", list("embeddings", "chat_completions")),
            "spec.endpoints[1]",
            "a model of type embedding cannot answer it; it has embeddings"),
        mistake(
            spec("modelType", "chat", "endpoints", list("rerank")),
            "spec.endpoints[0]",
            "a model of type chat cannot answer it"),
        mistake(
            spec("modelType", "chat", "endpoints", list("audio_speech")),
            "spec.endpoints[0]",
            "a model of type chat cannot answer it"),
        mistake(spec("endpoints", list((Object) null)), "spec.endpoints[0]", "remove the item"),
        mistake(
            spec("parallelism", map("tensor", 3)),
            "spec.parallelism.tensor",
            "Invalid value: 3",
            "must be a power of two from 1 to 64"),
        mistake(spec("parallelism", map("tensor", 0)), "spec.parallelism.tensor", "power of two"),
        mistake(spec("parallelism", map("tensor", 128)), "spec.parallelism.tensor", "1 to 64"),
        mistake(spec("parallelism", map("tensor", -2)), "spec.parallelism.tensor", "power of two"),
        mistake(
            spec("parallelism", map("tensor", 16, "pipeline", 8)),
            "spec.parallelism",
            "16 times 8",
            "must be at most 64"),
        mistake(
            spec("parallelism", map("pipeline", 0)),
            "spec.parallelism.pipeline",
            "must be from 1 to 64"),
        mistake(
            spec("parallelism", map("tensor", "2")),
            "spec.parallelism.tensor",
            "\"2\" (text)",
            "must be a whole number; remove the quotes"),
        mistake(
            spec("parallelism", map("tensro", 2)),
            "spec.parallelism.tensro",
            "did you mean tensor?"),
        mistake(spec("parallelism", 2), "spec.parallelism", "must be an object"),
        mistake(
            spec("parallelism", map("tensor", 4), "tensorParallelSize", 2),
            "spec.tensorParallelSize",
            "old name of spec.parallelism.tensor, which says 4"),
        mistake(spec("tensorParallelSize", 3), "spec.parallelism.tensor", "power of two"),
        mistake(spec("tensorParallelSize", 2.5), "spec.tensorParallelSize", "whole number"),
        mistake(spec("replicas", -1), "spec.replicas", "-1", "must be from 0 to 1000"),
        mistake(spec("replicas", 1001), "spec.replicas", "must be from 0 to 1000"),
        mistake(spec("replicas", 1.5), "spec.replicas", "1.5 (number)", "must be a whole number"),
        mistake(spec("replicas", 5_000_000_000L), "spec.replicas", "5000000000", "too large"),
        mistake(spec("replicas", BigInteger.TWO.pow(80)), "spec.replicas", "whole number"),
        mistake(spec("replicas", true), "spec.replicas", "must be a whole number"),
        mistake(spec("product", "NVIDIA A40"), "spec.product", "with hyphens for spaces"),
        mistake(
            spec("gpuMemoryUtilization", "0"),
            "spec.gpuMemoryUtilization",
            "\"0\"",
            "above 0 and at most 1"),
        mistake(spec("gpuMemoryUtilization", "1.01"), "spec.gpuMemoryUtilization", "at most 1"),
        mistake(spec("gpuMemoryUtilization", 90), "spec.gpuMemoryUtilization", "at most 1"),
        mistake(spec("gpuMemoryUtilization", "90%"), "spec.gpuMemoryUtilization", "\"90%\""),
        mistake(spec("gpuMemoryUtilization", true), "spec.gpuMemoryUtilization", "true/false"),
        mistake(spec("gpuMemoryUtilization", Double.NaN), "spec.gpuMemoryUtilization", "at most 1"),
        mistake(spec("quantization", "int8"), "spec.quantization", "\"awq\", \"gptq\", \"fp8\""),
        mistake(spec("quantization", "FP-8"), "spec.quantization", "did you mean \"fp8\"?"),
        mistake(spec("extraArgs", "--enforce-eager"), "spec.extraArgs", "must be a list"),
        mistake(spec("extraArgs", list("a", " ")), "spec.extraArgs[1]", "remove the item"),
        mistake(spec("extraArgs", list(true)), "spec.extraArgs[0]", "put it in quotes"),
        mistake(spec("extraArgs", list(map("a", 1))), "spec.extraArgs[0]", "must be a text"),
        mistake(
            spec("extraArgs", Collections.nCopies(1001, "x")),
            "spec.extraArgs",
            "has 1001 entries; at most 1000"));
  }

  private static List<Mistake> sharing() {
    return List.of(
        mistake(
            spec("fairness", map("minRuntime", "10")),
            "spec.fairness.minRuntime",
            "Invalid value: \"10\"",
            DURATION),
        mistake(
            spec("fairness", map("minRuntime", 10)),
            "spec.fairness.minRuntime",
            "10 (number)",
            DURATION + "; write \"10s\" if seconds are meant"),
        mistake(spec("fairness", map("minRuntime", "-1s")), "spec.fairness.minRuntime", "-1s"),
        mistake(
            spec("fairness", map("minRuntime", "25h")),
            "spec.fairness.minRuntime",
            "must be from 0s to 24h"),
        mistake(spec("fairness", map("maxWaitTime", "1d")), "spec.fairness.maxWaitTime", DURATION),
        mistake(
            spec("fairness", map("maxWaitTime", "-5s")),
            "spec.fairness.maxWaitTime",
            "must be from 0s to 24h"),
        mistake(
            spec("fairness", map("popular", "true")),
            "spec.fairness.popular",
            "must be true or false; remove the quotes"),
        mistake(spec("fairness", map("popular", 1)), "spec.fairness.popular", "true or false"),
        mistake(
            spec("fairness", map("min_runtime", "1s")),
            "spec.fairness.min_runtime",
            "did you mean minRuntime?"),
        mistake(
            spec("idleTimeout", "5m"), "spec.idleTimeout", "did you mean spec.sleep.idleTimeout?"),
        mistake(spec("popular", true), "spec.popular", "did you mean spec.fairness.popular?"),
        mistake(spec("pinned", true), "spec.pinned", "did you mean spec.staging.pinned?"),
        mistake(
            spec("sleep", map("idleTimeout", "0s")),
            "spec.sleep.idleTimeout",
            "must be longer than 0s and at most 720h"),
        mistake(spec("sleep", map("idleTimeout", "721h")), "spec.sleep.idleTimeout", "720h"),
        mistake(spec("sleep", map("idleTimeout", "soon")), "spec.sleep.idleTimeout", DURATION),
        mistake(spec("sleep", map("idleTimeout", list())), "spec.sleep.idleTimeout", DURATION),
        mistake(spec("sleep", map("drainTimeout", "48h")), "spec.sleep.drainTimeout", "24h"),
        mistake(spec("sleep", map("drain", "1s")), "spec.sleep.drain", "no such field"),
        mistake(spec("sleep", "10m"), "spec.sleep", "must be an object"),
        mistake(spec("queue", map("maxDepth", 0)), "spec.queue.maxDepth", "from 1 to 1000000"),
        mistake(spec("queue", map("requestTimeout", "0s")), "spec.queue.requestTimeout", "than 0s"),
        mistake(
            spec("queue", map("duringDrain", "drop")),
            "spec.queue.duringDrain",
            "supported: \"queue\", \"reject\""));
  }

  private static List<Mistake> parts() {
    return List.of(
        mistake(spec("staging", map("pinned", "yes")), "spec.staging.pinned", "true or false"),
        mistake(
            spec("staging", map("tier", "disk")), "spec.staging.tier", "no such field; remove it"),
        mistake(
            spec("lora", map("enabled", true, "maxRank", 0)),
            "spec.lora.maxRank",
            "must be from 1 to 512"),
        mistake(spec("lora", map("enabled", true, "maxRank", 513)), "spec.lora.maxRank", "512"),
        mistake(spec("lora", map("cacheDir", true)), "spec.lora.cacheDir", "must be a text"),
        mistake(spec("lora", map("downloadTimeout", "5")), "spec.lora.downloadTimeout", DURATION),
        mistake(
            spec("lora", map("enabled", true, "downloadTimeout", "0s")),
            "spec.lora.downloadTimeout",
            "longer than 0s"),
        mistake(spec("kvCache", map("maxSize", "10GB")), "spec.kvCache.maxSize", QUANTITY),
        mistake(spec("kvCache", map("maxSize", true)), "spec.kvCache.maxSize", QUANTITY),
        mistake(
            spec("kvCache", map("enabled", true, "maxSize", "0")),
            "spec.kvCache.maxSize",
            "must be more than nothing"),
        mistake(
            spec("kvCache", map("enabled", true, "maxSize", "-1Gi")),
            "spec.kvCache.maxSize",
            "\"-1Gi\""));
  }

  private static List<Mistake> placement() {
    return List.of(
        mistake(spec("nodeSelector", map("zone", 1)), "spec.nodeSelector[zone]", "in quotes"),
        mistake(spec("nodeSelector", map("", "a")), "spec.nodeSelector[]", "label's name"),
        mistake(spec("nodeSelector", map("a", "b c")), "spec.nodeSelector[a]", "\"b c\""),
        mistake(spec("nodeSelector", list("a")), "spec.nodeSelector", "must be an object"),
        mistake(spec("tolerations", map()), "spec.tolerations", "must be a list"),
        mistake(spec("tolerations", list("gpu")), "spec.tolerations[0]", "must be an object"),
        mistake(
            spec("tolerations", list(map("value", "x"))),
            "spec.tolerations[0].key",
            "write operator: Exists"),
        mistake(
            spec("tolerations", list(map("key", "a", "operator", "exists"))),
            "spec.tolerations[0].operator",
            "did you mean \"Exists\"?"),
        mistake(
            spec("tolerations", list(map("operator", "Exists", "value", "x"))),
            "spec.tolerations[0].value",
            "must be empty when the operator is Exists"),
        mistake(
            spec("tolerations", list(map("key", "a", "effect", "NoRun"))),
            "spec.tolerations[0].effect",
            "NoSchedule"),
        mistake(
            spec("tolerations", list(map("key", "a", "tolerationSeconds", 5))),
            "spec.tolerations[0].tolerationSeconds",
            "only when the effect is NoExecute"),
        mistake(spec("tolerations", list(map("key", "a b"))), "spec.tolerations[0].key", "\"a b\""),
        mistake(spec("serviceAccountName", "Me"), "spec.serviceAccountName", "DNS name"),
        mistake(
            env(map("value", "s3cret")), "spec.env[0].value", "given in spec.runtime.env", "NAME"),
        mistake(env(map()), "spec.env[0].valueFrom", "either secretKeyRef or configMapKeyRef"),
        mistake(
            env(
                map(
                    "valueFrom",
                    map(
                        "secretKeyRef", map("name", "a", "key", "b"),
                        "configMapKeyRef", map("name", "a", "key", "b")))),
            "spec.env[0].valueFrom",
            "either"),
        mistake(
            env(map("valueFrom", map("secretKeyRef", map("name", "hf")))),
            "spec.env[0].valueFrom.secretKeyRef.key",
            "the entry that holds the value"),
        mistake(
            env(map("valueFrom", map("secretKeyRef", map("name", "H F", "key", "token")))),
            "spec.env[0].valueFrom.secretKeyRef.name",
            "DNS name"),
        mistake(
            env(map("valueFrom", map("configMapKeyRef", map("name", "hf", "key", "a/b")))),
            "spec.env[0].valueFrom.configMapKeyRef.key",
            "letters, digits"),
        mistake(
            env(map("name", "A B", "valueFrom", secret())),
            "spec.env[0].name",
            "a variable's name"),
        mistake(
            env(map("name", "VLLM_SERVER_DEV_MODE", "valueFrom", secret())),
            "spec.env[0].name",
            "the engine sets it"),
        enginesOwn("GREENTHREAD_RUN"),
        enginesOwn("GREENTHREAD_ANY"),
        enginesOwn("POD_UID"),
        mistake(
            spec(
                "env",
                list(map("name", "T", "valueFrom", secret())),
                "runtime",
                map("env", map("T", "x"))),
            "spec.env[0].name",
            "keep one of the two"),
        mistake(spec("sidecarImage", "a b"), "spec.sidecarImage", "container image"),
        mistake(spec("vllmImage", "https://x y"), "spec.vllmImage", "container image"),
        mistake(
            spec("resources", map("limits", map("memory", "lots"))),
            "spec.resources.limits[memory]",
            QUANTITY),
        mistake(
            spec("resources", map("limits", map("cpu", "1"), "requests", map("cpu", "1500m"))),
            "spec.resources.requests[cpu]",
            "must be at most the limit, which is 1"),
        mistake(
            spec("resources", map("requests", map("cpu", -1))),
            "spec.resources.requests[cpu]",
            "must not be negative"),
        mistake(
            spec("resources", map("limits", map("a b", 1))),
            "spec.resources.limits[a b]",
            "resource's name"),
        mistake(
            spec("resources", map("limit", map())), "spec.resources.limit", "did you mean limits?"),
        mistake(
            spec("resources", map("claims", list(map("request", "gpu")))),
            "spec.resources.claims[0].name",
            "must name a claim"),
        mistake(
            spec("resources", map("claims", list(map("name", "gpu"), map("name", "nic")))),
            "spec.resources.claims",
            "not supported yet"));
  }

  private static Mistake enginesOwn(String variable) {
    return mistake(
        env(map("name", variable, "valueFrom", secret())),
        "spec.env[0].name",
        "the engine's own names",
        "choose another");
  }

  private static Object secret() {
    return map("secretKeyRef", map("name", "a", "key", "b"));
  }

  /** A Model with one entry of {@code env}, which has a name unless it says another. */
  private static Object env(Map<String, @Nullable Object> entry) {
    Map<String, @Nullable Object> whole = map("name", "HF_TOKEN");
    whole.putAll(entry);
    return spec("env", list(whole));
  }
}
