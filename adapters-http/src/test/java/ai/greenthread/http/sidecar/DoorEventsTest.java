package ai.greenthread.http.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.events.EventFilter;
import ai.greenthread.http.testkit.Await;
import ai.greenthread.http.testkit.RawClient;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DoorEventsTest extends DoorFixture {
  private static final String SECRET = "a-prompt-nobody-may-read";
  private static final String ASKING =
      "{\"model\":\"org/tiny\",\"messages\":[{\"content\":\"" + SECRET + "\"}]}";

  /** Reads events up to one of this type. */
  private static List<JsonNode> until(RawClient follower, String type) {
    var seen = new ArrayList<JsonNode>();
    while (seen.isEmpty() || !seen.getLast().path("type").asText().equals(type)) {
      follower.readUntil("data: ");
      try {
        seen.add(new ObjectMapper().readTree(follower.readUntil("\n\n")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return seen;
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.path("type").asText()).toList();
  }

  @Test
  void aWakeASleepAndTheirRequestAreToldInOrder() {
    booted();
    try (RawClient follower = client()) {
      follower.get("/api/events");
      List<JsonNode> first = until(follower, "system_state");
      client.post(CHAT, ASKING, "x-request-id: mine-1").read();
      List<JsonNode> events = until(follower, "request_completed");
      assertThat(types(events))
          .containsExactly(
              "request_received",
              "wake_started",
              "container_started",
              "wake_completed",
              "request_completed");
      sidecar.sleep();
      List<JsonNode> sleep = until(follower, "sleep_completed");
      assertThat(types(sleep)).containsExactly("sleep_started", "sleep_completed");

      var all = new ArrayList<>(first);
      all.addAll(events);
      all.addAll(sleep);
      assertThat(all)
          .allSatisfy(event -> {
            assertThat(event.path("id").asText()).matches("\\d{17}");
            assertThat(event.path("timestamp").asLong()).isEqualTo(time.instant().toEpochMilli());
            assertThat(event.path("message").asText()).isNotEmpty();
            assertThat(event.path("metadata").isObject()).isTrue();
            assertThat(event.toString()).doesNotContain(SECRET);
          });
      assertThat(all.stream().map(event -> event.path("id").asText()).toList())
          .isSorted()
          .doesNotHaveDuplicates();
      assertThat(events)
          .allSatisfy(event -> assertThat(event.path("model_name").asText()).isEqualTo("tiny"));
      JsonNode wake = events.get(3).path("metadata");
      assertThat(wake.path("old_status").asText()).isEqualTo("waking");
      assertThat(wake.path("new_status").asText()).isEqualTo("serving");
      assertThat(wake.path("gpu_memory_used").isIntegralNumber()).isTrue();
      JsonNode completed = events.getLast();
      assertThat(completed.path("duration_ms").isIntegralNumber()).isTrue();
      assertThat(completed.path("metadata").path("status").asInt()).isEqualTo(200);
      assertThat(completed.path("metadata").path("request_id").asText()).isEqualTo("mine-1");
      assertThat(completed.path("metadata").path("path").asText()).isEqualTo(CHAT);
    }
  }

  @Test
  void theFirstEventShowsModelsAndGpus() {
    awake();
    client.get("/api/events");
    JsonNode state = until(client, "system_state").getFirst().path("metadata");
    assertThat(state.path("models").path(0).path("backend_name").asText()).isEqualTo("tiny-0");
    assertThat(state.path("models").path(0).path("status").asText()).isEqualTo("serving");
    assertThat(state.path("models").path(0).has("gpu_memory_used")).isTrue();
    assertThat(state.path("gpus").path(0).path("index").asInt(-1)).isZero();
    assertThat(state.path("gpus").path(0).path("total_memory").asLong()).isEqualTo(1L << 30);
    assertThat(state.path("gpus").path(0).has("used_memory")).isTrue();
  }

  @Test
  void theDurationOfARequestIncludesItsWait() {
    booted();
    effects.wake = new CompletableFuture<>();
    try (RawClient follower = client()) {
      follower.get("/api/events");
      until(follower, "system_state");
      client.post(CHAT, BODY);
      until(follower, "request_received");
      awaitState("waking");
      time.pass(Duration.ofSeconds(7));
      effects.wake.complete(true);
      List<JsonNode> events = until(follower, "request_completed");
      assertThat(events.getLast().path("duration_ms").asLong()).isEqualTo(7000);
      JsonNode woken =
          events.stream()
              .filter(event -> event.path("type").asText().equals("wake_completed"))
              .findFirst()
              .orElseThrow();
      assertThat(woken.path("duration_ms").asLong()).isEqualTo(7000);
    }
  }

  @Test
  void requestsThatFailAreToldWithTheirCause() {
    booted();
    try (RawClient follower = client()) {
      follower.get("/api/events");
      until(follower, "system_state");
      client.post(CHAT, "{").read();
      JsonNode bad = until(follower, "request_failed").getLast().path("metadata");
      assertThat(bad.path("cause").asText()).isEqualTo("invalid_json");
      assertThat(bad.path("status").asInt()).isEqualTo(400);

      script = peer -> peer.readRequest();
      client.post(CHAT, BODY).read();
      JsonNode broken = until(follower, "request_failed").getLast().path("metadata");
      assertThat(broken.path("cause").asText()).isEqualTo("upstream_broken");
      assertThat(broken.path("status").asInt()).isEqualTo(502);
    }
  }

  @Test
  void aParkedRequestThatWaitedTooLongIsTold() {
    booted();
    effects.wake = new CompletableFuture<>();
    client.post(CHAT, BODY);
    Await.until("it waits", () -> sidecar.status().queued() == 1);
    time.pass(REQUEST_TIMEOUT);
    client.read();
    try (RawClient late = client()) {
      late.get("/api/events?replay=10");
      JsonNode failed = until(late, "request_failed").getLast();
      assertThat(failed.path("metadata").path("cause").asText()).isEqualTo("deadline");
      assertThat(failed.path("duration_ms").asLong()).isEqualTo(REQUEST_TIMEOUT.toMillis());
    }
  }

  @Test
  void aFailedWakeIsToldOnce() {
    booted();
    effects.wake = CompletableFuture.completedFuture(false);
    sidecar.wake();
    awaitState("failed");
    assertThat(types(kept())).containsOnlyOnce("wake_failed").doesNotContain("wake_completed");
  }

  @Test
  void aServerThatDiesIsToldAndItsEndToo() {
    awake();
    sidecar.runtimeDied("it was killed");
    awaitState("sleeping");
    assertThat(types(kept())).endsWith("container_error", "container_stopped");
  }

  private List<JsonNode> kept() {
    try (RawClient late = client()) {
      int count = journal.last(100, EventFilter.ALL).size();
      late.get("/api/events?replay=100");
      var events = new ArrayList<JsonNode>();
      until(late, "system_state");
      while (events.size() < count) {
        late.readUntil("data: ");
        events.add(new ObjectMapper().readTree(late.readUntil("\n\n")));
      }
      return events;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
