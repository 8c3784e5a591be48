package ai.greenthread.k8s.admission;

import static ai.greenthread.k8s.controlplane.ControlPlane.demand;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Replicas of the webhook and their certificate, on a real API server, with a clock that jumps. */
@RealControlPlane
class CertificateKeeperTest {
  private static final String CONFIGURATION =
      WebhookConfiguration.PATH + "/" + WebhookConfiguration.NAME;

  private final JsonApi api;
  private final CertificateSettings settings;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  CertificateKeeperTest(ControlPlane plane) throws IOException {
    this.api = plane.api();
    this.settings =
        CertificateSettings.usual(
            plane.newNamespace("certificates"), List.of("greenthread-webhook.system.svc"));
  }

  /** One process of the webhook. */
  private final class Replica {
    final List<ServingCertificate> shown = new ArrayList<>();
    final CertificateKeeper keeper =
        new CertificateKeeper(api, settings, () -> now, new SecureRandom(), shown::add);

    ServingCertificate looks() throws IOException {
      keeper.look();
      return shown.getLast();
    }
  }

  @BeforeEach
  void configure() throws IOException {
    JsonObject configuration = WebhookConfiguration.atService("system", "greenthread-webhook", 443);
    // Nobody answers there: it must not be asked about other tests' objects.
    for (JsonObject webhook : Trees.items(configuration, "webhooks")) {
      webhook.add(
          "namespaceSelector", Trees.object("matchLabels", Trees.object("nobody", "at-all")));
    }
    demand(api.create(WebhookConfiguration.PATH, configuration), "create the configuration");
  }

  @AfterEach
  void unconfigure() throws IOException {
    api.delete(CONFIGURATION);
  }

  private String trusted() throws IOException {
    JsonObject configuration = demand(api.get(CONFIGURATION), "read").body();
    List<String> bundles = new ArrayList<>();
    for (JsonObject webhook : Trees.items(configuration, "webhooks")) {
      String bundle = Trees.text(Trees.at(webhook, "clientConfig"), "caBundle").orElse("");
      bundles.add(new String(Base64.getDecoder().decode(bundle), StandardCharsets.US_ASCII));
    }
    assertThat(bundles).hasSize(2);
    assertThat(bundles.getFirst()).isEqualTo(bundles.getLast());
    return bundles.getFirst();
  }

  private String secretPath() {
    return "/api/v1/namespaces/" + settings.namespace() + "/secrets/" + CertificateSettings.SECRET;
  }

  @Test
  void ofManyReplicasThatStartAtOnceAllShowTheSame() throws Exception {
    List<Replica> replicas = List.of(new Replica(), new Replica(), new Replica(), new Replica());
    List<Callable<ServingCertificate>> starts = new ArrayList<>();
    replicas.forEach(replica -> starts.add(replica::looks));

    List<ServingCertificate> shown = new ArrayList<>();
    try (ExecutorService together = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<ServingCertificate> future : together.invokeAll(starts)) {
        shown.add(future.get());
      }
    }

    assertThat(shown).hasSize(4);
    assertThat(shown).containsOnly(shown.getFirst());
    assertThat(trusted()).isEqualTo(shown.getFirst().authorityPem());
  }

  @Test
  void aSuccessorIsTrustedBeforeAnyReplicaShowsItAndThePredecessorAfter() throws IOException {
    Replica one = new Replica();
    Replica two = new Replica();
    ServingCertificate old = one.looks();
    assertThat(two.looks()).isEqualTo(old);

    now = now.plus(Duration.ofDays(60));
    assertThat(one.looks()).isEqualTo(old);
    assertThat(trusted()).startsWith(old.authorityPem()).isNotEqualTo(old.authorityPem());
    assertThat(two.looks()).isEqualTo(old);

    now = now.plus(Duration.ofHours(1));
    ServingCertificate next = two.looks();
    assertThat(next).isNotEqualTo(old);
    // The other one has not looked yet and shows the old one, which is trusted still.
    assertThat(one.shown.getLast()).isEqualTo(old);
    assertThat(trusted()).contains(old.authorityPem(), next.authorityPem());
    assertThat(one.looks()).isEqualTo(next);

    now = now.plus(Duration.ofHours(1));
    one.looks();
    assertThat(trusted()).isEqualTo(next.authorityPem());
    assertThat(one.shown).containsExactly(old, next);
  }

  @Test
  void aBundleThatSomebodyElseChangedIsMadeRightAndTheRestIsLeftAlone() throws IOException {
    Replica replica = new Replica();
    ServingCertificate shown = replica.looks();
    JsonObject changed = demand(api.get(CONFIGURATION), "read").body();
    JsonObject first = Trees.items(changed, "webhooks").getFirst();
    Trees.at(first, "clientConfig").remove("caBundle");
    first.addProperty("timeoutSeconds", 7);
    demand(api.replace(CONFIGURATION, changed), "change");

    replica.looks();

    assertThat(trusted()).isEqualTo(shown.authorityPem());
    JsonObject after = demand(api.get(CONFIGURATION), "read").body();
    assertThat(Trees.number(Trees.items(after, "webhooks").getFirst(), "timeoutSeconds"))
        .isEqualTo(7);
    String version = Trees.text(Trees.at(after, "metadata"), "resourceVersion").orElseThrow();
    replica.looks();
    assertThat(Trees.at(demand(api.get(CONFIGURATION), "read").body(), "metadata").toString())
        .as("nothing is written when all is right")
        .contains(version);
  }

  @Test
  void aSecretThatIsDeletedOrGarbledIsPutBackAndNobodyNotices() throws IOException {
    Replica replica = new Replica();
    ServingCertificate shown = replica.looks();

    demand(api.delete(secretPath()), "delete the Secret");
    assertThat(replica.looks()).isEqualTo(shown);
    JsonObject secret = demand(api.get(secretPath()), "read the Secret").body();
    secret.add("data", Trees.object("tls.crt", "AAAA"));
    demand(api.replace(secretPath(), secret), "garble the Secret");
    assertThat(replica.looks()).isEqualTo(shown);

    assertThat(replica.shown).hasSize(1);
    assertThat(new Replica().looks()).isEqualTo(shown);
  }

  @Test
  void withoutAConfigurationTheCertificateIsKeptAllTheSame() throws IOException {
    demand(api.delete(CONFIGURATION), "delete the configuration");

    assertThat(new Replica().looks().covers(settings.names())).isTrue();
  }

  @Test
  void whatCannotBeWrittenIsSaid() {
    CertificateSettings nowhere = CertificateSettings.usual("no-such-namespace", settings.names());
    CertificateKeeper keeper =
        new CertificateKeeper(api, nowhere, () -> now, new SecureRandom(), shown -> {});

    assertThatThrownBy(keeper::look)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot write the Secret")
        .hasMessageContaining("404");
  }

  @Test
  void theServerTakesTheConfigurationAsItIs() throws IOException {
    Answer configuration = demand(api.get(CONFIGURATION), "read");

    List<JsonObject> webhooks = Trees.items(configuration.body(), "webhooks");
    assertThat(webhooks).hasSize(2);
    assertThat(webhooks)
        .extracting(webhook -> Trees.text(webhook, "failurePolicy").orElse(""))
        .containsExactly("Fail", "Ignore");
    assertThat(webhooks)
        .allSatisfy(webhook -> {
          assertThat(Trees.text(webhook, "sideEffects")).contains("None");
          assertThat(Trees.number(webhook, "timeoutSeconds")).isLessThanOrEqualTo(10);
          assertThat(webhook.get("rules").toString()).doesNotContain("status");
        });
  }
}
