package ai.greenthread.http.runtime;

import ai.greenthread.domain.model.SleepLevel;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;

/**
 * vLLM's sleep and wake calls.
 *
 * <p>Level 1 moves the weights to host memory and takes one call back; level 2 drops them and needs
 * four: memory for the weights, the weights themselves, memory for the KV cache, and an empty
 * prefix cache. Leaving out the second gives garbage with status 200, which the canary finds. Any
 * error while waking leaves memory half mapped; the engine ends the process then.
 */
final class VllmAdmin {
  private static final Duration LOOK_LIMIT = Duration.ofSeconds(5);

  /** A last look just before the deadline deserves an answer too. */
  private static final Duration LAST_LOOK_LIMIT = Duration.ofMillis(500);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final AdminClient client;
  private final SleepLevel level;

  VllmAdmin(AdminClient client, SleepLevel level) {
    this.client = client;
    this.level = level;
  }

  void wakeUp(Deadline deadline) throws RuntimeFailure, InterruptedException {
    if (level != SleepLevel.TWO) {
      client.command("/wake_up", "", deadline.left());
      return;
    }
    client.command("/wake_up?tags=weights", "", deadline.left());
    client.command("/collective_rpc", "{\"method\":\"reload_weights\"}", deadline.left());
    client.command("/wake_up?tags=kv_cache", "", deadline.left());
    client.command("/reset_prefix_cache", "", deadline.left());
  }

  void sleep(Deadline deadline) throws RuntimeFailure, InterruptedException {
    String number = level == SleepLevel.TWO ? "2" : "1";
    AdminClient.Answer answer =
        client.post("/sleep?level=" + number + "&mode=wait", "", deadline.left());
    if (answer.status() == 404) {
      throw new RuntimeFailure(
          "vLLM has no sleep routes: start it with VLLM_SERVER_DEV_MODE=1 and --enable-sleep-mode");
    }
    if (!answer.ok()) {
      throw new RuntimeFailure(AdminClient.refusal("POST", "/sleep", answer));
    }
  }

  /**
   * What the server says. One without sleep routes is awake.
   *
   * @throws RuntimeFailure when it says neither
   */
  boolean isSleeping(Deadline deadline) throws RuntimeFailure, InterruptedException {
    Duration left = deadline.left(LOOK_LIMIT);
    AdminClient.Answer answer =
        client.get("/is_sleeping", left.compareTo(LAST_LOOK_LIMIT) < 0 ? LAST_LOOK_LIMIT : left);
    if (answer.status() == 404) {
      return false;
    }
    if (answer.ok()) {
      try {
        JsonNode says = JSON.readTree(answer.body()).path("is_sleeping");
        if (says.isBoolean()) {
          return says.booleanValue();
        }
      } catch (JsonProcessingException e) {
        throw new RuntimeFailure(AdminClient.refusal("GET", "/is_sleeping", answer), e);
      }
    }
    throw new RuntimeFailure(AdminClient.refusal("GET", "/is_sleeping", answer));
  }
}
