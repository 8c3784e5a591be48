package ai.greenthread.http.runtime;

import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.domain.model.SleepLevel;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.net.URI;
import java.util.List;
import java.util.Map;

class VllmAttachedTest extends AttachedContract {
  @Override
  InferenceRuntime attach(URI server) {
    return yard.create(
        new RuntimeSpec.Vllm(
            List.of(),
            Map.of(),
            server.toString(),
            RuntimeSpec.DEFAULT_HEALTH_PATH,
            SleepLevel.AUTO,
            RuntimeTimeouts.DEFAULT,
            null));
  }
}
