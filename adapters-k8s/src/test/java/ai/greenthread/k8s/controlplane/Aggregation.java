package ai.greenthread.k8s.controlplane;

import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.GeneralName;

/**
 * What lets a second server stand behind the API server and serve one group of its resources (its
 * aggregation layer): certificates, flags of both and the objects that announce it.
 */
final class Aggregation {
  static final String SERVICES = "/api/v1/namespaces/default/services";
  static final String API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices";
  static final String API_SERVICE = Resource.VERSION + "." + Resource.GROUP;

  private static final String NAME = "definitions";
  private static final String FRONT = "front-proxy";

  private Aggregation() {}

  /** Who the API server is to the server behind it, and who that one is to the API server. */
  static void issue(Pki pki) throws IOException, GeneralSecurityException {
    pki.issue(FRONT, "CN=" + FRONT);
    pki.issue(
        NAME,
        "CN=" + NAME,
        new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
        new GeneralName(GeneralName.dNSName, NAME + ".default.svc"));
  }

  /** How both tell each other on whose behalf a request comes. */
  private static List<String> requestHeaders(Pki pki) {
    return List.of(
        "--requestheader-client-ca-file=" + pki.file("ca.crt"),
        "--requestheader-allowed-names=" + FRONT,
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-");
  }

  /** What the API server in front is told in addition. */
  static List<String> inFront(Pki pki) {
    List<String> flags = new ArrayList<>(requestHeaders(pki));
    flags.add("--proxy-client-cert-file=" + pki.file(FRONT + ".crt"));
    flags.add("--proxy-client-key-file=" + pki.file(FRONT + ".key"));
    return flags;
  }

  /** The server behind: it asks the API server who may do what and which webhooks there are. */
  static List<String> behind(Pki pki, Path kubeconfig) {
    List<String> flags = new ArrayList<>(requestHeaders(pki));
    flags.add("--client-ca-file=" + pki.file("ca.crt"));
    flags.add("--tls-cert-file=" + pki.file(NAME + ".crt"));
    flags.add("--tls-private-key-file=" + pki.file(NAME + ".key"));
    flags.add("--kubeconfig=" + kubeconfig);
    flags.add("--authentication-kubeconfig=" + kubeconfig);
    flags.add("--authorization-kubeconfig=" + kubeconfig);
    flags.add("--authentication-skip-lookup=true");
    // An old API server in front knows neither of the two kinds of policy, nor today's priorities.
    flags.add("--disable-admission-plugins=ValidatingAdmissionPolicy,MutatingAdmissionPolicy");
    flags.add("--enable-priority-and-fairness=false");
    return flags;
  }

  /** A name for this machine that the API server can look up. */
  static JsonObject service() {
    return Trees.object(
        "apiVersion",
        "v1",
        "kind",
        "Service",
        "metadata",
        Map.of("name", NAME),
        "spec",
        Map.of("type", "ExternalName", "externalName", "localhost"));
  }

  /** From this on the API server leads requests for the group to that port. */
  static JsonObject apiService(Pki pki, int port) throws IOException {
    byte[] authority = Files.readAllBytes(pki.file("ca.crt"));
    return Trees.object(
        "apiVersion",
        "apiregistration.k8s.io/v1",
        "kind",
        "APIService",
        "metadata",
        Map.of("name", API_SERVICE),
        "spec",
        Map.of(
            "group",
            Resource.GROUP,
            "version",
            Resource.VERSION,
            "groupPriorityMinimum",
            1000,
            "versionPriority",
            15,
            "caBundle",
            Base64.getEncoder().encodeToString(authority),
            "service",
            Map.of("namespace", "default", "name", NAME, "port", port)));
  }
}
