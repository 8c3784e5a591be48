package ai.greenthread.http.sidecar;

import ai.greenthread.http.events.EventFilter;
import ai.greenthread.http.events.EventJournal;
import ai.greenthread.http.events.EventStream;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.openai.InferencePaths;
import ai.greenthread.http.openai.PeekedModel;
import ai.greenthread.http.openai.RequestPeek;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.UpstreamLimits;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.http.server.HttpServer;
import ai.greenthread.http.server.Routes;
import ai.greenthread.http.server.ServerSettings;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.sidecar.Sidecar;
import ai.greenthread.scheduling.sidecar.SidecarStatus;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/** The HTTP server of one sidecar. */
public final class FrontDoor implements AutoCloseable {
  private static final String MODELS = "/v1/models";
  private static final Duration ORDER_PATIENCE = Duration.ofMinutes(10);

  private final Identity identity;
  private final Sidecar sidecar;
  private final SidecarMetrics metrics;
  private final Orders orders;
  private final RuntimePools pools;
  private final HttpServer server;

  /**
   * Whose door it is.
   *
   * @param name name of the Model object
   * @param modelName what requests carry in {@code model}
   * @param otherNames the runtime knows further names, such as adapters
   * @param declared when the Model was declared
   */
  public record Identity(String name, String modelName, boolean otherNames, Instant declared) {}

  /**
   * How the door keeps.
   *
   * @param server where to listen
   * @param upstream limits towards the runtime
   * @param keepAlive silence after which a waiting stream gets a comment; default 5 s
   */
  public record Settings(ServerSettings server, UpstreamLimits upstream, Duration keepAlive) {
    /** On a loopback port, 0 for any free one. */
    public static Settings loopback(int port) {
      return new Settings(
          ServerSettings.loopback(port), UpstreamLimits.DEFAULT, Duration.ofSeconds(5));
    }
  }

  private FrontDoor(
      Settings settings,
      Identity identity,
      Sidecar sidecar,
      InferenceRuntime runtime,
      SidecarMetrics metrics,
      Orders orders,
      EventJournal journal,
      RandomGenerator random) {
    this.identity = identity;
    this.sidecar = sidecar;
    this.metrics = metrics;
    this.orders = orders;
    this.pools = new RuntimePools(runtime, settings.upstream());
    var inference =
        new InferenceEndpoint(
            identity.modelName(),
            identity.otherNames(),
            settings.keepAlive(),
            sidecar,
            pools,
            new RequestLog(metrics, journal, sidecar.replica(), identity.modelName()));
    Routes.Builder routes =
        Routes.builder()
            .below("/" + identity.name(), open(inference))
            .get("/health", this::health)
            .get("/ready", this::ready)
            .get("/status", exchange -> answer(exchange, 200, status()))
            .get("/metrics", this::metrics)
            .get(MODELS, this::models)
            .post("/api/wake", this::wake)
            .post("/api/sleep", this::sleep)
            .get(
                "/api/events",
                new EventStream(
                    journal,
                    new EventFilter(identity.name(), sidecar.replica().model().namespace()),
                    () -> metrics.systemState(sidecar)));
    InferencePaths.ALL.forEach(path -> routes.post(path, inference));
    this.server = HttpServer.start(settings.server(), routes.build(), random);
  }

  /**
   * Opens the door.
   *
   * @param metrics of this sidecar; listens to it already
   * @param orders of this sidecar; listens to it already
   * @param random for request ids
   */
  public static FrontDoor open(
      Settings settings,
      Identity identity,
      Sidecar sidecar,
      InferenceRuntime runtime,
      SidecarMetrics metrics,
      Orders orders,
      EventJournal journal,
      RandomGenerator random) {
    return new FrontDoor(settings, identity, sidecar, runtime, metrics, orders, journal, random);
  }

  /**
   * What the public route of a Model leads to: inference and the list of models. Orders, events,
   * metrics and states are for those inside the cluster.
   */
  private Routes open(InferenceEndpoint inference) {
    Routes.Builder routes = Routes.builder().get(MODELS, this::models);
    InferencePaths.ALL.forEach(path -> routes.post(path, inference));
    return routes.build();
  }

  public URI uri() {
    return server.uri();
  }

  private void health(Exchange exchange) throws ClientGoneException {
    boolean booted = sidecar.status().bootReady();
    answer(exchange, booted ? 200 : 503, node().put("status", booted ? "healthy" : "booting"));
  }

  private void ready(Exchange exchange) throws ClientGoneException {
    State state = sidecar.status().state();
    answer(
        exchange, state instanceof State.Serving ? 200 : 503, node().put("state", state.label()));
  }

  private ObjectNode status() {
    SidecarStatus status = sidecar.status();
    ObjectNode tree =
        node()
            .put("model", identity.modelName())
            .put("state", status.state().label())
            .put("bootReady", status.bootReady());
    tree.putObject("queue")
        .put("inFlight", status.inFlight())
        .put("queued", status.queued())
        .put("barriered", status.barriered());
    return tree;
  }

  private void metrics(Exchange exchange) throws ClientGoneException {
    exchange.respond(200, metrics.contentType(), metrics.text());
  }

  /** Answered here in every state: a list must never wake a model. */
  private void models(Exchange exchange) throws ClientGoneException {
    ObjectNode list = node().put("object", "list");
    list.putArray("data")
        .addObject()
        .put("id", identity.modelName())
        .put("object", "model")
        .put("created", identity.declared().getEpochSecond())
        .put("owned_by", "greenthread")
        .put("root", identity.modelName());
    answer(exchange, 200, list);
  }

  private void wake(Exchange exchange) throws ClientGoneException, InterruptedException {
    checkName(exchange);
    report(exchange, orders.await(sidecar, sidecar::wake, State.Serving.class, ORDER_PATIENCE));
  }

  private void sleep(Exchange exchange) throws ClientGoneException, InterruptedException {
    checkName(exchange);
    report(exchange, orders.await(sidecar, sidecar::sleep, State.Sleeping.class, ORDER_PATIENCE));
  }

  /** The body may name the model, and then has to name this one. */
  private void checkName(Exchange exchange) throws ClientGoneException {
    byte[] body = exchange.body();
    if (body.length == 0) {
      return;
    }
    boolean fits =
        switch (RequestPeek.model(body)) {
          case PeekedModel.Named(String name) ->
              name.equals(identity.modelName()) || name.equals(identity.name());
          case PeekedModel.Missing() -> true;
          case PeekedModel.NotAName _, PeekedModel.Malformed _ -> false;
        };
    if (!fits) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST,
          "this is the sidecar of `" + identity.modelName() + "`: leave the body empty or name it");
    }
  }

  private static void report(Exchange exchange, Orders.Outcome outcome) throws ClientGoneException {
    answer(
        exchange,
        200,
        node()
            .put("status", outcome.timedOut() ? "failed" : "ok")
            .put("old_state", outcome.before().label())
            .put("new_state", outcome.after().label())
            .put("duration_ms", outcome.took().toMillis())
            .put("timed_out", outcome.timedOut()));
  }

  private static ObjectNode node() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static void answer(Exchange exchange, int status, ObjectNode body)
      throws ClientGoneException {
    exchange.respondJson(status, body.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Listens no more; requests in flight end, or are ended at the drain deadline. */
  @Override
  public void close() {
    server.stop();
    pools.close();
  }
}
