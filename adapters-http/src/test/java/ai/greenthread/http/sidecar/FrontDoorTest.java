package ai.greenthread.http.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.ModelRules;
import ai.greenthread.http.openai.InferencePaths;
import ai.greenthread.http.testkit.Await;
import ai.greenthread.http.testkit.RawClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrontDoorTest extends DoorFixture {
  private static final Pattern PATH = Pattern.compile("/([a-z0-9_]+)(/[a-z0-9_/]+)?");

  @Test
  void healthComesWithTheFirstBootAndReadinessWithServing() {
    assertThat(client.get("/health").read().status()).isEqualTo(503);
    booted();
    assertThat(client.get("/health").read().status()).isEqualTo(200);
    assertThat(client.get("/ready").read().status()).isEqualTo(503);
    sidecar.wake();
    awaitState("serving");
    assertThat(client.get("/ready").read().status()).isEqualTo(200);
    assertThat(client.get("/status").read().body())
        .isEqualTo(
            "{\"model\":\"org/tiny\",\"state\":\"serving\",\"bootReady\":true,"
                + "\"queue\":{\"inFlight\":0,\"queued\":0,\"barriered\":false}}");
  }

  @Test
  void modelsAreListedAsleepWithoutWaking() {
    booted();
    for (String path : List.of("/v1/models", "/status", "/metrics", "/health", "/ready")) {
      client.get(path).read();
    }
    assertThat(client.get("/v1/models").read().body()).contains("\"id\":\"org/tiny\"");
    assertThat(sidecar.status().state().label()).isEqualTo("sleeping");
    assertThat(effects.wakes()).isZero();
    assertThat(runtime.connections()).isZero();
  }

  /** Inference at one part of a path, such as /score, is hidden by no name: more has to follow. */
  @Test
  void noNewModelMayBeNamedLikeTheBeginningOfAPathThatIsServedHere() {
    String body = client.get("/nowhere").read().body();
    List<MatchResult> served =
        PATH.matcher(body.substring(body.indexOf("served here: "))).results().toList();
    assertThat(served.stream().map(MatchResult::group))
        .contains("/api/wake", "/v1/models", "/v2/rerank", "/metrics");
    for (MatchResult path : served) {
      if (path.group(2) != null || !InferencePaths.ALL.contains(path.group())) {
        assertThat(ModelRules.newName(path.group(1))).as(path.group()).isPresent();
      }
    }
  }

  @Test
  void aRequestWakesTheModelAndIsAnswered() {
    booted();
    assertThat(client.post(CHAT, BODY).read().body()).isEqualTo("ok");
    assertThat(client.post(CHAT, BODY).read().body()).isEqualTo("ok");
    assertThat(effects.wakes()).isEqualTo(1);
    Await.until(
        "both are counted",
        () -> metric("gthread_sidecar_requests_total{status=\"success\"}").equals("2.0"));
    assertThat(metric("gthread_sidecar_wake_duration_seconds_count")).isEqualTo("1");
    assertThat(metric("gthread_sidecar_state{state=\"serving\"}")).isEqualTo("1.0");
    assertThat(metric("gthread_sidecar_state{state=\"sleeping\"}")).isEqualTo("0.0");
    assertThat(metric("gthread_sidecar_request_wait_duration_seconds_count")).isEqualTo("1");
    assertThat(metric("gthread_sidecar_wait_bound_seconds")).isEqualTo("300.0");
    assertThat(metric("gthread_sidecar_bound_violations_total")).isEqualTo("0.0");
  }

  @Test
  void aRequestThatWaitsLongerThanPromisedIsCounted() {
    promised = Duration.ofSeconds(6);
    booted();
    effects.wake = new CompletableFuture<>();
    client.post(CHAT, BODY);
    Await.until("it waits", () -> kept.stream().anyMatch(line -> line.startsWith("parked ")));
    awaitState("waking");
    time.pass(Duration.ofSeconds(7));
    effects.wake.complete(true);
    assertThat(client.read().body()).isEqualTo("ok");
    assertThat(client.post(CHAT, BODY).read().body()).isEqualTo("ok");
    assertThat(metric("gthread_sidecar_request_wait_duration_seconds_sum")).isEqualTo("7.0");
    assertThat(metric("gthread_sidecar_bound_violations_total")).isEqualTo("1.0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"model\":|400|invalid_json",
        "[]|400|invalid_json",
        "{\"model\":7}|400|invalid_type",
        "{\"model\":\"other\"}|404|model_not_found"
      })
  void whatIsWrongWithARequestIsSaidBeforeItWakesAnything(String body, int status, String code) {
    booted();
    var answer = client.post(CHAT, body).read();
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
    assertThat(effects.wakes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/sleep?level=2", "/wake_up", "/reset_prefix_cache", "/v1/load_lora_adapter"})
  void theRuntimesAdminRoutesCannotBeReached(String path) {
    awake();
    assertThat(client.post(path, "").read().status()).isEqualTo(404);
    assertThat(runtime.connections()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "POST,/tiny/api/sleep",
    "POST,/tiny/api/wake",
    "POST,/tiny//api/wake",
    "POST,/tiny/../api/wake",
    "POST,/tiny/tiny/api/wake",
    "GET,/tiny/api/events",
    "GET,/tiny/metrics",
    "GET,/tiny/status",
    "GET,/tiny/health",
    "GET,/tiny/ready",
  })
  void whoComesFromOutsideReachesInferenceAlone(String method, String path) {
    booted();
    var answer = (method.equals("GET") ? client.get(path) : client.post(path, "")).read();
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.body())
        .contains("\"code\":\"unknown_url\"", "\"param\":null", "served here: ")
        .doesNotContainPattern("served here: .*/(api|metrics|status|health)");
    assertThat(effects.wakes()).isZero();
  }

  @Test
  void whoComesFromOutsideIsAnsweredByTheModel() {
    booted();
    assertThat(client.get("/tiny/v1/models").read().body()).contains("\"id\":\"org/tiny\"");
    assertThat(effects.wakes()).isZero();
    assertThat(client.post("/tiny" + CHAT, BODY).read().body()).isEqualTo("ok");
    assertThat(client.post("/tiny/rerank", BODY).read().body()).isEqualTo("ok");
  }

  @Test
  void aWaitingStreamIsKeptAliveAndThenGetsItsEvents() {
    booted();
    effects.wake = new CompletableFuture<>();
    script =
        peer -> {
          peer.readRequest();
          peer.send(SSE);
        };
    client.post(CHAT, STREAM);
    assertThat(client.readUntil(": waking\n\n")).contains("text/event-stream");
    effects.wake.complete(true);
    assertThat(client.readUntil("0\r\n\r\n")).contains("data: 1\n\n");
  }

  @ParameterizedTest
  @CsvSource({"'X-Greenthread-Keepalive: off',true", "'X-Other: x',false"})
  void nothingIsSentEarlyToWhoeverDidNotAskForItOrSwitchedItOff(String header, boolean stream)
      throws Exception {
    booted();
    effects.wake = new CompletableFuture<>();
    client.post(CHAT, stream ? STREAM : BODY, header);
    Await.until("it waits", () -> sidecar.status().queued() == 1);
    // Several times what it would take for a comment to come.
    Thread.sleep(KEEP_ALIVE.multipliedBy(4));
    effects.wake.complete(true);
    var answer = client.read();
    assertThat(answer.body()).isEqualTo("ok");
    assertThat(answer.header("Content-Length")).contains("2");
  }

  @Test
  void aFullQueueIsSaidWithTheTimeOfANewTry() {
    booted();
    effects.wake = new CompletableFuture<>();
    try (RawClient first = client();
        RawClient second = client()) {
      first.post(CHAT, BODY);
      second.post(CHAT, BODY);
      Await.until("two wait", () -> sidecar.status().queued() == 2);
      var answer = client.post(CHAT, BODY).read();
      assertThat(answer.status()).isEqualTo(429);
      assertThat(answer.body()).contains("\"code\":\"queue_full\"");
      assertThat(answer.header("Retry-After")).isPresent();
      effects.wake.complete(true);
      assertThat(first.read().body()).isEqualTo("ok");
      assertThat(second.read().body()).isEqualTo("ok");
    }
  }

  @Test
  void aRequestThatWaitedTooLongIsTold() {
    booted();
    effects.wake = new CompletableFuture<>();
    client.post(CHAT, BODY);
    Await.until("it waits", () -> sidecar.status().queued() == 1);
    awaitState("waking");
    time.pass(REQUEST_TIMEOUT);
    var answer = client.read();
    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.body()).contains("\"code\":\"wait_timeout\"");
  }

  @Test
  void aModelThatNeverFitsIsSaidAndNotToBeTriedAgain() {
    booted();
    effects.fits = false;
    var answer = client.post(CHAT, BODY).read();
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("x-should-retry")).contains("false");
    assertThat(answer.header("Retry-After")).isEmpty();
  }

  @Test
  void aClientThatLeavesTheQueueLeavesNothingBehind() {
    booted();
    effects.wake = new CompletableFuture<>();
    client.post(CHAT, BODY);
    Await.until("it waits", () -> sidecar.status().queued() == 1);
    client.close();
    Await.until("it has gone", () -> sidecar.status().queued() == 0);
    Await.until(
        "it is counted", () -> metric("gthread_sidecar_requests_cancelled_total").equals("1.0"));
    assertThat(runtime.connections()).isZero();
  }

  @Test
  void aStreamThatIsCutByADrainIsToldWhyAndBroken() throws Exception {
    awake();
    script =
        peer -> {
          peer.readRequest();
          peer.send(SSE);
          peer.awaitClose();
        };
    client.post(CHAT, STREAM).readUntil("data: 1\n\n");
    sidecar.sleep();
    Await.until("it drains", () -> sidecar.status().barriered());
    time.pass(DRAIN_TIMEOUT);
    assertThat(client.readUntil("}}\n\n")).contains("\"code\":\"preempted\"");
    assertThat(client.readUntil("\r\n")).isEqualTo("\r\n");
    assertThat(client.isClosedByServer()).isTrue();
    awaitState("sleeping");
    assertThat(metric("gthread_sidecar_preemption_barrier_timeouts_total")).isEqualTo("1.0");
  }

  @Test
  void aRequestDuringADrainWaitsForTheNextWake() throws Exception {
    awake();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    script =
        peer -> {
          while (peer.readRequest()) {
            asked.countDown();
            go.await();
            peer.send(OK);
          }
        };
    try (RawClient other = client()) {
      other.post(CHAT, BODY);
      asked.await();
      sidecar.sleep();
      Await.until("it drains", () -> sidecar.status().barriered());
      client.post(CHAT, BODY);
      Await.until("the second waits", () -> sidecar.status().queued() == 1);
      go.countDown();
      assertThat(other.read().body()).isEqualTo("ok");
      assertThat(client.read().body()).isEqualTo("ok");
      assertThat(effects.wakes()).isEqualTo(2);
    }
  }

  @Test
  void ordersAreAnsweredWhenTheyAreDone() {
    booted();
    assertThat(client.post("/api/wake", "{\"model\":\"tiny\"}").read().body())
        .matches(
            "\\{\"status\":\"ok\",\"old_state\":\"sleeping\",\"new_state\":\"serving\","
                + "\"duration_ms\":\\d+,\"timed_out\":false}");
    assertThat(client.post("/api/sleep", "").read().body())
        .contains("\"old_state\":\"serving\",\"new_state\":\"sleeping\"");
    assertThat(client.post("/api/wake", "{\"model\":\"other\"}").read().status()).isEqualTo(400);
  }

  @Test
  void showsTheTwelveDocumentedMetrics() {
    awake();
    client.post(CHAT, BODY).read();
    String text = client.get("/metrics").read().body();
    assertThat(
            List.of(
                "gthread_sidecar_state",
                "gthread_sidecar_queue_depth",
                "gthread_sidecar_in_flight_requests",
                "gthread_sidecar_wake_duration_seconds",
                "gthread_sidecar_sleep_duration_seconds",
                "gthread_sidecar_requests_total",
                "gthread_sidecar_gpu_memory_reserved_bytes",
                "gthread_sidecar_gpu_memory_serving_bytes",
                "gthread_sidecar_preemptions_total",
                "gthread_sidecar_preemption_barrier_timeouts_total",
                "gthread_sidecar_wake_deduplications_total",
                "gthread_sidecar_gpu_cas_conflicts_total"))
        .allSatisfy(name -> assertThat(text).contains("# TYPE " + name + " "));
    assertThat(text)
        .contains("gthread_sidecar_requests_total{status=\"error\"}")
        .contains("gthread_sidecar_preemptions_total{role=\"preempted\"}")
        .contains("gthread_sidecar_preemptions_total{role=\"preemptor\"}")
        .contains("gthread_sidecar_gpu_memory_reserved_bytes{gpu=\"0\"}");
  }

  @Test
  void whoFollowsEventsDoesNotHoldUpTheEnd() {
    booted();
    client.get("/api/events").readUntil("event: system_state\n");
    long start = System.nanoTime();
    door.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(client.readUntil("0\r\n\r\n")).endsWith("0\r\n\r\n");
  }
}
