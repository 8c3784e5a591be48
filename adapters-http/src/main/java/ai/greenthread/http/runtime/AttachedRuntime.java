package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.Quantity;
import ai.greenthread.domain.model.HttpStep;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.Optional;

/** The runtime of a Model that names a server which somebody else runs. */
final class AttachedRuntime {
  private AttachedRuntime() {}

  /** Empty where the Model names none. */
  static Optional<InferenceRuntime> of(Model model, HttpClient http) {
    return switch (model.spec().runtime()) {
      case RuntimeSpec.Vllm vllm when !vllm.url().isEmpty() -> Optional.of(vllm(model, vllm, http));
      case RuntimeSpec.Command own when !own.url().isEmpty() -> Optional.of(steps(own, http));
      case RuntimeSpec.Vllm _,
          RuntimeSpec.Command _,
          RuntimeSpec.LlamaCpp _,
          RuntimeSpec.Builtin _,
          RuntimeSpec.Simulated _ ->
          Optional.empty();
    };
  }

  private static InferenceRuntime vllm(Model model, RuntimeSpec.Vllm spec, HttpClient http) {
    var client = new AdminClient(http, URI.create(spec.url()));
    var admin = new VllmAdmin(client, spec.sleepLevel());
    var server =
        new AttachedServer(
            client, spec.healthPath(), declared(spec), limit -> admin.sleep(Deadline.in(limit)));
    return new VllmRuntime(model, admin, client, server);
  }

  private static InferenceRuntime steps(RuntimeSpec.Command spec, HttpClient http) {
    var client = new AdminClient(http, URI.create(spec.url()));
    var server =
        new AttachedServer(
            client,
            spec.healthPath(),
            declared(spec),
            limit -> {
              Deadline deadline = Deadline.in(limit);
              for (HttpStep step : spec.sleepSteps()) {
                client.step(step, deadline);
              }
            });
    return new StepsRuntime(client, server, steps(spec));
  }

  static StepsRuntime.Steps steps(RuntimeSpec.Command spec) {
    return new StepsRuntime.Steps(spec.sleepSteps(), spec.wakeSteps(), spec.verifySteps());
  }

  private static Bytes declared(RuntimeSpec spec) {
    return spec.memory().map(Quantity::bytes).orElse(Bytes.ofMiB(1));
  }
}
