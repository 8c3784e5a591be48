package ai.greenthread.k8s.admission;

import java.time.Duration;
import java.util.List;

/**
 * How certificates are made and when they are replaced.
 *
 * @param namespace where the Secret is kept
 * @param names DNS names and IP addresses under which the API server reaches the webhook
 * @param life from making to expiry
 * @param renewBefore time before expiry at which a successor is made
 * @param overlap how long a successor's authority is trusted before it serves, and how long a
 *     predecessor's is trusted after it has; more than any replica takes to look again
 */
public record CertificateSettings(
    String namespace, List<String> names, Duration life, Duration renewBefore, Duration overlap) {
  /** The Secret that all replicas share. */
  public static final String SECRET = "greenthread-webhook-certificate";

  public CertificateSettings {
    names = List.copyOf(names);
    if (names.isEmpty()) {
      throw new IllegalArgumentException("a certificate needs a name");
    }
    if (!overlap.isPositive()
        || renewBefore.compareTo(overlap.multipliedBy(2)) < 0
        || life.compareTo(renewBefore) <= 0) {
      throw new IllegalArgumentException(
          "overlap, twice at most renewBefore, and that less than life, not "
              + overlap
              + ", "
              + renewBefore
              + ", "
              + life);
    }
  }

  /** 90 days, a successor 30 days before the end, an hour of overlap. */
  public static CertificateSettings usual(String namespace, List<String> names) {
    return new CertificateSettings(
        namespace, names, Duration.ofDays(90), Duration.ofDays(30), Duration.ofHours(1));
  }

  /** The names of a Service in a cluster. */
  public static List<String> namesOf(String service, String namespace) {
    String inNamespace = service + "." + namespace;
    return List.of(inNamespace + ".svc", inNamespace, inNamespace + ".svc.cluster.local");
  }
}
