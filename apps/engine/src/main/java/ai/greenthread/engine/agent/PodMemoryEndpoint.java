package ai.greenthread.engine.agent;

import ai.greenthread.gpu.PodMemory;
import ai.greenthread.gpu.ProcessOwners;
import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.server.Endpoint;
import ai.greenthread.http.server.Exchange;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/**
 * {@code GET /v1/pods/{uid}/memory}: what a pod holds of each device of this node, measured for
 * this request. Whether there is such a pod is not known here, so that one nobody has heard of
 * holds nothing.
 */
final class PodMemoryEndpoint implements Endpoint {
  static final String PREFIX = "/v1/pods/";

  private static final String SUFFIX = "/memory";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Coalesced<PodMemory> measurement;

  PodMemoryEndpoint(Coalesced<PodMemory> measurement) {
    this.measurement = measurement;
  }

  @Override
  public void handle(Exchange exchange) throws ClientGoneException, InterruptedException {
    String rest = exchange.path().substring(PREFIX.length());
    if (!rest.endsWith(SUFFIX)) {
      throw new ApiException(
          ErrorCode.UNKNOWN_URL, "unknown request URL; served here: /v1/pods/<uid>/memory");
    }
    String uid =
        ProcessOwners.uid(rest.substring(0, rest.length() - SUFFIX.length()))
            .orElseThrow(() ->
                new ApiException(
                    ApiError.of(
                            ErrorCode.INVALID_REQUEST,
                            "the URL has to hold the uid of a pod, as in metadata.uid")
                        .withParam("uid")));
    PodMemory memory = measurement.get();
    ObjectNode body = JSON.createObjectNode().put("pod", uid);
    ObjectNode devices = body.putObject("devices");
    memory.of(uid).forEach((gpu, bytes) -> devices.put(gpu.objectName(), bytes.count()));
    body.put("complete", memory.complete());
    if (!memory.complete()) {
      body.put("reason", String.join("; ", memory.gaps()));
    }
    exchange.respondJson(200, body.toString().getBytes(StandardCharsets.UTF_8));
  }
}
