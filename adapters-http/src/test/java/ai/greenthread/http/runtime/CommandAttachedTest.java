package ai.greenthread.http.runtime;

import ai.greenthread.domain.model.HttpStep;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.net.URI;
import java.util.List;
import java.util.Map;

class CommandAttachedTest extends AttachedContract {
  @Override
  InferenceRuntime attach(URI server) {
    return yard.create(
        new RuntimeSpec.Command(
            List.of(),
            Map.of(),
            server.toString(),
            "/ping",
            List.of(HttpStep.post("/sleep?level=2")),
            List.of(
                HttpStep.post("/wake_up?tags=weights"),
                new HttpStep(
                    HttpStep.Method.POST,
                    "/collective_rpc",
                    "{\"method\":\"reload_weights\"}",
                    200,
                    HttpStep.DEFAULT_TIMEOUT,
                    0),
                HttpStep.post("/wake_up?tags=kv_cache")),
            List.of(HttpStep.get("/v1/models")),
            RuntimeTimeouts.DEFAULT,
            null));
  }
}
