package ai.greenthread.k8s.admission;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the webhook's certificate: in a Secret that all replicas share, made and replaced by
 * whichever comes first, and trusted by the API server through {@code caBundle}.
 *
 * <p>A successor's authority is trusted for a while before any replica shows what it signed, and a
 * predecessor's for a while after; no step is taken before the API server was told to trust what is
 * shown now and next. So a change of certificate fails no request.
 *
 * <p>Its account may get, create and update that Secret, and get and update that configuration. For
 * one thread.
 */
public final class CertificateKeeper {
  private static final System.Logger LOG = System.getLogger(CertificateKeeper.class.getName());

  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  /** Steps of one look, others' included; more means that somebody else writes all the time. */
  private static final int MOST_STEPS = 20;

  private final JsonApi api;
  private final CertificateSettings settings;
  private final InstantSource clock;
  private final Consumer<ServingCertificate> show;
  private final CertificateMaker maker;
  private @Nullable CertificateState last;

  /**
   * @param random for keys
   * @param show told of the certificate that is to be shown, at first and whenever it changes
   */
  public CertificateKeeper(
      JsonApi api,
      CertificateSettings settings,
      InstantSource clock,
      SecureRandom random,
      Consumer<ServingCertificate> show) {
    this.api = api;
    this.settings = settings;
    this.clock = clock;
    this.show = show;
    this.maker = new CertificateMaker(random);
  }

  /**
   * Looks once: takes over what others did, and does what is due. To be called every minute.
   *
   * @return when the certificate that is shown expires
   * @throws IOException when it could not be done; what is shown stays as it was
   */
  public Instant look() throws IOException {
    for (int step = 0; step < MOST_STEPS; step++) {
      Answer answer = api.get(secretPath());
      if (!answer.ok() && answer.status() != NOT_FOUND) {
        throw new IOException("cannot read the Secret: " + answer.describe());
      }
      Optional<CertificateState> stored =
          answer.ok() ? CertificateState.read(answer.body()) : Optional.empty();
      if (stored.isPresent()) {
        CertificateState state = stored.get();
        trust(state);
        take(state);
        CertificateState next = state.at(clock.instant(), settings, maker);
        if (next.equals(state)) {
          return state.current().expires();
        }
        write(answer, next);
      } else {
        write(answer, anew());
      }
    }
    throw new IOException("the Secret " + CertificateSettings.SECRET + " changes all the time");
  }

  /** A Secret that was lost is put back as it was, so that nobody notices. */
  private CertificateState anew() {
    CertificateState known = last;
    Instant now = clock.instant();
    return known == null
        ? CertificateState.only(maker.make(settings.names(), now, settings.life()))
        : known.at(now, settings, maker);
  }

  private void take(CertificateState state) {
    CertificateState before = last;
    last = state;
    if (before == null || !before.current().equals(state.current())) {
      LOG.log(System.Logger.Level.INFO, "shows {0} from now on", state.current());
      show.accept(state.current());
    }
  }

  private void write(Answer read, CertificateState state) throws IOException {
    Answer written;
    if (read.ok()) {
      // With its resourceVersion: of two that write only the first one does.
      JsonObject secret = read.body();
      secret.add("data", state.data());
      written = api.replace(secretPath(), secret);
    } else {
      Map<String, Object> metadata =
          Map.of(
              "name",
              CertificateSettings.SECRET,
              "labels",
              Map.of("app.kubernetes.io/managed-by", "greenthread"));
      written =
          api.create(
              secretsPath(),
              Trees.object(
                  "apiVersion",
                  "v1",
                  "kind",
                  "Secret",
                  "type",
                  "Opaque",
                  "metadata",
                  metadata,
                  "data",
                  state.data()));
    }
    boolean overtaken =
        written.status() == CONFLICT || (read.ok() && written.status() == NOT_FOUND);
    if (!written.ok() && !overtaken) {
      throw new IOException("cannot write the Secret: " + written.describe());
    }
  }

  private void trust(CertificateState state) throws IOException {
    String path = WebhookConfiguration.PATH + "/" + WebhookConfiguration.NAME;
    String wanted =
        Base64.getEncoder().encodeToString(state.trusted().getBytes(StandardCharsets.US_ASCII));
    for (int step = 0; step < MOST_STEPS; step++) {
      Answer answer = api.get(path);
      if (answer.status() == NOT_FOUND) {
        LOG.log(System.Logger.Level.DEBUG, "there is no configuration yet that asks this webhook");
        return;
      }
      if (!answer.ok()) {
        throw new IOException("cannot read the configuration: " + answer.describe());
      }
      boolean right = true;
      for (JsonObject webhook : Trees.items(answer.body(), "webhooks")) {
        JsonObject client = Trees.at(webhook, "clientConfig");
        right &= Trees.text(client, "caBundle").orElse("").equals(wanted);
        client.addProperty("caBundle", wanted);
      }
      if (right) {
        return;
      }
      Answer written = api.replace(path, answer.body());
      if (!written.ok() && written.status() != CONFLICT && written.status() != NOT_FOUND) {
        throw new IOException("cannot write the configuration: " + written.describe());
      }
    }
    throw new IOException("the configuration changes all the time");
  }

  private String secretsPath() {
    return "/api/v1/namespaces/" + settings.namespace() + "/secrets";
  }

  private String secretPath() {
    return secretsPath() + "/" + CertificateSettings.SECRET;
  }
}
