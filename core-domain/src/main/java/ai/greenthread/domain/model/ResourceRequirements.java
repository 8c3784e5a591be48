package ai.greenthread.domain.model;

import ai.greenthread.domain.Quantity;
import java.util.List;
import java.util.Map;

/**
 * Processor and memory of the inference container ({@code spec.resources}), as Kubernetes defines
 * it.
 *
 * @param limits most of each resource
 * @param requests what is set aside of each resource
 * @param claims resource claims of the pod that the container uses
 */
public record ResourceRequirements(
    Map<String, Quantity> limits, Map<String, Quantity> requests, List<Claim> claims) {
  public static final ResourceRequirements DEFAULT =
      new ResourceRequirements(Map.of(), Map.of(), List.of());

  /**
   * One claim that the container uses.
   *
   * @param name the claim's name in the pod
   * @param request which request of the claim; empty for all
   */
  public record Claim(String name, String request) {}

  public ResourceRequirements {
    limits = Copies.sorted(limits);
    requests = Copies.sorted(requests);
    claims = List.copyOf(claims);
  }
}
