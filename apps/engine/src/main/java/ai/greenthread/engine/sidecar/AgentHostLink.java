package ai.greenthread.engine.sidecar;

import ai.greenthread.scheduling.runtime.HostLink;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks the node's agent, which all pods of the node ask. Where it refuses or is not there one goes
 * at once, where it is silent after the patience: loading beside others costs time, not memory.
 */
final class AgentHostLink implements HostLink {
  private static final System.Logger LOG = System.getLogger(AgentHostLink.class.getName());

  private final HttpClient http;
  private final URI agent;
  private final int devicesAtOnce;
  private final Duration patience;

  AgentHostLink(HttpClient http, URI agent, int devicesAtOnce, Duration patience) {
    this.http = http;
    this.agent = agent;
    this.devicesAtOnce = devicesAtOnce;
    this.patience = patience;
  }

  /**
   * That of the agent's node.
   *
   * @param devicesAtOnce that may load; zero for as many as there are, which asks nobody
   */
  static HostLink of(HttpClient http, URI agent, int devicesAtOnce) {
    return devicesAtOnce == 0 ? WIDE : new AgentHostLink(http, agent, devicesAtOnce, PATIENCE);
  }

  @Override
  public Duration patience() {
    return patience;
  }

  @Override
  public Pass enter(Instant since, int devices) throws InterruptedException {
    URI question =
        agent.resolve(
            "/v1/host-link?devices=%d&devicesAtOnce=%d&since=%d"
                .formatted(devices, devicesAtOnce, since.toEpochMilli()));
    // No time limit of the request's own: the answer goes on as long as the pass.
    CompletableFuture<HttpResponse<InputStream>> asked =
        http.sendAsync(
            HttpRequest.newBuilder(question).POST(HttpRequest.BodyPublishers.noBody()).build(),
            HttpResponse.BodyHandlers.ofInputStream());
    boolean answered = false;
    try {
      HttpResponse<InputStream> answer = asked.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      answered = true;
      if (answer.statusCode() != 200) {
        beside(question, "status " + answer.statusCode());
      }
      return () -> close(answer.body());
    } catch (TimeoutException e) {
      beside(question, "no answer within " + patience.toSeconds() + " s");
      return () -> {};
    } catch (ExecutionException e) {
      beside(question, String.valueOf(e.getCause()));
      return () -> {};
    } finally {
      if (!answered) {
        giveUp(asked);
      }
    }
  }

  private static void beside(URI question, String why) {
    LOG.log(System.Logger.Level.INFO, "weights are loaded beside others: {0}: {1}", question, why);
  }

  /** An answer that comes all the same is nobody's pass. */
  private static void giveUp(CompletableFuture<HttpResponse<InputStream>> asked) {
    asked.cancel(true);
    CompletableFuture<Void> _ = asked.thenAccept(answer -> close(answer.body()));
  }

  /** The end of the connection is the end of the pass. */
  private static void close(InputStream body) {
    try {
      body.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "the pass ended by itself: {0}", e.getMessage());
    }
  }
}
