package ai.greenthread.k8s.ingress;

import java.util.List;
import java.util.Locale;

/**
 * Where requests for a host and a path go.
 *
 * @param host a name, {@code *.name} or empty for every host
 * @param path with its leading slash
 * @param exact whether only that very path fits, or all below it too
 * @param backends one is taken for each request, by weight
 */
record Rule(String host, String path, boolean exact, List<Backend> backends) {
  Rule {
    host = host.toLowerCase(Locale.ROOT);
    backends = List.copyOf(backends);
  }

  /**
   * A port of a Service.
   *
   * @param port its name or number
   */
  record Backend(String namespace, String service, String port, int weight) {}

  boolean fits(String wantedHost, String wantedPath) {
    boolean hostFits =
        host.isEmpty()
            || host.equals(wantedHost)
            || (host.startsWith("*.") && wantedHost.endsWith(host.substring(1)));
    if (!hostFits) {
      return false;
    }
    if (exact || path.equals(wantedPath)) {
      return path.equals(wantedPath);
    }
    // Whole elements count: /a does not fit /ab.
    String prefix = path.endsWith("/") ? path : path + "/";
    return wantedPath.startsWith(prefix) || prefix.equals(wantedPath + "/");
  }

  /** A higher one wins over a lower one: named hosts, exact paths, then longer paths. */
  int rank() {
    int byHost = host.isEmpty() ? 0 : host.startsWith("*.") ? 1 : 2;
    return (byHost * 2 + (exact ? 1 : 0)) * 10_000 + Math.min(path.length(), 9_999);
  }
}
