package ai.greenthread.http.runtime;

import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.nio.file.Files;
import java.util.List;

class BuiltinRuntimeTest extends ManagedContract {
  @Override
  InferenceRuntime healthy() {
    return yard.create(RuntimeSpec.Builtin.of(Yard.modelFile().toString()));
  }

  @Override
  InferenceRuntime neverReady() {
    return yard.create(
        RuntimeSpec.Builtin.of(Yard.modelFile().toString()),
        List.of("sh", "-c", "echo reading; exec sleep 120", "sh"));
  }

  @Override
  List<Broken> broken() {
    return List.of(
        new Broken(
            "a model file that is not there",
            () -> yard.create(RuntimeSpec.Builtin.of("absent.gguf")),
            "no readable model file",
            "absent.gguf",
            "spec.runtime.modelFile"),
        new Broken(
            "a model file that is none",
            () -> {
              Files.writeString(yard.folder().resolve("text.gguf"), "no model at all");
              return yard.create(RuntimeSpec.Builtin.of("text.gguf"));
            },
            "while starting, the server ended",
            "exit code 2",
            "text.gguf is not a GGUF file"));
  }
}
