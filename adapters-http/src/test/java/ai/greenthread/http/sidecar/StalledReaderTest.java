package ai.greenthread.http.sidecar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.testkit.Await;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A client that has asked for much and reads none of it. */
class StalledReaderTest extends DoorFixture {
  private final AtomicLong sent = new AtomicLong();

  /** Answers without an end, as fast as it is taken. */
  private void answerEndlessly() {
    script =
        peer -> {
          peer.readRequest();
          peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
          byte[] some = "data: 1\n\n".repeat(8_000).getBytes(UTF_8);
          while (true) {
            peer.send(some);
            sent.addAndGet(some.length);
          }
        };
  }

  private void awaitStalled() throws InterruptedException {
    long before = -1;
    while (sent.get() == 0 || sent.get() != before) {
      before = sent.get();
      Thread.sleep(200);
    }
  }

  @Test
  void isEndedByACutSoThatTheModelCanSleep() throws Exception {
    awake();
    answerEndlessly();
    client.post(CHAT, STREAM);
    awaitStalled();
    sidecar.sleep();
    Await.until("it drains", () -> sidecar.status().barriered());
    assertThat(sidecar.status().inFlight()).isEqualTo(1);
    time.pass(DRAIN_TIMEOUT);
    awaitState("sleeping");
    assertThat(sidecar.status().inFlight()).isZero();
  }
}
