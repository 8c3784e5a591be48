package ai.greenthread.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that goes away is felt at the runtime, wherever its request was. */
class LeavingClientTest {
  /** The promise is 100 ms; a busy machine that schedules nobody for a while must not fail it. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  @Test
  void aClientThatLeavesIsFeltAtTheRuntime(@TempDir Path data) throws Exception {
    try (Engine gt = Engine.start(data)) {
      gt.applySlowModel();
      assertThat(gt.here("wake", "slow").status()).isZero();

      // Before the first byte: the simulator thinks for 500 ms before its first token.
      try (Socket _ = ask(gt)) {
        awaitRunning(gt, 1);
      }
      System.out.printf("left before the first byte: felt after %d ms%n", feltAfter(gt, 1));

      // In the middle of the stream.
      try (Socket client = ask(gt)) {
        InputStream in = client.getInputStream();
        var seen = new ByteArrayOutputStream();
        while (!seen.toString(StandardCharsets.UTF_8).contains("data: ")) {
          seen.write(in.read());
        }
      }
      System.out.printf("left mid-stream: felt after %d ms%n", feltAfter(gt, 2));

      // While parked: its place in the queue is given back, and nobody wakes for it.
      assertThat(gt.here("sleep", "slow").status()).isZero();
      Engine.answer(gt.chat("tiny-chat-precise", Engine.QUESTION));
      try (Socket _ = ask(gt)) {
        awaitQueued(gt, 1);
      }
      long start = System.nanoTime();
      awaitQueued(gt, 0);
      System.out.printf(
          "left while parked: felt after %d ms%n", (System.nanoTime() - start) / 1_000_000);
    }
  }

  private static Socket ask(Engine gt) throws Exception {
    byte[] body =
        Engine.chatBody("slow", "Tell me a story.", true).getBytes(StandardCharsets.UTF_8);
    var client = new Socket(gt.proxy().getHost(), gt.proxy().getPort());
    client.setSoTimeout(60_000);
    client
        .getOutputStream()
        .write(
            ("POST /v1/chat/completions HTTP/1.1\r\nHost: "
                    + gt.proxy().getAuthority()
                    + "\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
    client.getOutputStream().write(body);
    return client;
  }

  private static void awaitRunning(Engine gt, int count) throws Exception {
    Engine.await(
        "requests running: " + count,
        Duration.ofSeconds(30),
        () -> state(gt).path("running").asInt() == count);
  }

  private static long feltAfter(Engine gt, int departures) throws Exception {
    long start = System.nanoTime();
    Engine.await(
        "the runtime feels that the client left",
        PATIENCE,
        () -> {
          JsonNode state = state(gt);
          return state.path("departures").size() == departures
              && state.path("running").asInt() == 0;
        });
    return (System.nanoTime() - start) / 1_000_000;
  }

  private static void awaitQueued(Engine gt, int count) throws Exception {
    Engine.await(
        "requests queued: " + count,
        PATIENCE,
        () -> {
          try {
            return gt.metric("slow", "gthread_sidecar_queue_depth").getOrDefault("", -1.0) == count;
          } catch (Exception e) {
            return false;
          }
        });
  }

  private static JsonNode state(Engine gt) {
    try {
      return gt.simulatorState();
    } catch (Exception e) {
      return Engine.JSON.createObjectNode();
    }
  }
}
