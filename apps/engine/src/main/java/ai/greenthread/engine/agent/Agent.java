package ai.greenthread.engine.agent;

import ai.greenthread.gpu.PodMemory;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.http.server.HttpServer;
import ai.greenthread.http.server.Routes;
import ai.greenthread.http.server.ServerSettings;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.gpus.GpuReporter;
import ai.greenthread.k8s.gpus.NodeLease;
import ai.greenthread.k8s.gpus.NodeView;
import ai.greenthread.k8s.gpus.ReportOutcome;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** A running agent. */
final class Agent implements AutoCloseable {
  /** A round of reports that is under way for so long will not end any more. */
  private static final Duration LONGEST_ROUND = Duration.ofMinutes(5);

  private static final Duration DRAIN = Duration.ofSeconds(5);

  private final InstantSource clock = InstantSource.system();
  private final AgentMetrics metrics = new AgentMetrics();
  private final NodeGpus gpus;
  private final Coalesced<PodMemory> podMemory;
  private final GpuReporter reporter;
  private final NodeLease lease;
  private final Told reportFailures = new Told("reports");
  private final Told leaseFailures = new Told("the lease");
  private final Rounds reports;
  private final Rounds renewals;
  private final HttpServer server;
  private volatile boolean looked;

  private Agent(AgentConfig config, JsonApi api, NodeGpus gpus) {
    this.gpus = gpus;
    this.podMemory = new Coalesced<>(this::measure);
    this.reporter =
        new GpuReporter(
            api, config.systemNamespace(), config.effectiveHeadroom(), config.heartbeat(), clock);
    this.lease =
        new NodeLease(
            api,
            config.systemNamespace(),
            config.node(),
            config.identity(),
            config.leaseValidity(),
            clock);
    this.reports = new Rounds("reports", config.reportPeriod(), clock, this::report);
    this.renewals = new Rounds("renewals of the lease", config.leasePeriod(), clock, this::renew);
    this.server = listen(config);
  }

  /** Last of all, so that whoever asks meets an agent that is whole. */
  private HttpServer listen(AgentConfig config) {
    boolean listening = false;
    try {
      HttpServer opened =
          HttpServer.start(
              ServerSettings.at(config.host(), config.port()).withDrainTimeout(DRAIN),
              routes(),
              new SecureRandom());
      listening = true;
      return opened;
    } finally {
      if (!listening) {
        renewals.close();
        reports.close();
      }
    }
  }

  /**
   * Looks for devices and begins to report and to listen.
   *
   * @throws java.io.UncheckedIOException if the port is taken
   */
  static Agent start(AgentConfig config, JsonApi api) {
    NodeGpus gpus = NodeGpus.find(config);
    boolean started = false;
    try {
      Agent agent = new Agent(config, api, gpus);
      started = true;
      return agent;
    } finally {
      if (!started) {
        gpus.close();
      }
    }
  }

  private Routes routes() {
    return Routes.builder()
        .get("/health", exchange -> state(exchange, alive(), "healthy", "stuck"))
        .get("/ready", exchange -> state(exchange, looked, "ready", "starting"))
        .get("/metrics", exchange -> exchange.respond(200, metrics.contentType(), metrics.text()))
        .post(HostLinkEndpoint.PATH, new HostLinkEndpoint(clock, metrics::entered))
        .onPrefix("GET", PodMemoryEndpoint.PREFIX, new PodMemoryEndpoint(podMemory))
        .build();
  }

  private static void state(Exchange exchange, boolean good, String yes, String no)
      throws ClientGoneException {
    byte[] body = "{\"status\":\"%s\"}".formatted(good ? yes : no).getBytes(StandardCharsets.UTF_8);
    exchange.respondJson(good ? 200 : 503, body);
  }

  private boolean alive() {
    return clock.instant().isBefore(reports.begun().plus(LONGEST_ROUND));
  }

  private PodMemory measure() throws InterruptedException {
    long began = System.nanoTime();
    PodMemory memory = gpus.podMemory();
    metrics.measured(System.nanoTime() - began);
    return memory;
  }

  private void report() throws InterruptedException {
    long began = System.nanoTime();
    NodeView view = gpus.view();
    metrics.seen(view.devices());
    looked = true;
    ReportOutcome outcome = reporter.report(view);
    metrics.reported(System.nanoTime() - began, outcome.complete());
    outcome.remarks().forEach(reportFailures::remark);
    reportFailures.now(outcome.failures());
  }

  private void renew() {
    List<String> failure = lease.renew().stream().toList();
    if (!failure.isEmpty()) {
      metrics.leaseFailed();
    }
    leaseFailures.now(failure);
  }

  URI uri() {
    return server.uri();
  }

  /** Ends in order; objects and lease stay, as the next agent goes on from them. */
  @Override
  public void close() {
    renewals.close();
    reports.close();
    server.stop();
    gpus.close();
  }
}
