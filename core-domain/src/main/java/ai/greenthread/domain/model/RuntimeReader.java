package ai.greenthread.domain.model;

import ai.greenthread.domain.Quantity;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code spec.runtime}. Every field is read whatever the type is, so that its value is
 * checked; one that the type does not know is then refused by name.
 */
final class RuntimeReader {
  private static final Map<String, Set<RuntimeType>> ONLY_FOR =
      Map.of(
          "modelFile", EnumSet.of(RuntimeType.LLAMACPP, RuntimeType.BUILTIN),
          "command", EnumSet.of(RuntimeType.VLLM, RuntimeType.LLAMACPP, RuntimeType.COMMAND),
          "url", EnumSet.of(RuntimeType.VLLM, RuntimeType.COMMAND),
          "healthPath", EnumSet.of(RuntimeType.VLLM, RuntimeType.LLAMACPP, RuntimeType.COMMAND),
          "sleepLevel", EnumSet.of(RuntimeType.VLLM, RuntimeType.SIMULATED),
          "sleepSteps", EnumSet.of(RuntimeType.COMMAND),
          "wakeSteps", EnumSet.of(RuntimeType.COMMAND),
          "verifySteps", EnumSet.of(RuntimeType.COMMAND),
          "options", EnumSet.of(RuntimeType.SIMULATED));

  private final Collector collector;
  private final Fields fields;

  RuntimeReader(Collector collector, Fields fields) {
    this.collector = collector;
    this.fields = fields;
  }

  RuntimeSpec read() {
    RuntimeType type = fields.choiceOrNull("type", RuntimeType.class);
    String modelFile = fields.text("modelFile", "");
    List<String> command = fields.texts("command");
    Map<String, String> env = fields.unshownTexts("env");
    String url = fields.text("url", "");
    String healthPath = fields.text("healthPath", RuntimeSpec.DEFAULT_HEALTH_PATH);
    SleepLevel sleepLevel = fields.choice("sleepLevel", SleepLevel.class, SleepLevel.AUTO);
    List<HttpStep> sleepSteps = steps("sleepSteps");
    List<HttpStep> wakeSteps = steps("wakeSteps");
    List<HttpStep> verifySteps = steps("verifySteps");
    Map<String, String> options = fields.unshownTexts("options");
    Quantity memory = fields.quantityOrNull("memory");
    RuntimeTimeouts timeouts =
        new RuntimeTimeouts(
            fields.duration("startTimeout", RuntimeTimeouts.DEFAULT.start()),
            fields.duration("wakeTimeout", RuntimeTimeouts.DEFAULT.wake()),
            fields.duration("sleepTimeout", RuntimeTimeouts.DEFAULT.sleep()));
    fields.end();
    refuseForeignFields(type);
    return switch (type == null ? RuntimeType.VLLM : type) {
      case VLLM ->
          new RuntimeSpec.Vllm(command, env, url, healthPath, sleepLevel, timeouts, memory);
      case LLAMACPP ->
          new RuntimeSpec.LlamaCpp(modelFile, command, env, healthPath, timeouts, memory);
      case BUILTIN -> new RuntimeSpec.Builtin(modelFile, env, timeouts, memory);
      case COMMAND ->
          new RuntimeSpec.Command(
              command, env, url, healthPath, sleepSteps, wakeSteps, verifySteps, timeouts, memory);
      case SIMULATED -> new RuntimeSpec.Simulated(options, env, sleepLevel, timeouts, memory);
    };
  }

  private List<HttpStep> steps(String name) {
    List<HttpStep> steps = new ArrayList<>();
    for (Fields step : fields.objects(name)) {
      steps.add(
          new HttpStep(
              step.choice("method", HttpStep.Method.class, HttpStep.DEFAULT_METHOD),
              step.requiredText("path", "must be a path on the server, such as /sleep"),
              step.text("body", ""),
              step.integer("expectStatus", HttpStep.DEFAULT_STATUS),
              step.duration("timeout", HttpStep.DEFAULT_TIMEOUT),
              step.integer("retries", 0)));
      step.end();
    }
    return steps;
  }

  /** Says nothing where the type itself was refused: what belongs to it cannot be known. */
  private void refuseForeignFields(@Nullable RuntimeType given) {
    if (given == null && fields.has("type")) {
      return;
    }
    RuntimeType type = given == null ? RuntimeType.VLLM : given;
    for (String name : ONLY_FOR.keySet().stream().sorted().toList()) {
      Set<RuntimeType> knows = ONLY_FOR.getOrDefault(name, Set.of());
      if (fields.has(name) && !knows.contains(type)) {
        String types = knows.stream().map(Named::wireName).collect(Collectors.joining(", "));
        collector.add(
            Violation.forbidden(
                fields.path(name),
                "means nothing to runtime type " + type.wireName() + ", only to " + types));
      }
    }
  }
}
