package ai.greenthread.engine.webhook;

import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.server.Endpoint;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.k8s.admission.Admission;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** {@code POST /validate}: reads a review, has it answered and counts it. */
final class ReviewEndpoint implements Endpoint {
  private static final System.Logger LOG = System.getLogger(ReviewEndpoint.class.getName());
  private static final int UNPROCESSABLE = 422;

  private final Admission admission;
  private final WebhookMetrics metrics;

  ReviewEndpoint(Admission admission, WebhookMetrics metrics) {
    this.admission = admission;
    this.metrics = metrics;
  }

  @Override
  public void handle(Exchange exchange) throws ClientGoneException {
    long began = System.nanoTime();
    JsonObject review = parse(exchange.body());
    JsonObject answer = admission.review(review);
    exchange.respondJson(200, answer.toString().getBytes(StandardCharsets.UTF_8));
    count(Trees.at(review, "request"), Trees.at(answer, "response"), System.nanoTime() - began);
  }

  private static JsonObject parse(byte[] body) {
    try {
      if (JsonParser.parseString(new String(body, StandardCharsets.UTF_8))
          instanceof JsonObject object) {
        return object;
      }
    } catch (JsonParseException e) {
      // Said below; the parser's own words would show parts of the object.
    }
    throw new ApiException(
        ErrorCode.INVALID_REQUEST, "the body must be an AdmissionReview of admission.k8s.io/v1");
  }

  private void count(JsonObject request, JsonObject response, long nanos) {
    String kind = Trees.text(Trees.at(request, "kind"), "kind").orElse("");
    boolean known = Arrays.stream(Resource.values()).anyMatch(r -> r.kind().equals(kind));
    long code = Trees.number(Trees.at(response, "status"), "code");
    boolean allowed = Trees.flag(response, "allowed");
    String outcome = allowed ? "allowed" : code == UNPROCESSABLE ? "refused" : "failed";
    metrics.judged(known ? kind : "other", outcome, nanos);
    if (!allowed) {
      LOG.log(
          System.Logger.Level.INFO,
          "{0} {1}/{2}: {3}, status {4}",
          known ? kind : "an object",
          Trees.text(request, "namespace").orElse(""),
          Trees.text(request, "name").orElse(""),
          outcome,
          code);
    }
  }
}
