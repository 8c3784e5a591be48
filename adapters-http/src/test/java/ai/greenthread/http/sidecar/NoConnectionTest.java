package ai.greenthread.http.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.testkit.Await;
import java.net.URI;
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
}
