package ai.greenthread.k8s.admission;

import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What the replicas agree on, as it stands in their Secret.
 *
 * @param current what every replica shows
 * @param successor what they will show later; its authority is trusted already
 * @param predecessor an authority that is still trusted, as a replica may still show what it signed
 */
record CertificateState(
    ServingCertificate current, Optional<Successor> successor, Optional<Predecessor> predecessor) {

  /** Shown from {@code from} on. */
  record Successor(ServingCertificate certificate, Instant from) {}

  /** Trusted until {@code until}. */
  record Predecessor(String authorityPem, Instant until) {}

  static CertificateState only(ServingCertificate certificate) {
    return new CertificateState(certificate, Optional.empty(), Optional.empty());
  }

  /** All that clients have to trust now. */
  String trusted() {
    Set<String> authorities = new LinkedHashSet<>();
    authorities.add(current.authorityPem());
    successor.ifPresent(next -> authorities.add(next.certificate().authorityPem()));
    predecessor.ifPresent(previous -> authorities.add(previous.authorityPem()));
    return String.join("", authorities);
  }

  /** What has to come next, or the same when nothing has. */
  CertificateState at(Instant now, CertificateSettings settings, CertificateMaker maker) {
    boolean usable = now.isBefore(current.expires()) && current.covers(settings.names());
    if (successor.isPresent()) {
      Successor next = successor.get();
      boolean nextUsable =
          now.isBefore(next.certificate().expires()) && next.certificate().covers(settings.names());
      if (!nextUsable) {
        return new CertificateState(current, Optional.empty(), predecessor);
      }
      if (!now.isBefore(next.from()) || !usable) {
        return new CertificateState(
            next.certificate(),
            Optional.empty(),
            Optional.of(new Predecessor(current.authorityPem(), now.plus(settings.overlap()))));
      }
      return this;
    }
    if (!usable) {
      // Nothing is lost by haste: nobody accepts the old one here. Elsewhere its names may do
      // still.
      return new CertificateState(
          maker.make(current.namesAnd(settings.names()), now, settings.life()),
          Optional.empty(),
          Optional.of(new Predecessor(current.authorityPem(), now.plus(settings.overlap()))));
    }
    if (!now.isBefore(current.expires().minus(settings.renewBefore()))) {
      Successor made =
          new Successor(
              maker.make(settings.names(), now, settings.life()), now.plus(settings.overlap()));
      return new CertificateState(current, Optional.of(made), predecessor);
    }
    return predecessor.filter(previous -> !now.isBefore(previous.until())).isPresent()
        ? only(current)
        : this;
  }

  /** What the Secret says; empty when it cannot be used. */
  static Optional<CertificateState> read(JsonObject secret) {
    JsonObject data = Trees.at(secret, "data");
    Optional<ServingCertificate> current =
        ServingCertificate.read(text(data, "tls.crt"), text(data, "tls.key"), text(data, "tls-ca"));
    Optional<Successor> successor =
        ServingCertificate.read(
                text(data, "next.crt"), text(data, "next.key"), text(data, "next-ca"))
            .flatMap(next -> instant(data, "next-from").map(from -> new Successor(next, from)));
    Optional<Predecessor> predecessor =
        instant(data, "previous-until")
            .map(until -> new Predecessor(text(data, "previous-ca"), until))
            .filter(previous -> !previous.authorityPem().isEmpty());
    return current.map(serving -> new CertificateState(serving, successor, predecessor));
  }

  /** The Secret's data. */
  JsonObject data() {
    JsonObject data = new JsonObject();
    put(data, "tls.crt", current.certificatePem());
    put(data, "tls.key", current.keyPem());
    put(data, "tls-ca", current.authorityPem());
    put(data, "ca.crt", trusted());
    successor.ifPresent(next -> {
      put(data, "next.crt", next.certificate().certificatePem());
      put(data, "next.key", next.certificate().keyPem());
      put(data, "next-ca", next.certificate().authorityPem());
      put(data, "next-from", next.from().toString());
    });
    predecessor.ifPresent(previous -> {
      put(data, "previous-ca", previous.authorityPem());
      put(data, "previous-until", previous.until().toString());
    });
    return data;
  }

  private static void put(JsonObject data, String name, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    data.addProperty(name, Base64.getEncoder().encodeToString(bytes));
  }

  private static String text(JsonObject data, String name) {
    try {
      byte[] bytes = Base64.getDecoder().decode(Trees.text(data, name).orElse(""));
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static Optional<Instant> instant(JsonObject data, String name) {
    try {
      return Optional.of(Instant.parse(text(data, name)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
