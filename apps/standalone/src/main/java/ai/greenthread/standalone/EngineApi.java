package ai.greenthread.standalone;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelDocument;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ModelRules;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.domain.model.Violation;
import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.server.Endpoint;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.http.server.Routes;
import ai.greenthread.http.sidecar.Orders;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The API for operators: objects shaped as the Kubernetes API shows them, orders, events and logs.
 * It can start programs, so every call needs the token that only the owner of the data folder can
 * read.
 */
final class EngineApi {
  static final String GROUP = "/apis/greenthread.ai/v1alpha1";
  private static final String NAMESPACES = GROUP + "/namespaces/";
  private static final String MODELS = "models";
  private static final Duration ORDER_PATIENCE = Duration.ofMinutes(10);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Fleet fleet;
  private final EngineObjects objects;
  private final ServerLogs logs;
  private final byte[] token;
  private final Map<String, Object> version;
  private final Runnable onChange;
  private final Runnable onShutdown;

  /**
   * @param version what {@code GET /version} answers
   * @param onChange called after Models came or went
   * @param onShutdown called when an operator wants the engine to end; must return at once
   */
  EngineApi(
      Fleet fleet,
      EngineObjects objects,
      ServerLogs logs,
      String token,
      Map<String, Object> version,
      Runnable onChange,
      Runnable onShutdown) {
    this.fleet = fleet;
    this.objects = objects;
    this.logs = logs;
    this.token = token.getBytes(StandardCharsets.UTF_8);
    this.version = version;
    this.onChange = onChange;
    this.onShutdown = onShutdown;
  }

  Routes routes(Endpoint events) {
    return Routes.builder()
        .get("/health", exchange -> answer(exchange, 200, Map.of("status", "healthy")))
        .get("/version", guarded(exchange -> answer(exchange, 200, version)))
        .get(GROUP + "/" + MODELS, guarded(exchange -> answer(exchange, 200, objects.models())))
        .get(
            NAMESPACES + "greenthread-system/gpus",
            guarded(exchange -> answer(exchange, 200, objects.gpus())))
        .onPrefix("GET", NAMESPACES, guarded(this::get))
        .onPrefix("PUT", NAMESPACES, guarded(this::put))
        .onPrefix("DELETE", NAMESPACES, guarded(this::delete))
        .onPrefix("POST", NAMESPACES, guarded(this::order))
        .get("/api/events", guarded(events))
        .post("/api/shutdown", guarded(this::shutdown))
        .build();
  }

  private Endpoint guarded(Endpoint endpoint) {
    return exchange -> {
      String given = exchange.header("Authorization").orElse("");
      byte[] secret =
          given.startsWith("Bearer ")
              ? given.substring("Bearer ".length()).strip().getBytes(StandardCharsets.UTF_8)
              : new byte[0];
      if (!MessageDigest.isEqual(secret, token)) {
        throw new ApiException(
            ErrorCode.INVALID_API_KEY,
            "this API needs the token in the file `token` of the engine's data folder, as"
                + " Authorization: Bearer …");
      }
      endpoint.handle(exchange);
    };
  }

  /**
   * A path below {@code namespaces/}: {@code NS/models/NAME[/ACTION]}.
   *
   * @param action empty for the object itself
   */
  private record Target(ModelRef ref, String action) {}

  private static Target target(Exchange exchange) {
    List<String> parts = List.of(exchange.path().substring(NAMESPACES.length()).split("/", -1));
    boolean fits = (parts.size() == 3 || parts.size() == 4) && parts.get(1).equals(MODELS);
    if (!fits || parts.get(0).isEmpty() || parts.get(2).isEmpty()) {
      throw new ApiException(
          ErrorCode.UNKNOWN_URL,
          "there is nothing at " + exchange.path() + "; Models are at NAMESPACE/models/NAME");
    }
    return new Target(
        new ModelRef(parts.get(0), parts.get(2)), parts.size() == 4 ? parts.get(3) : "");
  }

  private void get(Exchange exchange) throws ClientGoneException, InterruptedException {
    Target target = target(exchange);
    switch (target.action()) {
      case "" -> answer(exchange, 200, objects.model(present(target.ref())));
      case "logs" -> logs.send(exchange, present(target.ref()).replicas());
      default -> throw unknownAction(target);
    }
  }

  private void put(Exchange exchange) throws ClientGoneException, InterruptedException {
    Target target = target(exchange);
    switch (ModelManifest.read(tree(exchange.body()))) {
      case Reading.Invalid invalid -> refuse(exchange, invalid.violations());
      case Reading.Valid valid -> {
        Model model = valid.model();
        if (!model.ref().equals(target.ref())) {
          throw new ApiException(
              ErrorCode.INVALID_REQUEST,
              "the manifest is " + model.ref() + ", but the URL says " + target.ref());
        }
        Optional<Violation> refusal =
            fleet.find(model.ref()).isEmpty()
                ? ModelRules.newName(model.ref().name())
                : Optional.empty();
        if (refusal.isPresent()) {
          refuse(exchange, List.of(refusal.get()));
        } else if (exchange.queryParameter("dryRun").isPresent()) {
          dryRun(exchange, model);
        } else {
          apply(exchange, model);
        }
      }
    }
  }

  private void dryRun(Exchange exchange, Model model) throws ClientGoneException {
    Optional<Violation> clash = fleet.clash(model);
    if (clash.isPresent()) {
      refuse(exchange, List.of(clash.get()));
    } else {
      answer(exchange, 200, ModelDocument.write(model));
    }
  }

  private void apply(Exchange exchange, Model model)
      throws ClientGoneException, InterruptedException {
    switch (fleet.apply(model, true)) {
      case Fleet.Applied.Done(Fleet.Change change) -> {
        onChange.run();
        answer(
            exchange,
            change == Fleet.Change.CREATED ? 201 : 200,
            objects.model(present(model.ref())));
      }
      case Fleet.Applied.Clashes(Violation violation) -> refuse(exchange, List.of(violation));
      case Fleet.Applied.Closing() ->
          throw new ApiException(
              ErrorCode.SHUTTING_DOWN, "the engine ends; apply the Model to the next one");
    }
  }

  private static Map<String, Object> tree(byte[] body) {
    try {
      return JSON.readValue(body, new TypeReference<Map<String, Object>>() {});
    } catch (JsonProcessingException e) {
      throw new ApiException(
          ErrorCode.INVALID_JSON, "the body is no JSON object: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new ApiException(ErrorCode.INVALID_JSON, "the body cannot be read");
    }
  }

  private static void refuse(Exchange exchange, List<Violation> violations)
      throws ClientGoneException {
    var error = new LinkedHashMap<String, Object>();
    error.put(
        "message", violations.stream().map(Violation::toString).collect(Collectors.joining("; ")));
    error.put("type", "invalid_request_error");
    error.put("param", violations.getFirst().field());
    error.put("code", "invalid_manifest");
    error.put(
        "details",
        violations.stream()
            .map(violation -> Map.of("field", violation.field(), "message", violation.toString()))
            .toList());
    answer(exchange, 422, Map.of("error", error));
  }

  private void delete(Exchange exchange) throws ClientGoneException, InterruptedException {
    Target target = target(exchange);
    Map<String, Object> last = objects.model(present(target.ref()));
    fleet.delete(target.ref());
    onChange.run();
    answer(exchange, 200, last);
  }

  private void order(Exchange exchange) throws ClientGoneException, InterruptedException {
    Target target = target(exchange);
    List<Replica> replicas = present(target.ref()).replicas();
    if (replicas.isEmpty()) {
      throw new ApiException(
          ErrorCode.NO_REPLICA, target.ref() + " has no replica on this machine");
    }
    Replica replica = replicas.getFirst();
    Orders.Outcome outcome =
        switch (target.action()) {
          case "wake" -> replica.wake(ORDER_PATIENCE);
          case "sleep" -> replica.sleep(ORDER_PATIENCE);
          default -> throw unknownAction(target);
        };
    var result = new LinkedHashMap<String, Object>();
    result.put("status", outcome.timedOut() ? "failed" : "ok");
    result.put("old_state", outcome.before().label());
    result.put("new_state", outcome.after().label());
    result.put("duration_ms", outcome.took().toMillis());
    result.put("timed_out", outcome.timedOut());
    result.put("reason", EngineObjects.reason(outcome.after()));
    answer(exchange, 200, result);
  }

  private void shutdown(Exchange exchange) throws ClientGoneException {
    answer(exchange, 202, Map.of("status", "shutting down"));
    onShutdown.run();
  }

  private Fleet.Deployed present(ModelRef ref) {
    return fleet
        .find(ref)
        .orElseThrow(() ->
            new ApiException(
                ApiError.of(
                    ErrorCode.MODEL_NOT_FOUND,
                    "there is no Model "
                        + ref
                        + "; there are: "
                        + (fleet.all().isEmpty()
                            ? "none"
                            : fleet.all().stream()
                                .map(each -> each.model().ref().toString())
                                .collect(Collectors.joining(", "))))));
  }

  private static ApiException unknownAction(Target target) {
    return new ApiException(
        ErrorCode.UNKNOWN_URL,
        "a Model has no " + target.action() + "; there are wake, sleep and logs");
  }

  private static void answer(Exchange exchange, int status, Map<String, ?> tree)
      throws ClientGoneException {
    try {
      exchange.respondJson(status, JSON.writeValueAsBytes(tree));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an object cannot be written as JSON", e);
    }
  }
}
