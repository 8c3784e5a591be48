package ai.greenthread.k8s.render;

import ai.greenthread.domain.model.EnvironmentSource;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.ServerCommand;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The container of a Model's inference server, which starts and ends by the sidecar's order. */
final class ServerContainer {
  private static final String LAUNCHER = launcher();
  private static final String POD_UID = "POD_UID";
  private static final List<String> ENGINE = List.of("greenthread-engine", "runtime");

  private ServerContainer() {}

  /** What runs in the container. */
  private record Server(String image, List<String> command, Map<String, String> environment) {}

  /** The container; empty where the Model names a server that runs elsewhere. */
  static Optional<JsonObject> of(Model model, ReplicaPlace place, RenderSettings settings) {
    return server(model, place, settings)
        .map(server -> {
          JsonObject container =
              Trees.object(
                  "name",
                  Naming.INFERENCE,
                  "image",
                  model.spec().vllmImage().isEmpty() ? server.image() : model.spec().vllmImage(),
                  "command",
                  command(server.command()),
                  "env",
                  environment(model, place, settings, server.environment()),
                  "volumeMounts",
                  List.of(
                      Map.of("name", "run", "mountPath", Naming.RUN_FOLDER),
                      Map.of("name", "shm", "mountPath", "/dev/shm")));
          JsonObject resources = PodTemplate.resources(model.spec().resources());
          if (!resources.isEmpty()) {
            container.add("resources", resources);
          }
          return container;
        });
  }

  private static Optional<Server> server(Model model, ReplicaPlace place, RenderSettings settings) {
    String indices =
        IntStream.range(0, place.devices().size())
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(","));
    var at =
        new ServerCommand.Place(
            "$(GREENTHREAD_LOOPBACK)", Integer.toString(Naming.RUNTIME_PORT), indices);
    return switch (model.spec().runtime()) {
      case RuntimeSpec.Vllm vllm when !vllm.url().isEmpty() -> Optional.empty();
      case RuntimeSpec.Command own when !own.url().isEmpty() -> Optional.empty();
      case RuntimeSpec.Vllm vllm ->
          Optional.of(
              new Server(
                  settings.vllmImage(),
                  vllm.command().isEmpty()
                      ? ServerCommand.vllm("vllm", model, at)
                      : ServerCommand.filled(vllm.command(), model, at),
                  Map.of("VLLM_SERVER_DEV_MODE", "1")));
      case RuntimeSpec.LlamaCpp llama ->
          Optional.of(
              new Server(
                  settings.llamaImage(),
                  llama.command().isEmpty()
                      ? ServerCommand.llamaServer(
                          "llama-server",
                          model,
                          llama.modelFile(),
                          List.of("--gpu-layers", "999"),
                          at)
                      : ServerCommand.filled(llama.command(), model, at),
                  Map.of()));
      case RuntimeSpec.Builtin builtin ->
          Optional.of(
              new Server(
                  settings.sidecarImage(),
                  ServerCommand.builtin(ours("builtin"), model, builtin.modelFile(), at),
                  Map.of()));
      case RuntimeSpec.Simulated simulated ->
          Optional.of(
              new Server(
                  settings.sidecarImage(),
                  // It has no driver that would number its devices anew for it.
                  ServerCommand.simulated(
                      ours("simulated"),
                      model,
                      simulated,
                      new ServerCommand.Place(at.host(), at.port(), nodeIndices(place))),
                  Map.of()));
      case RuntimeSpec.Command own ->
          Optional.of(
              new Server(
                  settings.sidecarImage(),
                  ServerCommand.filled(own.command(), model, at),
                  Map.of()));
    };
  }

  private static String nodeIndices(ReplicaPlace place) {
    return place.devices().stream()
        .map(device -> Integer.toString(device.index()))
        .collect(Collectors.joining(","));
  }

  private static List<String> ours(String kind) {
    List<String> command = new ArrayList<>(ENGINE);
    command.add(kind);
    return command;
  }

  private static List<String> command(List<String> server) {
    // Kubernetes reads $$ as an escaped $.
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", LAUNCHER.replace("$$", "$$$$"), "launch"));
    command.addAll(server);
    return command;
  }

  private static List<Object> environment(
      Model model, ReplicaPlace place, RenderSettings settings, Map<String, String> own) {
    // The launcher lives on these, so whatever the Model says of them does not count.
    Map<String, String> fixed = new LinkedHashMap<>();
    fixed.put("GREENTHREAD_LOOPBACK", "127.0.0.1");
    fixed.put("GREENTHREAD_RUN", Naming.RUN_FOLDER);
    Map<String, String> values = new LinkedHashMap<>(fixed);
    if (settings.selection() == RenderSettings.DeviceSelection.ENV) {
      values.put("NVIDIA_VISIBLE_DEVICES", String.join(",", place.uuids()));
      values.put("NVIDIA_DRIVER_CAPABILITIES", "compute,utility");
    }
    values.put("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
    values.putAll(own);
    values.putAll(model.spec().runtime().env());
    values.putAll(fixed);
    values.remove(POD_UID);
    List<Object> environment = new ArrayList<>();
    for (EnvironmentSource source : model.spec().env()) {
      values.remove(source.name());
      environment.add(
          Trees.object(
              "name",
              source.name(),
              "valueFrom",
              Map.of(
                  source.kind().wireName(),
                  Trees.object("name", source.object(), "key", source.key()))));
    }
    values.forEach((name, value) -> environment.add(Map.of("name", name, "value", value)));
    environment.add(PodTemplate.field(POD_UID, "metadata.uid"));
    return environment;
  }

  private static String launcher() {
    try (InputStream script = ServerContainer.class.getResourceAsStream("/render/launch.sh")) {
      if (script == null) {
        throw new IllegalStateException("/render/launch.sh is not on the class path");
      }
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read /render/launch.sh", e);
    }
  }
}
