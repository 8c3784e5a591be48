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

/**
 * Asks the node's agent, which all pods of the node ask. Where it does not answer nobody waits:
 * loading beside others costs time, not memory.
 */
final class AgentHostLink implements HostLink {
  private static final System.Logger LOG = System.getLogger(AgentHostLink.class.getName());

  /** For the answer itself, on top of what the agent lets one wait. */
  private static final Duration ANSWER = Duration.ofSeconds(1);

  private final HttpClient http;
  private final URI agent;
  private final int devicesAtOnce;

  private AgentHostLink(HttpClient http, URI agent, int devicesAtOnce) {
    this.http = http;
    this.agent = agent;
    this.devicesAtOnce = devicesAtOnce;
  }

  /**
   * That of the agent's node.
   *
   * @param devicesAtOnce that may load; zero for as many as there are, which asks nobody
   */
  static HostLink of(HttpClient http, URI agent, int devicesAtOnce) {
    return devicesAtOnce == 0 ? WIDE : new AgentHostLink(http, agent, devicesAtOnce);
  }

  @Override
  public Duration patience() {
    return HostLink.PATIENCE;
  }

  @Override
  public Pass enter(Instant since, int devices) throws InterruptedException {
    URI question =
        agent.resolve(
            "/v1/host-link?devices=%d&devicesAtOnce=%d&since=%d"
                .formatted(devices, devicesAtOnce, since.toEpochMilli()));
    try {
      HttpResponse<InputStream> answer =
          http.send(
              HttpRequest.newBuilder(question)
                  .timeout(patience().plus(ANSWER))
                  .POST(HttpRequest.BodyPublishers.noBody())
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      if (answer.statusCode() != 200) {
        LOG.log(
            System.Logger.Level.INFO,
            "weights are loaded beside others: {0} says {1}",
            question,
            answer.statusCode());
      }
      return () -> close(answer.body());
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.INFO,
          "weights are loaded beside others: {0}: {1}",
          question,
          e.getMessage());
      return () -> {};
    }
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
