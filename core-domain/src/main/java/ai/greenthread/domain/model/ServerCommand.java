package ai.greenthread.domain.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Argument vectors of the inference servers that the engine knows how to start, the same whether a
 * process or a pod is made of them. Host and port are texts, since a pod's may be variables.
 */
public final class ServerCommand {
  private ServerCommand() {}

  /**
   * Where a server listens and on what it computes.
   *
   * @param host address to listen on
   * @param port port to listen on
   * @param devices indices of its GPUs as the server counts them, separated by commas
   */
  public record Place(String host, String port, String devices) {}

  /** {@code vllm serve} with sleep mode on. */
  public static List<String> vllm(String program, Model model, Place place) {
    ModelSpec spec = model.spec();
    List<String> command = new ArrayList<>(List.of(program, "serve", spec.modelName()));
    listen(command, place);
    command.add("--enable-sleep-mode");
    command.addAll(List.of("--dtype", spec.dtype().wireName()));
    command.addAll(
        List.of("--gpu-memory-utilization", spec.gpuMemoryUtilization().toPlainString()));
    command.addAll(
        List.of("--tensor-parallel-size", Integer.toString(spec.parallelism().tensor())));
    command.addAll(
        List.of("--pipeline-parallel-size", Integer.toString(spec.parallelism().pipeline())));
    if (spec.quantization() != Quantization.NONE) {
      command.addAll(List.of("--quantization", spec.quantization().wireName()));
    }
    if (spec.lora().enabled()) {
      command.add("--enable-lora");
      command.addAll(List.of("--max-lora-rank", Integer.toString(spec.lora().maxRank())));
    }
    command.addAll(spec.extraArgs());
    return command;
  }

  /**
   * llama.cpp's server.
   *
   * @param computing where it computes: threads and layers on the GPU
   */
  public static List<String> llamaServer(
      String program, Model model, String modelFile, List<String> computing, Place place) {
    List<String> command = new ArrayList<>(List.of(program));
    listen(command, place);
    command.addAll(List.of("--model", modelFile));
    command.addAll(List.of("--alias", model.spec().modelName(), "--metrics"));
    command.addAll(computing);
    command.addAll(model.spec().extraArgs());
    return command;
  }

  /** The server that comes with GreenThread. */
  public static List<String> builtin(
      List<String> program, Model model, String modelFile, Place place) {
    List<String> command = new ArrayList<>(program);
    listen(command, place);
    command.addAll(List.of("--model", modelFile));
    command.addAll(List.of("--served-model-name", model.spec().modelName()));
    command.addAll(model.spec().extraArgs());
    return command;
  }

  /** The simulated vLLM. */
  public static List<String> simulated(
      List<String> program, Model model, RuntimeSpec.Simulated spec, Place place) {
    List<String> command = new ArrayList<>(program);
    listen(command, place);
    command.addAll(List.of("--served-model-name", model.spec().modelName()));
    command.addAll(List.of("--devices", place.devices()));
    spec.options()
        .forEach((name, value) -> {
          command.add("--" + name);
          if (!value.isEmpty()) {
            command.add(value);
          }
        });
    return command;
  }

  /** A user's own command with its placeholders filled. */
  public static List<String> filled(List<String> command, Model model, Place place) {
    return command.stream()
        .map(token ->
            token
                .replace("{port}", place.port())
                .replace("{model}", model.spec().modelName())
                .replace("{devices}", place.devices()))
        .toList();
  }

  private static void listen(List<String> command, Place place) {
    command.addAll(List.of("--host", place.host(), "--port", place.port()));
  }
}
