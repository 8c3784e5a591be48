package ai.greenthread.http.runtime;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.ServerCommand;
import ai.greenthread.http.runtime.ManagedServer.CommandLine;
import ai.greenthread.http.runtime.ManagedServer.Launch;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Makes the runtime that a Model asks for. */
public final class Runtimes {
  private static final URI NOT_STARTED = URI.create("http://127.0.0.1:9");
  private static final String USER_COMMAND = "spec.runtime.command";
  private static final String OWN_COMMAND = "part of GreenThread";
  private static final String LOOPBACK = "127.0.0.1";
  private static final String ALLOCATOR = "PYTORCH_CUDA_ALLOC_CONF";

  private final RuntimeHost host;

  public Runtimes(RuntimeHost host) {
    this.host = host;
  }

  /** A runtime for one replica; nothing is started yet. */
  public InferenceRuntime create(Model model, ServerHome home) {
    return AttachedRuntime.of(model, host.http()).orElseGet(() -> managed(model, home));
  }

  private InferenceRuntime managed(Model model, ServerHome home) {
    return switch (model.spec().runtime()) {
      case RuntimeSpec.Vllm vllm -> vllm(model, vllm, home);
      case RuntimeSpec.LlamaCpp llama -> llamaCpp(model, llama, home);
      case RuntimeSpec.Builtin builtin -> builtin(model, builtin, home);
      case RuntimeSpec.Command command -> command(model, command, home);
      case RuntimeSpec.Simulated simulated -> simulated(model, simulated, home);
    };
  }

  private InferenceRuntime vllm(Model model, RuntimeSpec.Vllm spec, ServerHome home) {
    CommandLine start =
        (port, devices) -> {
          List<String> command =
              spec.command().isEmpty()
                  ? ServerCommand.vllm(executable("vllm"), model, place(port, devices))
                  : ServerCommand.filled(spec.command(), model, place(port, devices));
          var environment = new HashMap<String, String>();
          environment.put("VLLM_SERVER_DEV_MODE", "1");
          environment.putAll(visible(devices));
          environment.putAll(spec.env());
          refuseExpandableSegments(environment);
          return new Launch(command, environment, USER_COMMAND);
        };
    var client = new AdminClient(host.http(), NOT_STARTED);
    return new VllmRuntime(
        model,
        new VllmAdmin(client, spec.sleepLevel()),
        client,
        managed(home, client, start, spec.healthPath()));
  }

  private InferenceRuntime simulated(Model model, RuntimeSpec.Simulated spec, ServerHome home) {
    CommandLine start =
        (port, devices) -> {
          List<String> command =
              ServerCommand.simulated(host.simulatedCommand(), model, spec, place(port, devices));
          return new Launch(command, spec.env(), OWN_COMMAND);
        };
    var client = new AdminClient(host.http(), NOT_STARTED);
    return new VllmRuntime(
        model,
        new VllmAdmin(client, spec.sleepLevel()),
        client,
        managed(home, client, start, RuntimeSpec.DEFAULT_HEALTH_PATH));
  }

  private InferenceRuntime llamaCpp(Model model, RuntimeSpec.LlamaCpp spec, ServerHome home) {
    CommandLine start =
        (port, devices) -> {
          List<String> command =
              spec.command().isEmpty()
                  ? llamaServer(model, spec, place(port, devices))
                  : ServerCommand.filled(spec.command(), model, place(port, devices));
          var environment = new HashMap<>(visible(devices));
          environment.putAll(spec.env());
          return new Launch(command, environment, USER_COMMAND);
        };
    var client = new AdminClient(host.http(), NOT_STARTED);
    return new ProcessRuntime(model, client, managed(home, client, start, spec.healthPath()));
  }

  private List<String> llamaServer(
      Model model, RuntimeSpec.LlamaCpp spec, ServerCommand.Place place) throws RuntimeFailure {
    // Small models on shared cores run many times slower when threads spin at barriers.
    List<String> computing =
        host.virtualGpus()
            ? List.of("--threads", "1", "--gpu-layers", "0")
            : List.of("--gpu-layers", "999");
    return ServerCommand.llamaServer(
        executable("llama-server"), model, modelFile(spec.modelFile()), computing, place);
  }

  private InferenceRuntime builtin(Model model, RuntimeSpec.Builtin spec, ServerHome home) {
    CommandLine start =
        (port, devices) -> {
          List<String> command =
              ServerCommand.builtin(
                  host.builtinCommand(), model, modelFile(spec.modelFile()), place(port, devices));
          return new Launch(command, spec.env(), OWN_COMMAND);
        };
    var client = new AdminClient(host.http(), NOT_STARTED);
    return new ProcessRuntime(
        model, client, managed(home, client, start, RuntimeSpec.DEFAULT_HEALTH_PATH));
  }

  private InferenceRuntime command(Model model, RuntimeSpec.Command spec, ServerHome home) {
    CommandLine start =
        (port, devices) -> {
          var environment = new HashMap<>(visible(devices));
          environment.putAll(spec.env());
          return new Launch(
              ServerCommand.filled(spec.command(), model, place(port, devices)),
              environment,
              USER_COMMAND);
        };
    var client = new AdminClient(host.http(), NOT_STARTED);
    ManagedServer server = managed(home, client, start, spec.healthPath());
    return spec.sleepSteps().isEmpty()
        ? new ProcessRuntime(model, client, server)
        : new StepsRuntime(client, server, AttachedRuntime.steps(spec));
  }

  private ManagedServer managed(
      ServerHome home, AdminClient client, CommandLine start, String healthPath) {
    return new ManagedServer(home, client, start, healthPath, host.meter());
  }

  /** With them vLLM's sleep frees nothing at all (vLLM issue 11743). */
  private static void refuseExpandableSegments(Map<String, String> environment)
      throws RuntimeFailure {
    String allocator =
        environment.getOrDefault(
            ALLOCATOR, Optional.ofNullable(System.getenv(ALLOCATOR)).orElse(""));
    if (allocator.replace(" ", "").contains("expandable_segments:True")) {
      throw new RuntimeFailure(
          ALLOCATOR
              + " has expandable_segments:True, with which a sleeping vLLM gives no memory back:"
              + " take it out of spec.runtime.env or of the engine's own environment");
    }
  }

  private String modelFile(String path) throws RuntimeFailure {
    Path file = host.modelFolder().resolve(path).normalize();
    if (!Files.isReadable(file)) {
      throw new RuntimeFailure(
          "there is no readable model file " + file + ": correct spec.runtime.modelFile");
    }
    return file.toString();
  }

  private static ServerCommand.Place place(int port, List<GpuId> devices) {
    return new ServerCommand.Place(LOOPBACK, Integer.toString(port), indices(devices));
  }

  /**
   * Ours are the driver's indices, in the order of the PCI bus; CUDA would count the fastest device
   * first. Indices and not UUIDs, because vLLM reads them as numbers.
   */
  private Map<String, String> visible(List<GpuId> devices) {
    return host.virtualGpus()
        ? Map.of()
        : Map.of("CUDA_DEVICE_ORDER", "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES", indices(devices));
  }

  private static String indices(List<GpuId> devices) {
    return devices.stream()
        .map(device -> Integer.toString(device.index()))
        .collect(Collectors.joining(","));
  }

  private static String executable(String name) throws RuntimeFailure {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    for (String folder : path.split(File.pathSeparator, -1)) {
      Path file = Path.of(folder, name);
      if (!folder.isEmpty() && Files.isExecutable(file)) {
        return file.toString();
      }
    }
    throw new RuntimeFailure(
        name + " is not on the PATH; install it, or name it in spec.runtime.command");
  }
}
