package ai.greenthread.k8s.node;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.Pki;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API server reaches what runs on stand-in nodes by the addresses that objects give. */
@RealControlPlane(controllers = true)
class ServiceNetworkTest {
  private static final String WEBHOOKS =
      "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

  @Test
  void webhooksAndProxiedRequestsReachTheServicesPods(ControlPlane plane, @TempDir Path folder)
      throws Exception {
    JsonApi api = plane.api();
    String namespace = plane.newNamespace("network");
    Path store = keys(plane.pki(), "web." + namespace + ".svc", folder);
    NodeSpec spec =
        NodeSpec.of("node-of-" + namespace, folder)
            .images(Images.none().with("example.com/tiny", TinyServer.image()));
    try (StandInNode node = StandInNode.start(plane, spec)) {
      Pods pods = new Pods(api, namespace, node);
      pods.create(
          "server",
          """
          labels: {app: web}
          ---
          containers:
          - name: main
            image: example.com/tiny
            env: [{name: PORT, value: '8443'}, {name: TLS_STORE, value: '%s'}]
            readinessProbe: {httpGet: {port: 8443, scheme: HTTPS}, timeoutSeconds: 5}
          """
              .formatted(store));
      pods.create(
          "/api/v1/namespaces/" + namespace + "/services",
          Pods.yaml(
              """
              metadata: {name: web}
              spec: {selector: {app: web}, ports: [{name: https, port: 443, targetPort: 8443}]}
              """));
      pods.awaitReady("server");

      String proxy = "/api/v1/namespaces/" + namespace + "/services/https:web:https/proxy/hello";
      pods.await("the Service to be proxied", () -> api.get(proxy).ok());
      assertThat(api.get(proxy).message()).isEqualTo("server /hello");

      pods.create(WEBHOOKS, webhook(namespace, plane.authority()));
      try {
        JsonObject gpu =
            Pods.yaml(
                """
                apiVersion: greenthread.ai/v1alpha1
                kind: GPU
                metadata: {name: refused, labels: {test: %s}}
                spec: {nodeName: n, index: 0, totalMemoryBytes: 1}
                """
                    .formatted(namespace));
        String dryRun = Resource.GPU.path(namespace) + "?dryRun=All";
        pods.await("the webhook to be asked", () -> !api.create(dryRun, gpu).ok());
        Answer refused = api.create(dryRun, gpu);
        assertThat(refused.describe()).contains("denied the request: says server");
      } finally {
        api.delete(WEBHOOKS + "/" + namespace);
      }
    }
  }

  private static JsonObject webhook(String namespace, Path authority) throws Exception {
    return Pods.yaml(
        """
        metadata: {name: %s}
        webhooks:
        - name: no.example.com
          admissionReviewVersions: [v1]
          sideEffects: None
          failurePolicy: Fail
          objectSelector: {matchLabels: {test: %s}}
          clientConfig: {service: {namespace: %s, name: web, path: /review}, caBundle: %s}
          rules:
          - {apiGroups: [greenthread.ai], apiVersions: ['*'], resources: [gpus], operations: [CREATE]}
        """
            .formatted(
                namespace,
                namespace,
                namespace,
                Base64.getEncoder().encodeToString(Files.readAllBytes(authority))));
  }

  private static Path keys(Pki pki, String name, Path folder) throws Exception {
    pki.issue(name, "CN=" + name, new GeneralName(GeneralName.dNSName, name));
    Certificate certificate;
    try (var in = Files.newInputStream(pki.file(name + ".crt"))) {
      certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
    String pem = Files.readString(pki.file(name + ".key")).replaceAll("-----.*-----|\\s", "");
    PrivateKey key =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    char[] password = "test".toCharArray();
    store.setKeyEntry("server", key, password, new Certificate[] {certificate});
    Path file = folder.resolve("keys.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, password);
    }
    return file;
  }
}
