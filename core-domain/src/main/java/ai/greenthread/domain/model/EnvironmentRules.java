package ai.greenthread.domain.model;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** {@code spec.env}: variables whose values stand in Secrets and ConfigMaps. */
final class EnvironmentRules {
  private static final Pattern KEY = Pattern.compile("[-._a-zA-Z0-9]{1,253}");

  private final Checks checks;
  private final ModelSpec spec;

  EnvironmentRules(Checks checks, ModelSpec spec) {
    this.checks = checks;
    this.spec = spec;
  }

  void check() {
    List<EnvironmentSource> env = spec.env();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < env.size(); i++) {
      EnvironmentSource source = env.get(i);
      String field = "spec.env[" + i + "]";
      if (!source.name().isEmpty()) {
        name(field + ".name", source.name(), names.add(source.name()));
      }
      String from = field + ".valueFrom." + source.kind().wireName();
      if (!source.object().isEmpty() && !KubernetesNames.isSubdomain(source.object())) {
        checks.refuse(from + ".name", source.object(), KubernetesNames.SUBDOMAIN_RULE);
      }
      if (!source.key().isEmpty() && !KEY.matcher(source.key()).matches()) {
        checks.refuse(
            from + ".key", source.key(), "must consist of letters, digits, '-', '_' and '.'");
      }
    }
  }

  private void name(String field, String name, boolean first) {
    if (!RuntimeRules.VARIABLE.matcher(name).matches()) {
      checks.refuse(field, name, RuntimeRules.VARIABLE_RULE);
    } else if (!first) {
      checks.duplicate(field, name, "is given already; remove one of the two");
    } else if (spec.runtime().env().containsKey(name)) {
      checks.duplicate(field, name, "is in spec.runtime.env, too; keep one of the two");
    } else if (RuntimeRules.FIXED.contains(name)) {
      checks.forbid(field, "the engine sets it; remove it");
    } else if (EngineVariables.holds(name)) {
      checks.forbid(field, EngineVariables.RULE + "; choose another");
    } else if (RuntimeRules.ALLOCATOR_VARIABLES.contains(name)
        && spec.runtime() instanceof RuntimeSpec.Vllm vllm
        && vllm.url().isEmpty()) {
      checks.warn(
          field,
          "its value is not seen here; expandable_segments:True in it keeps vLLM from giving back"
              + " any memory when it sleeps");
    }
  }
}
