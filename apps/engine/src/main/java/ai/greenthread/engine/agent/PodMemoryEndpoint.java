package ai.greenthread.engine.agent;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * {@code GET /v1/pods/{uid}/memory}: what a pod holds of each device of this node, measured for
 * this request. Whether there is such a pod is not known here, so that one nobody has heard of
 * holds nothing. With {@code ?gpus=gpu-n1-0,gpu-n1-1} only these devices are answered for, so that
 * a device that is out of order does not take the others' answers with it.
 */
final class PodMemoryEndpoint implements Endpoint {
  static final String PREFIX = "/v1/pods/";

  private static final String SUFFIX = "/memory";
  private static final int LONGEST_NAME = 300;
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
    SortedMap<GpuId, Bytes> held = memory.of(uid);
    List<String> untold = new ArrayList<>();
    Optional<String> wanted = exchange.queryParameter("gpus");
    if (wanted.isPresent()) {
      SortedSet<String> names = new TreeSet<>(List.of(wanted.get().split(",", -1)));
      held.keySet().removeIf(gpu -> !names.contains(gpu.objectName()));
      held.keySet().forEach(gpu -> names.remove(gpu.objectName()));
      names.forEach(name -> untold.add(shown(name) + " is not seen on this node"));
    }
    untold.addAll(memory.untold(held.keySet()));
    ObjectNode body = JSON.createObjectNode().put("pod", uid);
    ObjectNode devices = body.putObject("devices");
    held.forEach((gpu, bytes) -> devices.put(gpu.objectName(), bytes.count()));
    body.put("complete", untold.isEmpty());
    if (!untold.isEmpty()) {
      body.put("reason", String.join("; ", untold));
    }
    exchange.respondJson(200, body.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** What a client wrote is quoted shortly. */
  private static String shown(String name) {
    return name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name;
  }
}
