package ai.greenthread.cli.client;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Speaks the streaming chat API of a Model or of the proxy. */
public final class ChatClient implements AutoCloseable {
  private static final int MAX_ERROR_BYTES = 64 * 1024;

  private final ChatApi api;
  private final String model;

  /**
   * A client of one chat API.
   *
   * @param api the way there; closed with this
   * @param model name of the Model, for what to do about a failure
   */
  public ChatClient(ChatApi api, String model) {
    this.api = api;
    this.model = model;
  }

  /** Where the requests go. */
  public URI url() {
    return api.url();
  }

  /**
   * Asks and hands over the answer piece by piece.
   *
   * @param request body of the request; has to ask for a stream
   * @param piece hears each piece of text as it arrives
   */
  public void stream(JsonNode request, Consumer<String> piece) {
    AtomicBoolean begun = new AtomicBoolean();
    Consumer<String> noted =
        text -> {
          begun.set(true);
          piece.accept(text);
        };
    try {
      ChatApi.Reply reply = api.ask(Json.compact(request));
      try (InputStream body = reply.body()) {
        if (reply.status() / 100 != 2) {
          String text = new String(body.readNBytes(MAX_ERROR_BYTES), StandardCharsets.UTF_8);
          throw refused("HTTP " + reply.status(), text);
        }
        read(new SseReader(body), noted, begun);
      }
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          (begun.get() ? "the answer broke off, from " : "no answer from ")
              + api.url()
              + ": "
              + reason(e),
          "see what the Model is doing: gtctl describe model " + model,
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCode.FAILED, "interrupted", "ask again", e);
    }
  }

  @Override
  public void close() {
    api.close();
  }

  private void read(SseReader events, Consumer<String> piece, AtomicBoolean begun)
      throws IOException {
    Optional<String> data = events.next();
    while (data.isPresent() && !data.get().startsWith("[DONE]")) {
      JsonNode chunk = parse(data.get());
      if (chunk.hasNonNull("error")) {
        throw refused(
            begun.get() ? "an error in mid-answer" : "an error before the answer began",
            data.get());
      }
      String text = chunk.path("choices").path(0).path("delta").path("content").asText("");
      if (!text.isEmpty()) {
        piece.accept(text);
      }
      data = events.next();
    }
    if (data.isEmpty()) {
      throw new CliException(
          ExitCode.FAILED,
          begun.get() ? "the answer was cut off" : "the stream ended before the answer began",
          "the inference server may have ended: gtctl logs " + model,
          new EOFException());
    }
  }

  private static JsonNode parse(String data) throws IOException {
    try {
      return Json.parse(data);
    } catch (JsonProcessingException e) {
      throw new IOException("a piece of the stream is not JSON", e);
    }
  }

  private CliException refused(String where, String body) {
    String message = "";
    try {
      message = Json.parse(body).path("error").path("message").asText("");
    } catch (JsonProcessingException notJson) {
      // Whatever it is, it is not for a person.
    }
    return new CliException(
        ExitCode.FAILED,
        message.isBlank() ? "the request failed: " + where : message,
        "that was " + where + "; see what the Model is doing: gtctl describe model " + model);
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
