package ai.greenthread.k8s.admission;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CertificateStateTest {
  private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
  private static final CertificateSettings SETTINGS =
      CertificateSettings.usual("system", List.of("webhook.system.svc", "127.0.0.1"));

  private final CertificateMaker maker = new CertificateMaker(new SecureRandom());
  private final CertificateState fresh =
      CertificateState.only(maker.make(SETTINGS.names(), T0, SETTINGS.life()));

  private CertificateState at(CertificateState state, Duration later) {
    return state.at(T0.plus(later), SETTINGS, maker);
  }

  private static Duration days(long days) {
    return Duration.ofDays(days);
  }

  @Test
  void aCertificateIsForTheNamesAskedForAndSignedByAnAuthorityThatSignsServersOnly() {
    var certificate = fresh.current().certificate();

    assertThat(fresh.current().covers(SETTINGS.names())).isTrue();
    assertThat(fresh.current().covers(List.of("other.system.svc"))).isFalse();
    assertThat(fresh.current().expires()).isEqualTo(T0.plus(days(90)));
    assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    assertThat(fresh.toString()).doesNotContain("PRIVATE KEY");
  }

  @Test
  void nothingHappensInItsFirstTwoMonths() {
    assertThat(at(fresh, Duration.ZERO)).isSameAs(fresh);
    assertThat(at(fresh, days(59))).isSameAs(fresh);
  }

  @Test
  void aSuccessorIsTrustedFirstThenShownThenAlone() {
    CertificateState made = at(fresh, days(60));
    assertThat(made.current()).isEqualTo(fresh.current());
    ServingCertificate next = made.successor().orElseThrow().certificate();
    assertThat(made.trusted()).contains(fresh.current().authorityPem(), next.authorityPem());

    assertThat(at(made, days(60).plusMinutes(59))).isSameAs(made);

    CertificateState shown = at(made, days(60).plusHours(1));
    assertThat(shown.current()).isEqualTo(next);
    assertThat(shown.successor()).isEmpty();
    assertThat(shown.trusted()).contains(fresh.current().authorityPem(), next.authorityPem());

    assertThat(at(shown, days(60).plusMinutes(119))).isSameAs(shown);
    CertificateState alone = at(shown, days(60).plusHours(2));
    assertThat(alone.trusted()).isEqualTo(next.authorityPem());
    assertThat(at(alone, days(119))).isSameAs(alone);
  }

  @Test
  void afterALongSleepOfAllReplicasAnExpiredCertificateIsReplacedAtOnce() {
    CertificateState late = at(fresh, days(200));

    assertThat(late.current().expires()).isEqualTo(T0.plus(days(290)));
    CertificateState made = at(fresh, days(60));
    assertThat(at(made, days(100)).current())
        .isEqualTo(made.successor().orElseThrow().certificate());
    assertThat(at(made, days(200)).successor()).isEmpty();
  }

  @Test
  void otherNamesAreTakenUpAtOnceBesideTheOldOnes() {
    CertificateSettings renamed = CertificateSettings.usual("system", List.of("new.system.svc"));

    CertificateState changed = fresh.at(T0, renamed, maker);

    assertThat(changed.current().covers(List.of("new.system.svc", "webhook.system.svc"))).isTrue();
    assertThat(changed.trusted()).contains(fresh.current().authorityPem());
    assertThat(changed.at(T0, SETTINGS, maker)).isSameAs(changed);
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    CertificateState made = at(fresh, days(60));
    CertificateState shown = at(made, days(61));

    for (CertificateState state : List.of(fresh, made, shown)) {
      assertThat(CertificateState.read(Trees.object("data", state.data()))).contains(state);
    }
  }

  @Test
  void aSecretThatCannotBeUsedIsTakenForNone() {
    assertThat(CertificateState.read(new JsonObject())).isEmpty();
    JsonObject mixed = fresh.data();
    mixed.add("tls.key", at(fresh, days(200)).data().get("tls.key"));
    assertThat(CertificateState.read(Trees.object("data", mixed))).isEmpty();
    JsonObject garbled = fresh.data();
    garbled.addProperty("tls.crt", "%%%");
    assertThat(CertificateState.read(Trees.object("data", garbled))).isEmpty();
    JsonObject half = at(fresh, days(60)).data();
    half.remove("next.key");
    assertThat(CertificateState.read(Trees.object("data", half)))
        .map(CertificateState::successor)
        .contains(Optional.empty());
  }
}
