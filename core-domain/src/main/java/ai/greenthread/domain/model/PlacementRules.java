package ai.greenthread.domain.model;

import ai.greenthread.domain.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Where the pods may run and what they may use: the parts of a Model that Kubernetes defines. */
final class PlacementRules {
  private static final Pattern IMAGE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}");
  private static final Set<String> GPU_RESOURCES =
      Set.of("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915");

  private final Checks checks;
  private final ModelSpec spec;

  PlacementRules(Checks checks, ModelSpec spec) {
    this.checks = checks;
    this.spec = spec;
  }

  void check() {
    if (!KubernetesNames.isLabelValue(spec.product())) {
      checks.refuse(
          "spec.product",
          spec.product(),
          "must be written as the node label nvidia.com/gpu.product writes it, with hyphens for"
              + " spaces, such as NVIDIA-A40");
    }
    for (Map.Entry<String, String> label : spec.nodeSelector().entrySet()) {
      String field = "spec.nodeSelector[" + label.getKey() + "]";
      if (!KubernetesNames.isQualifiedName(label.getKey())) {
        checks.refuse(field, label.getKey(), "the label's name " + KubernetesNames.QUALIFIED_RULE);
      }
      if (!KubernetesNames.isLabelValue(label.getValue())) {
        checks.refuse(field, label.getValue(), KubernetesNames.LABEL_VALUE_RULE);
      }
    }
    List<Toleration> tolerations = spec.tolerations();
    for (int i = 0; i < tolerations.size(); i++) {
      toleration("spec.tolerations[" + i + "]", tolerations.get(i));
    }
    String account = spec.serviceAccountName();
    if (!account.isEmpty() && !KubernetesNames.isSubdomain(account)) {
      checks.refuse("spec.serviceAccountName", account, KubernetesNames.SUBDOMAIN_RULE);
    }
    image("spec.sidecarImage", spec.sidecarImage());
    image("spec.vllmImage", spec.vllmImage());
    resources(spec.resources());
  }

  private void toleration(String field, Toleration toleration) {
    if (!toleration.key().isEmpty() && !KubernetesNames.isQualifiedName(toleration.key())) {
      checks.refuse(field + ".key", toleration.key(), KubernetesNames.QUALIFIED_RULE);
    }
    if (!KubernetesNames.isLabelValue(toleration.value())) {
      checks.refuse(field + ".value", toleration.value(), KubernetesNames.LABEL_VALUE_RULE);
    }
    switch (toleration.operator()) {
      case EQUAL -> {
        if (toleration.key().isEmpty()) {
          checks.require(
              field + ".key", "must name the taint; for every taint write operator: Exists");
        }
      }
      case EXISTS -> {
        if (!toleration.value().isEmpty()) {
          checks.forbid(field + ".value", "must be empty when the operator is Exists");
        }
      }
    }
    if (toleration.tolerationSeconds().isPresent()
        && toleration.effect() != Toleration.Effect.NO_EXECUTE) {
      checks.forbid(field + ".tolerationSeconds", "is allowed only when the effect is NoExecute");
    }
  }

  private void image(String field, String image) {
    if (!image.isEmpty() && !IMAGE.matcher(image).matches()) {
      checks.refuse(
          field, image, "must be a container image, such as registry.example.com/team/image:tag");
    }
  }

  private void resources(ResourceRequirements resources) {
    amounts("spec.resources.limits", resources.limits());
    amounts("spec.resources.requests", resources.requests());
    resources
        .requests()
        .forEach((name, request) -> {
          Quantity limit = resources.limits().get(name);
          if (limit != null && request.value().compareTo(limit.value()) > 0) {
            checks.refuse(
                "spec.resources.requests[" + name + "]",
                request.toString(),
                "must be at most the limit, which is " + limit);
          }
        });
    if (!resources.claims().isEmpty()) {
      checks.refuse(
          "spec.resources.claims",
          resources.claims().stream()
              .map(ResourceRequirements.Claim::name)
              .collect(Collectors.joining(", ")),
          "claims are not supported yet: no API server takes a container with claims that its pod"
              + " does not make; remove them, and say by spec.parallelism how many GPUs are needed");
    }
  }

  private void amounts(String field, Map<String, Quantity> amounts) {
    amounts.forEach((name, amount) -> {
      String item = field + "[" + name + "]";
      if (!KubernetesNames.isQualifiedName(name)) {
        checks.refuse(item, name, "the resource's name " + KubernetesNames.QUALIFIED_RULE);
      }
      if (amount.isNegative()) {
        checks.refuse(item, amount.toString(), "must not be negative");
      }
      if (GPU_RESOURCES.contains(name)) {
        checks.warn(
            item,
            "sets aside whole GPUs beside those that the engine shares; remove it and use"
                + " spec.parallelism");
      }
    });
  }
}
