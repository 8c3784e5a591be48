package ai.greenthread.http.runtime;

import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;

/** The real {@code llama-server}, where one is installed. */
class LlamaCppRuntimeTest extends ManagedContract {
  @BeforeEach
  void onlyWhereItIsInstalled() {
    Assumptions.assumeTrue(
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "llama-server"))),
        "llama-server (llama.cpp) is not on the PATH");
  }

  private InferenceRuntime llama(String modelFile, List<String> command) {
    return yard.create(
        new RuntimeSpec.LlamaCpp(
            modelFile,
            command,
            Map.of(),
            RuntimeSpec.DEFAULT_HEALTH_PATH,
            RuntimeTimeouts.DEFAULT,
            null));
  }

  @Override
  InferenceRuntime healthy() {
    return llama(Yard.modelFile().toString(), List.of());
  }

  @Override
  InferenceRuntime neverReady() {
    return llama("", List.of("sleep", "120"));
  }

  @Override
  List<Broken> broken() {
    return List.of(
        new Broken(
            "a model file that is not there",
            () -> llama("absent.gguf", List.of()),
            "no readable model file"),
        new Broken(
            "a model file that is none",
            () -> {
              Files.writeString(yard.folder().resolve("text.gguf"), "no model at all");
              return llama("text.gguf", List.of());
            },
            "while starting, the server ended"));
  }
}
