package ai.greenthread.http.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Requests that pass the gate and reach nobody. */
class NoConnectionTest extends DoorFixture {
  /** The kernel refuses to connect to a group of hosts, without a packet and at once. */
  private static final URI NOT_CONNECTABLE = URI.create("http://224.0.0.1:9");

  @Test
  void whatKeepsThisMachineFromConnectingIsNoDeathOfTheServer() {
    awake();
    endpoint = NOT_CONNECTABLE;
    var answer = client.post(CHAT, BODY).read();
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).contains("\"code\":\"upstream_connections_exhausted\"");
    assertThat(answer.header("Retry-After")).isPresent();
    endpoint = URI.create("http://127.0.0.1:" + runtime.port());
    assertThat(client.post(CHAT, BODY).read().body()).isEqualTo("ok");
    assertThat(effects.wakes()).as("it was never ended").isEqualTo(1);
  }

  @Test
  void whoRefusesConnectionsIsDead() {
    awake();
    runtime.close();
    client.post(CHAT, BODY);
    Await.until("it is woken again", () -> effects.wakes() > 1);
  }

  @Test
  void whatWasNotSentWhenTheServerDiedIsSentToTheNextOne() throws Exception {
    awake();
    try (var silent = new FullBacklog()) {
      endpoint = silent.uri();
      client.post(CHAT, BODY);
      Await.until("it connects", () -> sidecar.status().inFlight() == 1);
      endpoint = URI.create("http://127.0.0.1:" + runtime.port());
      sidecar.runtimeDied("it was killed");
      assertThat(client.read().body()).isEqualTo("ok");
    }
  }

  @Test
  void whatWasNotSentWhenTheDrainWasCutWaitsForTheNextWake() throws Exception {
    awake();
    try (var silent = new FullBacklog()) {
      endpoint = silent.uri();
      client.post(CHAT, BODY);
      Await.until("it connects", () -> sidecar.status().inFlight() == 1);
      sidecar.sleep();
      Await.until("it drains", () -> sidecar.status().barriered());
      endpoint = URI.create("http://127.0.0.1:" + runtime.port());
      time.pass(DRAIN_TIMEOUT);
      assertThat(client.read().body()).isEqualTo("ok");
    }
  }

  @Test
  void whatWasSentWhenTheServerDiedIsNotRepeated() throws Exception {
    awake();
    CountDownLatch asked = new CountDownLatch(1);
    script =
        peer -> {
          peer.readRequest();
          asked.countDown();
          peer.awaitClose();
        };
    client.post(CHAT, BODY);
    asked.await();
    sidecar.runtimeDied("it was killed");
    var answer = client.read();
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.body()).contains("\"code\":\"upstream_broken\"");
    assertThat(runtime.connections()).isEqualTo(1);
  }

  /** Listens, and answers no further attempt to connect: its queue is full. */
  private static final class FullBacklog implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 200;
    private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final List<Socket> waiting = new ArrayList<>();

    FullBacklog() throws IOException {
      boolean full = false;
      while (!full) {
        Socket socket = new Socket();
        waiting.add(socket);
        try {
          socket.connect(server.getLocalSocketAddress(), PATIENCE_MILLIS);
        } catch (SocketTimeoutException e) {
          full = true;
        }
      }
    }

    URI uri() {
      return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    @Override
    public void close() throws IOException {
      for (Socket socket : waiting) {
        socket.close();
      }
      server.close();
    }
  }
}
