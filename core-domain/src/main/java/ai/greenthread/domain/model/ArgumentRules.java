package ai.greenthread.domain.model;

import java.util.List;
import java.util.Map;

/**
 * {@code spec.extraArgs}. What the arguments mean is the inference server's affair; said here is
 * only what cannot have been meant. Arguments may be secret, so at most the name of a flag is
 * shown.
 */
final class ArgumentRules {
  private static final String CHOSEN = "the engine chooses it; remove it";

  private static final Map<String, String> SET_ELSEWHERE =
      Map.ofEntries(
          Map.entry("--tensor-parallel-size", "use spec.parallelism.tensor"),
          Map.entry("-tp", "use spec.parallelism.tensor"),
          Map.entry("--pipeline-parallel-size", "use spec.parallelism.pipeline"),
          Map.entry("-pp", "use spec.parallelism.pipeline"),
          Map.entry("--gpu-memory-utilization", "use spec.gpuMemoryUtilization"),
          Map.entry("--dtype", "use spec.dtype"),
          Map.entry("--load-format", "use spec.loadFormat"),
          Map.entry("--enable-lora", "use spec.lora.enabled"),
          Map.entry("--max-lora-rank", "use spec.lora.maxRank"),
          Map.entry("--model", "use spec.modelName"),
          Map.entry("--served-model-name", "requests carry spec.modelName; remove it"),
          Map.entry("--enable-sleep-mode", "the engine sets it; remove it"),
          Map.entry("--host", CHOSEN),
          Map.entry("--port", CHOSEN),
          Map.entry("--uds", CHOSEN));

  private final Checks checks;
  private final ModelSpec spec;

  ArgumentRules(Checks checks, ModelSpec spec) {
    this.checks = checks;
    this.spec = spec;
  }

  void check() {
    List<String> arguments = spec.extraArgs();
    for (int i = 0; i < arguments.size(); i++) {
      item("spec.extraArgs[" + i + "]", arguments.get(i));
    }
  }

  private void item(String field, String argument) {
    if (argument.isBlank()) {
      checks.require(field, "must not be empty; remove the item");
      return;
    }
    int space = argument.indexOf(' ');
    if (argument.startsWith("--") && space > 0) {
      checks.warn(
          field,
          "holds a space after "
              + argument.substring(0, space)
              + ": one item is one argument, so write flag and value as two items");
    }
    if (spec.runtime().type() == RuntimeType.VLLM) {
      String flag = argument.split("[= ]", 2)[0].replace('_', '-');
      String instead = SET_ELSEWHERE.get(flag);
      if (instead != null) {
        checks.warn(field, flag + " is set by the engine and would be given twice; " + instead);
      } else if (flag.equals("--quantization") && spec.quantization() != Quantization.NONE) {
        checks.warn(field, "spec.quantization says so already; keep one of the two");
      }
    }
  }
}
