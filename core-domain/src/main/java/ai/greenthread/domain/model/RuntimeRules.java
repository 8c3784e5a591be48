package ai.greenthread.domain.model;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code spec.runtime}: what each inference server needs, and what is known to break it. */
final class RuntimeRules {
  private static final String RUNTIME = "spec.runtime";
  private static final Set<String> PLACEHOLDERS = Set.of("port", "model", "devices");
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z_]+)}");
  static final String VARIABLE_RULE =
      "a variable's name must consist of letters, digits and underscores and not start with a"
          + " digit";

  /** Variables without which a server cannot be put to sleep, or is found on other devices. */
  static final Set<String> FIXED =
      Set.of(
          "VLLM_SERVER_DEV_MODE",
          "CUDA_VISIBLE_DEVICES",
          "NVIDIA_VISIBLE_DEVICES",
          "HIP_VISIBLE_DEVICES");

  static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Pattern OPTION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
  private static final Pattern EXPANDABLE = Pattern.compile("expandable_segments\\s*:\\s*true");

  /** Variables in which PyTorch's allocator is told how to take memory. */
  static final Set<String> ALLOCATOR_VARIABLES =
      Set.of("PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF", "PYTORCH_HIP_ALLOC_CONF");

  private static final Set<String> DEVICE_VARIABLES =
      Set.of("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES");
  private static final int MOST_RETRIES = 100;
  private static final Duration LONGEST_STEP = Duration.ofHours(1);

  private final Checks checks;
  private final ModelSpec spec;

  RuntimeRules(Checks checks, ModelSpec spec) {
    this.checks = checks;
    this.spec = spec;
  }

  void check() {
    RuntimeSpec runtime = spec.runtime();
    switch (runtime) {
      case RuntimeSpec.Vllm vllm -> vllm(vllm);
      case RuntimeSpec.LlamaCpp llamaCpp -> {
        modelFile(llamaCpp.modelFile());
        command(llamaCpp.command(), "");
        path(RUNTIME + ".healthPath", llamaCpp.healthPath());
      }
      case RuntimeSpec.Builtin builtin -> modelFile(builtin.modelFile());
      case RuntimeSpec.Command command -> command(command);
      case RuntimeSpec.Simulated simulated -> simulated.options().keySet().forEach(this::option);
    }
    environment(runtime.env());
    timeouts(runtime);
    runtime
        .memory()
        .filter(memory -> !memory.isPositive())
        .ifPresent(memory ->
            checks.refuse(
                RUNTIME + ".memory",
                memory.toString(),
                "must be more than nothing, such as 16Gi; leave it out to have it measured"));
    switch (runtime.type()) {
      // The simulator imitates vLLM, so vLLM's fields are not out of place there.
      case VLLM, SIMULATED -> {}
      case LLAMACPP, BUILTIN, COMMAND -> fieldsOfVllm(runtime.type().wireName());
    }
  }

  private void vllm(RuntimeSpec.Vllm vllm) {
    path(RUNTIME + ".healthPath", vllm.healthPath());
    command(vllm.command(), vllm.url());
    if (!vllm.url().isEmpty()) {
      attached(vllm.url(), vllm.env());
      declared(vllm);
      if (!vllm.command().isEmpty()) {
        checks.forbid(
            RUNTIME + ".command",
            "nothing is started when spec.runtime.url names a running server; keep one of the two");
      }
      if (!spec.extraArgs().isEmpty()) {
        checks.warn("spec.extraArgs", "has no effect on a server that already runs");
      }
    }
    vllm.env().forEach(this::dangerousForVllm);
  }

  private void command(RuntimeSpec.Command command) {
    path(RUNTIME + ".healthPath", command.healthPath());
    command(command.command(), command.url());
    boolean starts = !command.command().isEmpty();
    if (!starts && command.url().isEmpty()) {
      checks.require(
          RUNTIME + ".command",
          "must be the command that starts the server, item by item; or give spec.runtime.url for"
              + " one that already runs");
    }
    if (!command.url().isEmpty()) {
      attached(command.url(), starts ? Map.of() : command.env());
      if (!starts) {
        declared(command);
      }
    }
    steps("sleepSteps", command.sleepSteps());
    steps("wakeSteps", command.wakeSteps());
    steps("verifySteps", command.verifySteps());
    boolean sleeps = !command.sleepSteps().isEmpty();
    boolean wakes = !command.wakeSteps().isEmpty();
    if (sleeps != wakes) {
      checks.require(
          RUNTIME + (sleeps ? ".wakeSteps" : ".sleepSteps"),
          "sleepSteps and wakeSteps belong together; without both the server sleeps by being"
              + " stopped");
    } else if (!sleeps && !starts && !command.url().isEmpty() && !spec.fairness().popular()) {
      checks.require(
          RUNTIME + ".sleepSteps",
          "a server that was not started here cannot be stopped to free its GPU; give sleepSteps"
              + " and wakeSteps, or set spec.fairness.popular: true");
    }
  }

  private void modelFile(String modelFile) {
    String field = RUNTIME + ".modelFile";
    if (modelFile.isBlank()) {
      checks.require(field, "must be the path of a GGUF file");
    } else if (!modelFile.toLowerCase(Locale.ROOT).endsWith(".gguf")) {
      checks.warn(field, "does not end with .gguf; this runtime reads GGUF files only");
    }
  }

  /** Items are never shown: an argument may be a secret. */
  private void command(List<String> command, String url) {
    for (int i = 0; i < command.size(); i++) {
      String field = RUNTIME + ".command[" + i + "]";
      if (command.get(i).isEmpty()) {
        checks.require(field, "must not be empty; remove the item");
      }
      Matcher placeholder = PLACEHOLDER.matcher(command.get(i));
      while (placeholder.find()) {
        String name = placeholder.group(1);
        if (!PLACEHOLDERS.contains(name)) {
          String meant =
              Suggestions.closest(name, PLACEHOLDERS)
                  .map(closest -> "; did you mean {" + closest + "}?")
                  .orElse("");
          checks.warn(field, "{" + name + "} is passed on as it stands" + meant);
        }
      }
    }
    if (!command.isEmpty()
        && url.isEmpty()
        && command.stream().noneMatch(item -> item.contains("{port}"))) {
      checks.warn(
          RUNTIME + ".command",
          "does not contain {port}, so the server may listen where nobody looks");
    }
  }

  private void attached(String url, Map<String, String> env) {
    Urls.problem(url).ifPresent(problem -> checks.refuseUnshown(RUNTIME + ".url", problem));
    if (spec.replicas() > 1) {
      checks.refuse(
          "spec.replicas", spec.replicas(), "must be at most 1: spec.runtime.url is one server");
    }
    if (!spec.env().isEmpty()) {
      checks.warn("spec.env", "has no effect on a server that already runs");
    }
    if (!env.isEmpty()) {
      checks.warn(RUNTIME + ".env", "has no effect on a server that already runs");
    }
  }

  /** Nobody measures a server that was not started here. */
  private void declared(RuntimeSpec attached) {
    if (attached.memory().isEmpty()) {
      checks.require(
          RUNTIME + ".memory",
          "must say what the server at spec.runtime.url holds on each GPU while it is awake, such"
              + " as 20Gi: only servers that were started here can be measured");
    }
  }

  private void dangerousForVllm(String name, String value) {
    String field = RUNTIME + ".env[" + name + "]";
    if (ALLOCATOR_VARIABLES.contains(name)
        && EXPANDABLE.matcher(value.toLowerCase(Locale.ROOT)).find()) {
      checks.forbid(
          field,
          "expandable_segments:True keeps vLLM from giving back any memory when it sleeps; remove"
              + " it");
    }
    if (name.equals("VLLM_SERVER_DEV_MODE") && !value.equals("1")) {
      checks.forbid(field, "vLLM can be put to sleep only when it is 1; remove it");
    }
  }

  private void environment(Map<String, String> env) {
    for (String name : env.keySet()) {
      String field = RUNTIME + ".env[" + name + "]";
      if (!VARIABLE.matcher(name).matches()) {
        checks.refuse(field, name, VARIABLE_RULE);
      } else if (DEVICE_VARIABLES.contains(name)) {
        checks.warn(field, "the engine chooses the devices and may overwrite it; remove it");
      } else if (EngineVariables.holds(name)) {
        checks.warn(field, EngineVariables.RULE + ", and may be overwritten; choose another");
      }
    }
  }

  private void option(String name) {
    if (!OPTION.matcher(name).matches()) {
      checks.refuse(
          RUNTIME + ".options[" + name + "]",
          name,
          "an option's name is written without leading hyphens, such as load-time");
    }
  }

  private void steps(String name, List<HttpStep> steps) {
    for (int i = 0; i < steps.size(); i++) {
      HttpStep step = steps.get(i);
      String field = RUNTIME + "." + name + "[" + i + "]";
      path(field + ".path", step.path());
      checks.between(field + ".expectStatus", step.expectStatus(), 100, 599);
      checks.between(field + ".retries", step.retries(), 0, MOST_RETRIES);
      checks.positive(field + ".timeout", step.timeout(), LONGEST_STEP);
      if (step.method() == HttpStep.Method.GET && !step.body().isEmpty()) {
        checks.warn(field + ".body", "most servers ignore the body of a GET; use method: POST");
      }
    }
  }

  private void path(String field, String path) {
    boolean plain = path.chars().allMatch(c -> c > ' ' && c < 127 && c != '#');
    if (!path.startsWith("/") || !plain) {
      checks.refuse(
          field,
          path,
          "must be a path on the server: it starts with '/', is ASCII and has neither spaces nor"
              + " '#'");
    }
  }

  private void timeouts(RuntimeSpec runtime) {
    RuntimeTimeouts timeouts = runtime.timeouts();
    checks.positive(RUNTIME + ".startTimeout", timeouts.start(), Checks.LONGEST);
    checks.positive(RUNTIME + ".wakeTimeout", timeouts.wake(), Checks.LONGEST);
    checks.positive(RUNTIME + ".sleepTimeout", timeouts.sleep(), Checks.LONGEST);
  }

  private void fieldsOfVllm(String type) {
    ModelSpec plain = ModelSpec.of(spec.modelName());
    noEffect(type, "spec.dtype", spec.dtype() != plain.dtype());
    noEffect(type, "spec.loadFormat", spec.loadFormat() != plain.loadFormat());
    noEffect(type, "spec.quantization", spec.quantization() != plain.quantization());
    boolean share = spec.gpuMemoryUtilization().compareTo(plain.gpuMemoryUtilization()) != 0;
    noEffect(type, "spec.gpuMemoryUtilization", share);
    noEffect(type, "spec.lora", spec.lora().enabled());
    noEffect(type, "spec.kvCache", spec.kvCache().enabled());
  }

  private void noEffect(String type, String field, boolean given) {
    if (given) {
      checks.warn(field, "has no effect with runtime type " + type);
    }
  }
}
