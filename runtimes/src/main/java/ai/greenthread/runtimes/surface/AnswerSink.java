package ai.greenthread.runtimes.surface;

import ai.greenthread.runtimes.http.Exchange;
import ai.greenthread.runtimes.surface.AnswerShape.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where an answer goes as it is written. */
sealed interface AnswerSink {

  /** Before anything is known of the answer. */
  void open() throws IOException;

  void text(String text) throws IOException;

  void end(FinishReason reason, @Nullable String stopString, Usage usage) throws IOException;

  void failed(ApiError error) throws IOException;

  /** Collects the text and answers once. */
  final class Whole implements AnswerSink {
    private final Exchange exchange;
    private final AnswerShape shape;
    private final StringBuilder text = new StringBuilder();

    Whole(Exchange exchange, AnswerShape shape) {
      this.exchange = exchange;
      this.shape = shape;
    }

    @Override
    public void open() {}

    @Override
    public void text(String piece) {
      text.append(piece);
    }

    @Override
    public void end(FinishReason reason, @Nullable String stopString, Usage usage)
        throws IOException {
      Replies.json(exchange, 200, shape.whole(text.toString(), reason, stopString, usage));
    }

    @Override
    public void failed(ApiError error) {
      throw error;
    }
  }

  /** Sends server-sent events, each in one write. */
  final class Stream implements AnswerSink {
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Exchange exchange;
    private final AnswerShape shape;
    private final boolean withUsage;
    private final ErrorShape errorShape;
    private boolean opened;

    Stream(Exchange exchange, AnswerShape shape, boolean withUsage, ErrorShape errorShape) {
      this.exchange = exchange;
      this.shape = shape;
      this.withUsage = withUsage;
      this.errorShape = errorShape;
    }

    @Override
    public void open() throws IOException {
      exchange.startStream(
          "text/event-stream; charset=utf-8",
          List.of("cache-control: no-cache", "x-accel-buffering: no"));
    }

    @Override
    public void text(String text) throws IOException {
      beginning();
      chunk(shape.delta(text));
    }

    @Override
    public void end(FinishReason reason, @Nullable String stopString, Usage usage)
        throws IOException {
      beginning();
      chunk(shape.last(reason, stopString));
      if (withUsage) {
        event(shape.usageChunk(usage));
      }
      exchange.send(DONE);
      exchange.endStream();
    }

    @Override
    public void failed(ApiError error) throws IOException {
      event(error.body(errorShape));
      exchange.send(DONE);
      exchange.endStream();
    }

    private void beginning() throws IOException {
      if (!opened) {
        opened = true;
        if (shape.opening().isPresent()) {
          chunk(shape.opening().get());
        }
      }
    }

    private void chunk(Map<String, @Nullable Object> chunk) throws IOException {
      if (withUsage) {
        chunk.put("usage", null);
      }
      event(chunk);
    }

    private void event(Map<String, @Nullable Object> json) throws IOException {
      ByteArrayOutputStream event = new ByteArrayOutputStream(256);
      event.writeBytes(DATA);
      event.writeBytes(Json.bytes(json));
      event.write('\n');
      event.write('\n');
      exchange.send(event.toByteArray());
    }
  }
}
