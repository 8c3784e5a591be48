package ai.greenthread.http.sidecar;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.http.events.EventJournal;
import ai.greenthread.http.events.EventType;
import ai.greenthread.http.events.HistoryLog;
import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.relay.RelayOutcome;
import ai.greenthread.http.relay.UpstreamException;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.scheduling.gate.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Counts inference requests and tells them as events: that they came, and how each ended. Nothing
 * of what a request or its answer holds is told.
 */
final class RequestLog {
  private final SidecarMetrics metrics;
  private final EventJournal journal;
  private final HistoryLog history;
  private final ReplicaId replica;
  private final String modelName;

  /**
   * @param modelName what requests carry in {@code model}
   */
  RequestLog(SidecarMetrics metrics, EventJournal journal, ReplicaId replica, String modelName) {
    this.metrics = metrics;
    this.journal = journal;
    this.history = journal.history();
    this.replica = replica;
    this.modelName = modelName;
  }

  /** A request has come. */
  Request received(Exchange exchange) {
    var request = new Request(exchange.path(), exchange.requestId());
    request.received();
    if (journal.isFollowed()) {
      journal.mention(
          EventType.REQUEST_RECEIVED,
          replica.model().name(),
          request.path,
          null,
          request.metadata(Map.of()));
    }
    return request;
  }

  /** One request; exactly one of those of its methods that tell of its end is called, once. */
  final class Request {
    private final String path;
    private final String id;
    private final Instant received = journal.now();
    private Instant parked = received;
    private Optional<Duration> promised = Optional.empty();

    private Request(String path, String id) {
      this.path = path;
      this.id = id;
    }

    private void received() {
      if (history.isKept()) {
        keep("received", Map.of());
      }
    }

    /** It waits for its model. */
    void parked() {
      parked = journal.now();
      promised = metrics.promised(parked);
      if (history.isKept()) {
        keep("parked", Map.of());
      }
    }

    /** Its wait is over, whether its model serves now or not. */
    void waited() {
      Instant now = journal.now();
      metrics.requestWaited(Duration.between(parked, now), promised, now);
    }

    /** It is about to be sent to the runtime of this wake. */
    void forwarded(long generation) {
      if (history.isKept()) {
        keep("forwarded", Map.of("generation", generation));
      }
    }

    /** It reached nobody and goes back to the gate. */
    void returned(ApiError error) {
      if (history.isKept()) {
        keep("returned", Map.of("code", error.code().code()));
      }
    }

    /** It is wrong in itself; that says nothing about the model. */
    void rejected(ApiError error) {
      closed("rejected", error.status());
      failed(error.message(), error.status(), error.code().code());
    }

    /** The gate did not let it in. */
    void refused(Refusal refusal, ApiError error) {
      closed("refused", error.status());
      metrics.requestRefused(refusal);
      failed(refusal.message(), error.status(), refusal.cause().name().toLowerCase(Locale.ROOT));
    }

    /** Its client left, or the server stops. */
    void givenUp() {
      closed("given_up", 0);
      metrics.requestCancelled();
      failed("nobody waits for the answer any more", 0, "cancelled");
    }

    /** The runtime gave no answer, so the client got this error. */
    void unanswered(ApiError error) {
      closed("unanswered", error.status());
      metrics.requestEnded(false);
      failed(error.message(), error.status(), error.code().code());
    }

    /** The runtime's whole answer was passed on. */
    void completed(RelayOutcome.Completed outcome) {
      int status = outcome.status();
      closed("completed", status);
      metrics.requestEnded(status < 500);
      if (status >= 500) {
        failed("the model's server answered " + status, status, "upstream_status");
      } else if (journal.isFollowed()) {
        journal.mention(
            EventType.REQUEST_COMPLETED,
            replica.model().name(),
            path + " answered " + status,
            duration(),
            metadata(Map.of("status", status, "bytes", outcome.bodyBytes())));
      }
    }

    /** The answer broke off; its client was told as well as that was still possible. */
    void broken(int status, UpstreamException failure) {
      closed("broken", status);
      metrics.requestEnded(false);
      String message = failure.getMessage();
      failed(
          message == null ? "the answer broke off" : message,
          status,
          failure.failure().name().toLowerCase(Locale.ROOT));
    }

    private void failed(String message, int status, String cause) {
      Map<String, Object> how =
          status == 0 ? Map.of("cause", cause) : Map.of("cause", cause, "status", status);
      journal.record(
          EventType.REQUEST_FAILED, replica.model().name(), message, duration(), metadata(how));
    }

    private void closed(String how, int status) {
      if (history.isKept()) {
        keep("closed", Map.of("how", how, "status", status));
      }
    }

    /** Only where a history is kept: requests pay for nothing that is not. */
    private void keep(String what, Map<String, Object> further) {
      var facts = new HashMap<String, Object>(further);
      facts.put("request", id);
      facts.put("replica", replica.podName());
      facts.put("model", modelName);
      history.write(what, facts);
    }

    private Duration duration() {
      return Duration.between(received, journal.now());
    }

    private Map<String, Object> metadata(Map<String, Object> further) {
      var all = new HashMap<>(further);
      all.put("request_id", id);
      all.put("path", path);
      all.put("replica", replica.podName());
      all.put("namespace", replica.model().namespace());
      return all;
    }
  }
}
