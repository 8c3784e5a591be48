package ai.greenthread.engine.sidecar;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.http.runtime.PodHost;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Asks the node's agent what this pod holds. An agent that is away is asked again for a while: it
 * may be restarted at any time, and a sleep that cannot be proved would cost the server its life.
 */
final class AgentMeter implements PodHost.Meter {
  /**
   * An update of the agent takes as long as its image is pulled, and a sleep may take a minute by
   * default: whoever asks has a deadline of its own, and interrupts this.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration LIMIT = Duration.ofSeconds(3);
  private static final long AGAIN_MS = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http;
  private final URI question;

  AgentMeter(HttpClient http, URI agent, String podUid) {
    this.http = http;
    this.question = agent.resolve("/v1/pods/" + podUid + "/memory");
  }

  @Override
  public Map<GpuId, Bytes> measure(List<GpuId> devices)
      throws RuntimeFailure, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return ask(devices);
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new RuntimeFailure(
              "the node's agent does not tell what the pod holds: " + e.getMessage(), e);
        }
        Thread.sleep(AGAIN_MS);
      }
    }
  }

  private Map<GpuId, Bytes> ask(List<GpuId> devices) throws IOException, InterruptedException {
    String names = devices.stream().map(GpuId::objectName).collect(Collectors.joining(","));
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create(question + "?gpus=" + names)).timeout(LIMIT).build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException("status " + response.statusCode());
    }
    JsonNode answer = JSON.readTree(response.body());
    if (!answer.path("complete").asBoolean(false)) {
      throw new IOException(answer.path("reason").asText("the answer is not complete"));
    }
    Map<GpuId, Bytes> held = new HashMap<>();
    for (GpuId device : devices) {
      JsonNode bytes = answer.path("devices").path(device.objectName());
      if (!bytes.isIntegralNumber()) {
        throw new IOException("nothing is told of " + device);
      }
      held.put(device, Bytes.of(bytes.asLong()));
    }
    return held;
  }
}
