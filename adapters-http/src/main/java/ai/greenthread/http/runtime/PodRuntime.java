package ai.greenthread.http.runtime;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.util.List;

/**
 * The runtime of a Model whose server is in the other container of this pod, or which names one
 * that somebody else runs.
 */
public final class PodRuntime {
  private final Launcher launcher;
  private final InferenceRuntime runtime;

  /**
   * The runtime that a Model asks for; nothing is started yet.
   *
   * @param devices of the pod
   */
  public PodRuntime(Model model, List<GpuId> devices, PodHost host) {
    this.launcher = new Launcher(host.run());
    this.runtime =
        AttachedRuntime.of(model, host.http()).orElseGet(() -> managed(model, devices, host));
  }

  private InferenceRuntime managed(Model model, List<GpuId> devices, PodHost host) {
    var client = new AdminClient(host.http(), host.server());
    return switch (model.spec().runtime()) {
      case RuntimeSpec.Vllm vllm ->
          new VllmRuntime(
              model,
              new VllmAdmin(client, vllm.sleepLevel()),
              client,
              server(client, vllm.healthPath(), devices, host));
      case RuntimeSpec.Simulated simulated ->
          new VllmRuntime(
              model,
              new VllmAdmin(client, simulated.sleepLevel()),
              client,
              server(client, RuntimeSpec.DEFAULT_HEALTH_PATH, devices, host));
      case RuntimeSpec.LlamaCpp llama ->
          new ProcessRuntime(model, client, server(client, llama.healthPath(), devices, host));
      case RuntimeSpec.Builtin _ ->
          new ProcessRuntime(
              model, client, server(client, RuntimeSpec.DEFAULT_HEALTH_PATH, devices, host));
      case RuntimeSpec.Command own when own.sleepSteps().isEmpty() ->
          new ProcessRuntime(model, client, server(client, own.healthPath(), devices, host));
      case RuntimeSpec.Command own ->
          new StepsRuntime(
              client, server(client, own.healthPath(), devices, host), AttachedRuntime.steps(own));
    };
  }

  private PodServer server(
      AdminClient client, String healthPath, List<GpuId> devices, PodHost host) {
    return new PodServer(launcher, client, healthPath, devices, host.meter());
  }

  /** How the sidecar talks to it. */
  public InferenceRuntime runtime() {
    return runtime;
  }

  /** Ends the other container; for the end of the pod, when nothing is in flight any more. */
  public void exit() {
    launcher.exit();
  }
}
