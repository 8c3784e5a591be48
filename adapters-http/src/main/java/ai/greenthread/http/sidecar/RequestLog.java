package ai.greenthread.http.sidecar;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.http.events.EventJournal;
import ai.greenthread.http.events.EventType;
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

/**
 * Counts inference requests and tells them as events: that they came, and how each ended. Nothing
 * of what a request or its answer holds is told.
 */
final class RequestLog {
  private final SidecarMetrics metrics;
  private final EventJournal journal;
  private final ReplicaId replica;

  RequestLog(SidecarMetrics metrics, EventJournal journal, ReplicaId replica) {
    this.metrics = metrics;
    this.journal = journal;
    this.replica = replica;
  }

  /** A request has come. */
  Request received(Exchange exchange) {
    var request = new Request(exchange.path(), exchange.requestId());
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

  /** One request; exactly one of its methods is called, once. */
  final class Request {
    private final String path;
    private final String id;
    private final Instant received = journal.now();

    private Request(String path, String id) {
      this.path = path;
      this.id = id;
    }

    /** It is wrong in itself; that says nothing about the model. */
    void rejected(ApiError error) {
      failed(error.message(), error.status(), error.code().code());
    }

    /** The gate did not let it in. */
    void refused(Refusal refusal, ApiError error) {
      metrics.requestRefused(refusal);
      failed(refusal.message(), error.status(), refusal.cause().name().toLowerCase(Locale.ROOT));
    }

    /** Its client left, or the server stops. */
    void givenUp() {
      metrics.requestCancelled();
      failed("nobody waits for the answer any more", 0, "cancelled");
    }

    /** The runtime gave no answer, so the client got this error. */
    void unanswered(ApiError error) {
      metrics.requestEnded(false);
      failed(error.message(), error.status(), error.code().code());
    }

    /** The runtime's whole answer was passed on. */
    void completed(RelayOutcome.Completed outcome) {
      int status = outcome.status();
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
