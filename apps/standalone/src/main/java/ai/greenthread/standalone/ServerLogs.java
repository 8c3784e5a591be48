package ai.greenthread.standalone;

import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.HeaderFields;
import ai.greenthread.http.relay.ResponseChannel;
import ai.greenthread.http.server.Exchange;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Sends what inference servers wrote to their logs, and goes on as they write more. */
final class ServerLogs {
  private static final long LOOK_AGAIN_MS = 250;

  /** Longest tail in bytes; older lines are in the file. */
  private static final long MAX_TAIL_BYTES = 1L << 20;

  private static final int DEFAULT_TAIL_LINES = 100;

  private final DataFolder data;

  ServerLogs(DataFolder data) {
    this.data = data;
  }

  /** The log of the first replica; {@code tail} lines of it, and more with {@code follow=true}. */
  void send(Exchange exchange, List<Replica> replicas)
      throws ClientGoneException, InterruptedException {
    Path file =
        replicas.stream()
            .findFirst()
            .map(replica -> data.log(replica.id()))
            .orElseThrow(
                () -> new ApiException(ErrorCode.NO_REPLICA, "this Model has no replica here"));
    int lines = tail(exchange);
    boolean follow = exchange.queryParameter("follow").map("true"::equals).orElse(false);
    ResponseChannel channel = exchange.channel();
    channel.head(
        200,
        HeaderFields.of("Content-Type", "text/plain; charset=utf-8"),
        ResponseChannel.UNKNOWN_LENGTH);
    try {
      long sent = sendTail(channel, file, lines);
      if (follow) {
        exchange.endWithServer();
        channel.watchClient();
        follow(exchange, channel, file, sent);
      }
      channel.end();
    } catch (IOException e) {
      if (e instanceof ClientGoneException gone) {
        throw gone;
      }
      channel.breakOff();
    }
  }

  private static int tail(Exchange exchange) {
    Optional<String> asked = exchange.queryParameter("tail");
    try {
      int lines = asked.map(Integer::parseInt).orElse(DEFAULT_TAIL_LINES);
      if (lines >= 0) {
        return lines;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a negative number.
    }
    throw new ApiException(
        ErrorCode.INVALID_REQUEST,
        "tail must be a number of lines, 0 or more, not " + asked.orElse(""));
  }

  /** Answers how much of the file has been sent or skipped. */
  private static long sendTail(ResponseChannel channel, Path file, int lines) throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    try (var in = new RandomAccessFile(file.toFile(), "r")) {
      long end = in.length();
      long from = Math.max(0, end - MAX_TAIL_BYTES);
      byte[] bytes = new byte[(int) (end - from)];
      in.seek(from);
      in.readFully(bytes);
      List<String> all = new String(bytes, StandardCharsets.UTF_8).lines().toList();
      for (String line : all.subList(Math.max(0, all.size() - lines), all.size())) {
        write(channel, (line + "\n").getBytes(StandardCharsets.UTF_8));
      }
      return end;
    }
  }

  private static void follow(Exchange exchange, ResponseChannel channel, Path file, long from)
      throws IOException, InterruptedException {
    long sent = from;
    while (!exchange.cancellation().isCancelled()) {
      Thread.sleep(LOOK_AGAIN_MS);
      long length = Files.exists(file) ? Files.size(file) : 0;
      if (length < sent) {
        // The file was begun anew.
        sent = 0;
      }
      if (length > sent) {
        try (var in = new RandomAccessFile(file.toFile(), "r")) {
          byte[] bytes = new byte[(int) Math.min(MAX_TAIL_BYTES, length - sent)];
          in.seek(sent);
          in.readFully(bytes);
          write(channel, bytes);
          sent += bytes.length;
        }
      }
    }
  }

  private static void write(ResponseChannel channel, byte[] bytes) throws ClientGoneException {
    channel.write(bytes, 0, bytes.length);
  }
}
