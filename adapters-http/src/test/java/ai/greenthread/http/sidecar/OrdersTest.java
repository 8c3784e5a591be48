package ai.greenthread.http.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.testkit.Await;
import ai.greenthread.http.testkit.RawClient;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class OrdersTest extends DoorFixture {
  @Test
  void aModelThatRequestsWaitForSleepsOnceAndWakesAgain() throws Exception {
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
    try (RawClient first = client();
        RawClient operator = client()) {
      first.post(CHAT, BODY);
      asked.await();
      operator.post("/api/sleep", "");
      Await.until("it drains", () -> sidecar.status().barriered());
      client.post(CHAT, BODY);
      Await.until("one waits", () -> sidecar.status().queued() == 1);
      go.countDown();

      assertThat(operator.read().body()).contains("\"status\":\"ok\"", "\"timed_out\":false");
      assertThat(client.read().body()).isEqualTo("ok");
      assertThat(effects.wakes()).isEqualTo(2);
      assertThat(sidecar.status().state().label()).isEqualTo("serving");
    }
  }

  @Test
  void aWakeThatCannotBeIsToldAtOnceAndNotTriedAgain() {
    booted();
    effects.fits = false;

    assertThat(client.post("/api/wake", "").read().body()).contains("\"status\":\"failed\"");
    awaitState("sleeping");
    assertThat(effects.wakes()).isZero();
  }

  @Test
  void aWakeThatFailsIsTold() {
    booted();
    effects.wake = CompletableFuture.completedFuture(false);

    assertThat(client.post("/api/wake", "").read().body())
        .contains("\"status\":\"failed\"", "\"new_state\":\"failed\"");
    assertThat(effects.wakes()).isEqualTo(1);
  }
}
