package ai.greenthread.engine.webhook;

import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.http.server.HttpServer;
import ai.greenthread.http.server.Routes;
import ai.greenthread.http.server.ServerIdentity;
import ai.greenthread.http.server.ServerSettings;
import ai.greenthread.k8s.admission.Admission;
import ai.greenthread.k8s.admission.CertificateKeeper;
import ai.greenthread.k8s.admission.ClusterFleet;
import ai.greenthread.k8s.admission.ServingCertificate;
import ai.greenthread.k8s.admission.WebhookConfiguration;
import ai.greenthread.k8s.client.JsonApi;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/** A running webhook: HTTPS for reviews, probes and metrics alike, on one port. */
public final class Webhook implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Webhook.class.getName());

  /** An object and what it replaces, each at most the API server's 3 MiB. */
  private static final int MOST_BODY_BYTES = 8 << 20;

  private static final Duration LONGEST_DRAIN = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final WebhookConfig config;
  private final InstantSource clock;
  private final CertificateKeeper keeper;
  private final ServerIdentity identity;
  private final WebhookMetrics metrics;
  private final HttpServer server;
  private final Thread looks;
  private volatile Instant expires;
  private volatile boolean leaving;

  private Webhook(
      WebhookConfig config,
      JsonApi api,
      InstantSource clock,
      CertificateKeeper keeper,
      ServerIdentity identity,
      RandomGenerator random) {
    this.config = config;
    this.clock = clock;
    this.keeper = keeper;
    this.identity = identity;
    this.expires = identity.credential().chain().getFirst().getNotAfter().toInstant();
    this.metrics = new WebhookMetrics(() -> expires.getEpochSecond());
    Routes routes =
        Routes.builder()
            .post(
                WebhookConfiguration.VALIDATE,
                new ReviewEndpoint(new Admission(new ClusterFleet(api)), metrics))
            .get("/health", exchange -> exchange.respondJson(200, json("{\"status\":\"ok\"}")))
            .get("/ready", this::ready)
            .get(
                "/metrics",
                exchange -> exchange.respond(200, metrics.contentType(), metrics.text()))
            .build();
    this.server =
        HttpServer.startTls(
            ServerSettings.at(config.host(), config.port())
                .withAllowedHosts(Set.copyOf(config.certificates().names()))
                .withMaxBodyBytes(MOST_BODY_BYTES)
                .withDrainTimeout(LONGEST_DRAIN),
            routes,
            random,
            identity);
    this.looks = Thread.ofVirtual().name("certificate").start(this::lookAgainAndAgain);
  }

  /**
   * Starts one. Returns when it can be asked, which needs the API server: until that answers it
   * tries again.
   *
   * @param clock for certificates
   * @param secure for their keys
   * @param random for request ids
   * @throws java.io.UncheckedIOException if the port is taken
   */
  public static Webhook start(
      WebhookConfig config,
      JsonApi api,
      InstantSource clock,
      SecureRandom secure,
      RandomGenerator random)
      throws InterruptedException {
    AtomicReference<ServerIdentity> identity = new AtomicReference<>();
    CertificateKeeper keeper =
        new CertificateKeeper(
            api, config.certificates(), clock, secure, shown -> show(identity, shown));
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        keeper.look();
      } catch (IOException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "no certificate yet, tries again in {0} ms: {1}",
            pause.toMillis(),
            e.getMessage());
      }
      ServerIdentity known = identity.get();
      if (known != null) {
        return new Webhook(config, api, clock, keeper, known, random);
      }
      Thread.sleep(pause);
      Duration longer = pause.multipliedBy(2);
      pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    }
  }

  private static void show(AtomicReference<ServerIdentity> identity, ServingCertificate shown) {
    var credential = new ServerIdentity.Credential(List.of(shown.certificate()), shown.key());
    ServerIdentity known = identity.get();
    if (known == null) {
      identity.set(new ServerIdentity(credential));
    } else {
      known.replace(credential);
    }
  }

  private void lookAgainAndAgain() {
    try {
      while (true) {
        Thread.sleep(config.lookPeriod());
        try {
          expires = keeper.look();
        } catch (IOException e) {
          metrics.lookFailed();
          LOG.log(
              System.Logger.Level.WARNING,
              "the certificate could not be looked after: {0}",
              e.getMessage());
        }
      }
    } catch (InterruptedException e) {
      // It ends.
      Thread.currentThread().interrupt();
    }
  }

  /** Not ready means: send nothing more here. */
  private void ready(Exchange exchange) throws ClientGoneException {
    if (leaving) {
      throw new ApiException(ErrorCode.SHUTTING_DOWN, "the webhook ends");
    }
    if (!clock.instant().isBefore(expires)) {
      throw new ApiException(ErrorCode.SHUTTING_DOWN, "the certificate has expired");
    }
    exchange.respondJson(200, json("{\"status\":\"ready\"}"));
  }

  private static byte[] json(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** {@code https://host:port}. */
  public URI uri() {
    return server.uri();
  }

  /** What clients are shown now, for those who want to look. */
  public ServerIdentity identity() {
    return identity;
  }

  /**
   * Says that it is not ready, waits until nobody new is sent here, and lets those end that are
   * here.
   */
  @Override
  public void close() {
    leaving = true;
    try {
      Thread.sleep(config.leaveDelay());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    looks.interrupt();
    server.close();
  }
}
