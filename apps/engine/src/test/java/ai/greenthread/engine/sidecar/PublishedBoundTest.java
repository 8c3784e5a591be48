package ai.greenthread.engine.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kubernetes.client.openapi.ApiClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reads run when the test says so. */
@Timeout(60)
class PublishedBoundTest {
  private static final ReplicaId REPLICA = new ReplicaId(new ModelRef("default", "tiny"), 0);
  private static final State BOOTING =
      new State.Booting(1, Instant.EPOCH, Instant.EPOCH, "", false);
  private static final State ASLEEP = new State.Sleeping(3, Instant.EPOCH, false);
  private static final State STOPPED = new State.Stopped(3, Instant.EPOCH);

  private final AtomicInteger asked = new AtomicInteger();
  private final Queue<Runnable> reads = new ArrayDeque<>();
  private volatile int code = 200;
  private volatile String status = "{}";
  private HttpServer server;
  private PublishedBound bound;
  private long second;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    bound =
        new PublishedBound(
            new JsonApi(
                new ApiClient().setBasePath("http://127.0.0.1:" + server.getAddress().getPort()),
                Duration.ofSeconds(10)),
            REPLICA.model(),
            reads::add);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    asked.incrementAndGet();
    byte[] bytes = ("{\"status\": " + status + "}").getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private void says(String said) {
    status = said;
  }

  private void stepped(State from, State to) {
    bound.stepped(REPLICA, from, new Event.Tick(), to, Instant.EPOCH.plusSeconds(second));
  }

  private void later(Duration passed) {
    second += passed.toSeconds();
  }

  private void read() {
    while (!reads.isEmpty()) {
      reads.remove().run();
    }
  }

  @Test
  void itIsReadWhenTheSidecarBeginsAndWhenItsStateChanges() {
    says("{\"waitBoundSeconds\": 140}");
    stepped(BOOTING, BOOTING);
    assertThat(bound.longest()).as("nobody waits for the read").isEmpty();
    read();
    assertThat(bound.longest()).contains(Duration.ofSeconds(140));

    says("{\"waitBoundSeconds\": 1300}");
    later(PublishedBound.FRESH);
    stepped(BOOTING, ASLEEP);
    read();
    assertThat(bound.longest()).contains(Duration.ofSeconds(1300));

    says("{}");
    later(PublishedBound.FRESH);
    stepped(ASLEEP, BOOTING);
    read();
    assertThat(bound.longest()).as("none holds any more").isEmpty();
    assertThat(asked).hasValue(3);
  }

  @Test
  void atRestNothingIsAskedAndNeverTwiceWithinTenSeconds() {
    stepped(BOOTING, BOOTING);
    read();
    later(PublishedBound.FRESH.minusSeconds(1));
    stepped(BOOTING, ASLEEP);
    assertThat(reads).as("too soon").isEmpty();
    later(Duration.ofHours(1));
    stepped(ASLEEP, ASLEEP);
    stepped(ASLEEP, STOPPED);
    assertThat(reads).as("nothing begins").isEmpty();
    assertThat(asked).hasValue(1);
  }

  @Test
  void whileOneReadIsUnderWayThereIsNoOther() {
    stepped(BOOTING, BOOTING);
    later(PublishedBound.FRESH);
    stepped(BOOTING, ASLEEP);
    assertThat(reads).hasSize(1);
    read();
    later(PublishedBound.FRESH);
    stepped(ASLEEP, BOOTING);
    assertThat(reads).hasSize(1);
  }

  @Test
  void aReadThatFailsLeavesWhatIsKnownAndIsMadeAgain() {
    says("{\"waitBoundSeconds\": 140}");
    stepped(BOOTING, BOOTING);
    read();
    code = 500;
    later(PublishedBound.FRESH);
    stepped(BOOTING, ASLEEP);
    read();
    assertThat(bound.longest()).contains(Duration.ofSeconds(140));
    stepped(ASLEEP, ASLEEP);
    assertThat(reads).as("too soon").isEmpty();

    code = 200;
    says("{\"waitBoundSeconds\": 1300}");
    later(PublishedBound.FRESH);
    stepped(ASLEEP, ASLEEP);
    read();
    assertThat(bound.longest()).contains(Duration.ofSeconds(1300));
    server.stop(0);
    later(PublishedBound.FRESH);
    stepped(ASLEEP, BOOTING);
    read();
    assertThat(bound.longest()).contains(Duration.ofSeconds(1300));
  }
}
