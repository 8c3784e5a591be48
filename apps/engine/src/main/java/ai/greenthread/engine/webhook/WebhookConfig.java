package ai.greenthread.engine.webhook;

import ai.greenthread.k8s.admission.CertificateSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What one webhook process is told.
 *
 * @param systemNamespace where the Secret with its certificate is kept, and its Service
 * @param service name of its Service
 * @param extraNames further names and addresses under which API servers reach it
 * @param host address to listen on
 * @param port port to listen on, 0 for any free one
 * @param lookPeriod between two looks at the certificate
 * @param leaveDelay from the order to end until it listens no more, for the network to learn of it
 * @param apiTimeout longest time for one call to the API server; below the API server's own
 *     patience with the webhook, 10 s
 */
public record WebhookConfig(
    String systemNamespace,
    String service,
    List<String> extraNames,
    String host,
    int port,
    Duration lookPeriod,
    Duration leaveDelay,
    Duration apiTimeout) {
  public WebhookConfig {
    extraNames = List.copyOf(extraNames);
    if (systemNamespace.isBlank() || service.isBlank()) {
      throw new IllegalArgumentException("the webhook needs its namespace and its Service's name");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("--port is no port: " + port);
    }
    if (!lookPeriod.isPositive() || lookPeriod.compareTo(Duration.ofMinutes(10)) > 0) {
      throw new IllegalArgumentException("--look-period must be longer than 0s and at most 10m");
    }
    if (leaveDelay.isNegative() || leaveDelay.compareTo(Duration.ofMinutes(1)) > 0) {
      throw new IllegalArgumentException("--leave-delay must be from 0s to 1m");
    }
    if (!apiTimeout.isPositive()) {
      throw new IllegalArgumentException("--api-timeout must be longer than 0s");
    }
  }

  /** How its certificate is made. */
  CertificateSettings certificates() {
    List<String> names = new ArrayList<>(CertificateSettings.namesOf(service, systemNamespace));
    names.addAll(extraNames);
    return CertificateSettings.usual(systemNamespace, names);
  }
}
