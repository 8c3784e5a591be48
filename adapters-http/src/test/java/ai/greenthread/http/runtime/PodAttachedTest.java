package ai.greenthread.http.runtime;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.domain.model.SleepLevel;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Map;

/** A pod whose Model names a server elsewhere has no other container. */
class PodAttachedTest extends AttachedContract {
  @Override
  InferenceRuntime attach(URI server) {
    RuntimeSpec spec =
        new RuntimeSpec.Vllm(
            List.of(),
            Map.of(),
            server.toString(),
            RuntimeSpec.DEFAULT_HEALTH_PATH,
            SleepLevel.AUTO,
            RuntimeTimeouts.DEFAULT,
            null);
    return new PodRuntime(
            Model.of("tiny", ModelSpec.builder(Yard.MODEL).runtime(spec).build()),
            Yard.DEVICES,
            new PodHost(
                HttpClient.newHttpClient(),
                URI.create("http://127.0.0.1:9"),
                folder.resolve("run"),
                devices -> Map.of()))
        .runtime();
  }
}
