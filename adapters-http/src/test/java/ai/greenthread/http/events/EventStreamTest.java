package ai.greenthread.http.events;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.server.HttpServer;
import ai.greenthread.http.server.Routes;
import ai.greenthread.http.server.ServerSettings;
import ai.greenthread.http.testkit.Await;
import ai.greenthread.http.testkit.HandTime;
import ai.greenthread.http.testkit.RawClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventStreamTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final EventJournal journal = new EventJournal(new HandTime(), 10);
  private HttpServer server = serve(LONG, LONG);
  private RawClient client = new RawClient(server.port());

  private HttpServer serve(Duration heartbeat, Duration statePeriod) {
    return HttpServer.start(
        ServerSettings.loopback(0),
        Routes.builder()
            .get(
                "/api/events",
                new EventStream(
                    journal,
                    EventFilter.ALL,
                    () -> Map.of("models", List.of()),
                    heartbeat,
                    statePeriod))
            .build(),
        new SplittableRandom(1));
  }

  private void restart(Duration heartbeat, Duration statePeriod) {
    close();
    server = serve(heartbeat, statePeriod);
    client = new RawClient(server.port());
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void theStateIsRepeatedAndSilenceIsFilled() {
    restart(Duration.ofMillis(10), Duration.ofMillis(50));
    client.get("/api/events");
    client.readUntil("event: system_state\n");
    client.readUntil(": still here\n\n");
    client.readUntil("event: system_state\n");
  }

  @Test
  void eventsAreSentAtOnceAndOnlyThoseAskedFor() {
    client.get("/api/events?model=a");
    client.readUntil("event: system_state\n");
    Await.until("it follows", journal::isFollowed);
    journal.record(EventType.WAKE_STARTED, "b", "of another", null, Map.of());
    journal.record(EventType.WAKE_STARTED, "a", "of this one", null, Map.of("k", 1));
    assertThat(client.readUntil("\"metadata\":{\"k\":1}}\n\n"))
        .contains("of this one")
        .doesNotContain("of another");
  }

  @Test
  void aReplayThatIsNoNumberIsRefused() {
    var answer = client.get("/api/events?replay=all").read();
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("replay must be a number");
  }

  @Test
  void whoLeavesIsForgotten() {
    client.get("/api/events");
    client.readUntil("event: system_state\n");
    client.close();
    Await.until("nobody follows", () -> !journal.isFollowed());
  }

  @Test
  void anOpenStreamEndsProperlyAndAtOnceWithTheServer() {
    client.get("/api/events");
    client.readUntil("event: system_state\n");
    long start = System.nanoTime();
    server.stop();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    client.readUntil("0\r\n\r\n");
    assertThat(client.isClosedByServer()).isTrue();
  }
}
