package ai.greenthread.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client always learns that its stream was cut, and the next request is served. */
class CrashTest {
  @Test
  void aKilledRuntimeEndsTheStreamWithAnErrorAndABrokenConnection(@TempDir Path data)
      throws Exception {
    try (Engine gt = Engine.start(data)) {
      gt.applySlowModel();
      String story = streamAndKill(gt, gt.proxy());
      assertThat(story).contains("data: {\"error\":").doesNotContain("[DONE]");
      assertThat(story).as("no proper end of the chunked body").doesNotEndWith("0\r\n\r\n");

      String direct = streamAndKill(gt, gt.model("slow"));
      assertThat(direct).contains("data: {\"error\":").doesNotContain("[DONE]");
      assertThat(direct).doesNotEndWith("0\r\n\r\n");

      assertThat(gt.chat("slow", Engine.QUESTION).statusCode()).isEqualTo(200);

      assertThat(Engine.answer(gt.chat("tiny-chat-fast", Engine.QUESTION)))
          .isEqualTo(Engine.ANSWER);
      assertThat(Engine.answer(gt.chat("tiny-chat-precise", Engine.QUESTION)))
          .isEqualTo(Engine.ANSWER);
    }
  }

  /** Reads the first token, kills the runtime, and answers all that came, to the last byte. */
  private static String streamAndKill(Engine gt, URI target) throws Exception {
    assertThat(gt.here("wake", "slow").status()).isZero();
    ProcessHandle runtime = gt.runtime().orElseThrow();
    try (var socket = new Socket(target.getHost(), target.getPort())) {
      String body = Engine.chatBody("slow", "Tell me a story.", true);
      socket
          .getOutputStream()
          .write(
              ("POST /v1/chat/completions HTTP/1.1\r\nHost: "
                      + target.getAuthority()
                      + "\r\nContent-Type: application/json\r\nContent-Length: "
                      + body.getBytes(StandardCharsets.UTF_8).length
                      + "\r\n\r\n"
                      + body)
                  .getBytes(StandardCharsets.UTF_8));
      socket.setSoTimeout(30_000);
      InputStream in = socket.getInputStream();
      var seen = new ByteArrayOutputStream();
      readUntil(in, seen, "data: ");
      signal(runtime, "KILL");
      try {
        in.transferTo(seen);
      } catch (IOException e) {
        // A reset is a broken connection too.
        seen.write("(reset)".getBytes(StandardCharsets.UTF_8));
      }
      return seen.toString(StandardCharsets.UTF_8);
    }
  }

  private static void readUntil(InputStream in, ByteArrayOutputStream seen, String mark)
      throws IOException {
    while (!seen.toString(StandardCharsets.UTF_8).contains(mark)) {
      int next = in.read();
      if (next < 0) {
        throw new AssertionError("ended before the first token: " + seen);
      }
      seen.write(next);
    }
  }

  private static void signal(ProcessHandle process, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }
}
