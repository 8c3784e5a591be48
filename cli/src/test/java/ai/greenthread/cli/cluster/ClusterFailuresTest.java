package ai.greenthread.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/** Every failure says what was wrong and what to do. */
class ClusterFailuresTest {
  private static final ClusterContext DEV =
      new ClusterContext(
          "dev",
          "https://dev.example",
          "team",
          () -> {
            throw new IllegalStateException("nobody connects here");
          });

  private final ClusterFailures failures = new ClusterFailures(DEV, "greenthread-system");

  private CliException refused(int status, String message) {
    return failures.refused("list Models", new Answer(status, Trees.object("message", message)));
  }

  private static String all(CliException e) {
    return e.message() + "\n" + String.join("\n", e.hints());
  }

  @Test
  void aMissingRightIsNamedWithTheRoleThatHasIt() {
    CliException all =
        refused(
            403,
            "models.greenthread.ai is forbidden: User \"jane\" cannot list resource \"models\" in"
                + " API group \"greenthread.ai\" at the cluster scope");
    assertThat(all.message())
        .isEqualTo(
            "you may not list models.greenthread.ai in all namespaces (user jane, context dev"
                + " (https://dev.example))");
    assertThat(all(all))
        .contains(
            "kubectl create clusterrolebinding greenthread-view --clusterrole=view --user=jane");
    CliException proxy =
        refused(
            403,
            "pods \"m-0\" is forbidden: User \"jane\" cannot get resource \"pods/proxy\" in API"
                + " group \"\" in the namespace \"team\"");
    assertThat(all(proxy))
        .contains("you may not get pods/proxy in namespace team")
        .contains("rolebinding greenthread-edit --clusterrole=edit --user=jane --namespace=team");
    assertThat(all(refused(403, "exceeded quota: models"))).contains("exceeded quota: models");
  }

  @Test
  void expiredCredentialsAreSaidToBeSo() {
    assertThat(all(refused(401, "Unauthorized")))
        .contains(
            "does not accept your credentials", "log in to the cluster again", "--context dev");
  }

  @Test
  void missingDefinitionsMeanThatTheEngineIsNotInstalled() {
    CliException failure = refused(404, "404 page not found");
    assertThat(failure.exitCode()).isEqualTo(ExitCode.NO_ENGINE);
    assertThat(all(failure)).contains("no engine is installed", "helm upgrade --install");
  }

  @Test
  void aMissingNamespaceIsNotAMissingEngine() {
    JsonObject body =
        Trees.object(
            "message",
            "namespaces \"x\" not found",
            "details",
            Trees.object("name", "x", "kind", "namespaces"));
    CliException failure = failures.refused("apply", new Answer(404, body));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(all(failure)).contains("there is no namespace x", "create namespace x");
  }

  @Test
  void aSilentWebhookIsPointedAt() {
    assertThat(
            all(
                refused(
                    500,
                    "Internal error occurred: failed calling webhook \"declared.greenthread.ai\"")))
        .contains("webhook, which judges Models, does not answer", "greenthread-webhook");
  }

  @Test
  void aSidecarThatDoesNotListenYetIsNoRiddle() {
    assertThat(all(refused(503, "error trying to reach service: dial tcp: connection refused")))
        .contains("its sidecar does not answer", "try again when its pod is ready");
  }

  @Test
  void aServerOutOfReachAndOneThatIsNotTrustedAreToldApart() {
    CliException silent = failures.unreachable(new ConnectException("Connection refused"));
    assertThat(silent.exitCode()).isEqualTo(ExitCode.NO_ENGINE);
    assertThat(all(silent)).contains("https://dev.example", "Connection refused", "VPN");
    IOException untrusted = new SSLHandshakeException("unable to find valid certification path");
    assertThat(all(failures.unreachable(untrusted))).contains("certificate", "new kubeconfig");
  }

  @Test
  void conflictsAreNamedByManagerSubresourceAndValue() {
    JsonObject refused =
        Trees.object(
            "message",
            "Apply failed with 2 conflicts",
            "details",
            Trees.object(
                "causes",
                java.util.List.of(
                    Trees.object(
                        "reason",
                        "FieldManagerConflict",
                        "message",
                        "conflict with \"kubectl\" with subresource \"scale\" using"
                            + " greenthread.ai/v1alpha1",
                        "field",
                        ".spec.replicas"),
                    Trees.object(
                        "reason",
                        "FieldManagerConflict",
                        "message",
                        "conflict with \"kubectl-edit\" using greenthread.ai/v1alpha1 at"
                            + " 2026-11-23T05:00:00Z",
                        "field",
                        ".spec.extraArgs"))));
    JsonObject live = Trees.object("spec", Trees.object("replicas", 2));
    assertThat(Submitted.conflict(FieldConflict.in(new Answer(409, refused)), live).violations())
        .containsExactly(
            "spec.replicas: kubectl (scale) set it to 2 and manages it",
            "spec.extraArgs: kubectl-edit set it and manages it");
    assertThat(FieldConflict.in(new Answer(409, Trees.object("message", "changed since"))))
        .isEmpty();
  }

  @Test
  void aTextOfAServersOwnIsNotRepeatedInAConflict() {
    JsonObject live =
        Trees.object(
            "spec",
            Trees.object(
                "runtime",
                Trees.object("url", "http://me:pa55@h:1", "env", Trees.object("A.B", "s3cr3t")),
                "env",
                "s3cr3t",
                "runtimes",
                "open"));
    for (String field :
        java.util.List.of("spec.runtime.url", "spec.runtime.env.A.B", "spec.env", "spec.env[0]")) {
      assertThat(new FieldConflict(field, "kubectl-edit", "").describe(live))
          .isEqualTo("kubectl-edit set it and manages it");
    }
    assertThat(new FieldConflict("spec.runtimes", "kubectl-edit", "").describe(live))
        .isEqualTo("kubectl-edit set it to open and manages it");
  }

  @Test
  void violationsComeOutOfCausesAndOutOfWordsAboutUnknownFields() {
    JsonObject invalid =
        Trees.object(
            "message",
            "Model.greenthread.ai \"m\" is invalid",
            "details",
            Trees.object(
                "causes",
                java.util.List.of(
                    Trees.object("field", "spec.replicas", "message", "must be at least 0"),
                    Trees.object("field", "spec.modelName", "message", "is required"))));
    assertThat(Submitted.refusal(new Answer(422, invalid)).orElseThrow().violations())
        .containsExactly("spec.replicas: must be at least 0", "spec.modelName: is required");
    JsonObject undeclared =
        Trees.object(
            "message",
            "failed to create typed patch object: .spec.replicsa: field not declared in schema");
    assertThat(Submitted.refusal(new Answer(500, undeclared)).orElseThrow().violations())
        .containsExactly("spec.replicsa: the Models of this cluster have no such field");
    assertThat(Submitted.refusal(new Answer(500, Trees.object("message", "etcd is away"))))
        .isEmpty();
  }
}
