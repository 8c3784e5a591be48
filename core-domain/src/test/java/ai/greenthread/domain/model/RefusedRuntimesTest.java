package ai.greenthread.domain.model;

import static ai.greenthread.domain.model.Manifests.list;
import static ai.greenthread.domain.model.Manifests.map;
import static ai.greenthread.domain.model.Manifests.runtime;
import static ai.greenthread.domain.model.Manifests.spec;
import static ai.greenthread.domain.model.Mistake.mistake;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The same for {@code spec.runtime}: one mistake, one violation, with field and remedy. */
class RefusedRuntimesTest {
  private static final String QUANTITY = "must be a quantity such as 10Gi";

  @TestFactory
  Stream<DynamicTest> everyMistakeInARuntimeIsNamedWithItsFieldAndItsRemedy() {
    return Stream.of(runtimes(), commands(), environments(), urls())
        .flatMap(List::stream)
        .map(Mistake::test);
  }

  private static List<Mistake> runtimes() {
    return List.of(
        mistake(runtime("type", "vlm"), "spec.runtime.type", "did you mean \"vllm\"?", "builtin"),
        mistake(runtime("type", "vlm", "modelFile", "x"), "spec.runtime.type", "\"vllm\""),
        mistake(runtime("type", "builtin"), "spec.runtime.modelFile", "path of a GGUF file"),
        mistake(runtime("type", "llamacpp"), "spec.runtime.modelFile", "path of a GGUF file"),
        mistake(
            runtime("modelFile", "x.gguf"),
            "spec.runtime.modelFile",
            "means nothing to runtime type vllm, only to llamacpp, builtin"),
        mistake(
            runtime("type", "builtin", "modelFile", "x.gguf", "url", "http://127.0.0.1:1"),
            "spec.runtime.url",
            "only to vllm, command"),
        mistake(
            runtime("type", "simulated", "command", list("x")),
            "spec.runtime.command",
            "means nothing to runtime type simulated"),
        mistake(
            runtime("sleepSteps", list()),
            "spec.runtime.sleepSteps",
            "means nothing to runtime type vllm, only to command"),
        mistake(runtime("options", map("a", "b")), "spec.runtime.options", "only to simulated"),
        mistake(
            runtime("type", "llamacpp", "modelFile", "x.gguf", "sleepLevel", 1),
            "spec.runtime.sleepLevel",
            "only to vllm, simulated"),
        mistake(
            runtime("type", "simulated", "options", map("--load-time", "1s")),
            "spec.runtime.options[--load-time]",
            "without leading hyphens"),
        mistake(runtime("sleepLevel", 3), "spec.runtime.sleepLevel", "must be one of auto, 1, 2"),
        mistake(runtime("sleepLevel", "deep"), "spec.runtime.sleepLevel", "\"auto\", \"1\""),
        mistake(runtime("memory", "16GB"), "spec.runtime.memory", QUANTITY),
        mistake(runtime("memory", 0), "spec.runtime.memory", "more than nothing"),
        mistake(runtime("startTimeout", 600), "spec.runtime.startTimeout", "\"600s\" if seconds"),
        mistake(runtime("startTimeout", "25h"), "spec.runtime.startTimeout", "at most 24h"),
        mistake(runtime("wakeTimeout", "0s"), "spec.runtime.wakeTimeout", "longer than 0s"),
        mistake(runtime("sleepTimeout", "-1s"), "spec.runtime.sleepTimeout", "longer than 0s"),
        mistake(runtime("sleeptimeout", "1s"), "spec.runtime.sleeptimeout", "sleepTimeout?"),
        mistake(runtime("healthPath", "health"), "spec.runtime.healthPath", "starts with '/'"),
        mistake(runtime("healthPath", "/a b"), "spec.runtime.healthPath", "neither spaces"));
  }

  private static List<Mistake> commands() {
    return List.of(
        mistake(runtime("type", "command"), "spec.runtime.command", "or give spec.runtime.url"),
        mistake(
            runtime("type", "command", "command", "serve --port {port}"),
            "spec.runtime.command",
            "must be a list"),
        mistake(
            runtime("type", "command", "command", list("serve", "", "{port}")),
            "spec.runtime.command[1]",
            "remove the item"),
        mistake(
            runtime("type", "command", "url", "http://127.0.0.1:9000", "memory", "1Gi"),
            "spec.runtime.sleepSteps",
            "cannot be stopped to free its GPU"),
        mistake(
            command("sleepSteps", list(map("path", "/sleep"))),
            "spec.runtime.wakeSteps",
            "belong together"),
        mistake(
            command("wakeSteps", list(map("path", "/wake"))),
            "spec.runtime.sleepSteps",
            "belong together"),
        mistake(
            command("verifySteps", list(map())),
            "spec.runtime.verifySteps[0].path",
            "must be a path on the server"),
        mistake(
            command("verifySteps", list(map("path", "v1/models"))),
            "spec.runtime.verifySteps[0].path",
            "starts with '/'"),
        mistake(
            command("verifySteps", list(map("path", "/x", "method", "FETCH"))),
            "spec.runtime.verifySteps[0].method",
            "\"GET\", \"POST\""),
        mistake(
            command("verifySteps", list(map("path", "/x", "expectStatus", 99))),
            "spec.runtime.verifySteps[0].expectStatus",
            "from 100 to 599"),
        mistake(
            command("verifySteps", list(map("path", "/x", "retries", -1))),
            "spec.runtime.verifySteps[0].retries",
            "from 0 to 100"),
        mistake(
            command("verifySteps", list(map("path", "/x", "timeout", "2h"))),
            "spec.runtime.verifySteps[0].timeout",
            "at most 1h"),
        mistake(
            command("verifySteps", list(map("path", "/x", "body", map("a", 1)))),
            "spec.runtime.verifySteps[0].body",
            "must be a text"),
        mistake(
            command("verifySteps", list(map("path", "/x", "status", 200))),
            "spec.runtime.verifySteps[0].status",
            "no such field"),
        mistake(
            runtime(
                "url", "http://127.0.0.1:8000", "memory", "1Gi", "command", list("vllm", "{port}")),
            "spec.runtime.command",
            "keep one of the two"));
  }

  private static Object command(String name, Object value) {
    return runtime("type", "command", "command", list("serve", "{port}"), name, value);
  }

  private static List<Mistake> environments() {
    return List.of(
        mistake(
            runtime("env", map("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")),
            "spec.runtime.env[PYTORCH_CUDA_ALLOC_CONF]",
            "Forbidden",
            "keeps vLLM from giving back any memory"),
        mistake(
            runtime(
                "env",
                map("PYTORCH_ALLOC_CONF", "max_split_size_mb:64, expandable_segments : true")),
            "spec.runtime.env[PYTORCH_ALLOC_CONF]",
            "remove it"),
        mistake(
            runtime("env", map("VLLM_SERVER_DEV_MODE", "0")),
            "spec.runtime.env[VLLM_SERVER_DEV_MODE]",
            "put to sleep only when it is 1"),
        mistake(
            runtime("env", map("MY-VAR", "x")),
            "spec.runtime.env[MY-VAR]",
            "letters, digits and underscores"),
        mistake(runtime("env", map("FLAG", true)), "spec.runtime.env[FLAG]", "put it in quotes"),
        mistake(runtime("env", list("A=b")), "spec.runtime.env", "must be an object"));
  }

  private static List<Mistake> urls() {
    return List.of(
        mistake(
            runtime("url", "http://127.0.0.1:8000"),
            "spec.runtime.memory",
            "holds on each GPU while it is awake"),
        mistake(
            runtime("url", "127.0.0.1:8000", "memory", "1Gi"),
            "spec.runtime.url",
            "must be a URL such as"),
        mistake(
            runtime("url", "localhost:8000", "memory", "1Gi"),
            "spec.runtime.url",
            "start with http://"),
        mistake(
            runtime("url", "ftp://host", "memory", "1Gi"),
            "spec.runtime.url",
            "start with http://"),
        mistake(runtime("url", "http://", "memory", "1Gi"), "spec.runtime.url", "must be a URL"),
        mistake(
            runtime("url", "http://h:99999", "memory", "1Gi"),
            "spec.runtime.url",
            "a port from 1 to 65535"),
        mistake(
            runtime("url", "http://h:8000/v1", "memory", "1Gi"),
            "spec.runtime.url",
            "without a path"),
        mistake(
            runtime("url", "http://h/?a=b", "memory", "1Gi"), "spec.runtime.url", "without a path"),
        mistake(
            runtime("url", "http://me:secret@h", "memory", "1Gi"),
            "spec.runtime.url",
            "user or password"),
        mistake(
            spec("replicas", 2, "runtime", map("url", "http://127.0.0.1:8000", "memory", "1Gi")),
            "spec.replicas",
            "spec.runtime.url is one server"));
  }
}
