package ai.greenthread.http.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BiConsumer;

/**
 * The one writer of errors: every answer that is an error is written here. OpenAI's shape always
 * has its four keys, with JSON null where there is nothing to say.
 */
public final class ErrorBody {
  public static final String CONTENT_TYPE = "application/json";

  private static final JsonFactory JSON = new JsonFactory();

  private ErrorBody() {}

  /** The body as JSON. */
  public static byte[] json(ApiError error, ErrorShape shape, String requestId) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      switch (shape) {
        case OPENAI -> writeOpenAi(json, error);
        case ANTHROPIC -> writeAnthropic(json, error, requestId);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("an array in memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  /** The error as an event within a stream. */
  public static byte[] sseEvent(ApiError error, ErrorShape shape, String requestId) {
    String json = new String(json(error, shape, requestId), StandardCharsets.UTF_8);
    String event = shape == ErrorShape.ANTHROPIC ? "event: error\n" : "";
    return (event + "data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  /** The header fields that belong to the error, {@code Content-Type} included. */
  public static void headers(ApiError error, BiConsumer<String, String> field) {
    field.accept("Content-Type", CONTENT_TYPE);
    error
        .retryAfter()
        .ifPresent(wait -> {
          field.accept("Retry-After", Long.toString(secondsRoundedUp(wait)));
          field.accept("retry-after-ms", Long.toString(Math.max(0, wait.toMillis())));
        });
    error.shouldRetry().ifPresent(retry -> field.accept("x-should-retry", retry.toString()));
  }

  /** Whole seconds, because the standard field knows no fractions; never 0 for a real wait. */
  private static long secondsRoundedUp(Duration wait) {
    return Math.max(0, Math.ceilDiv(wait.toMillis(), 1000));
  }

  private static void writeOpenAi(JsonGenerator json, ApiError error) throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("error");
    json.writeStringField("message", error.message());
    json.writeStringField("type", error.code().type());
    if (error.param().isPresent()) {
      json.writeStringField("param", error.param().get());
    } else {
      json.writeNullField("param");
    }
    json.writeStringField("code", error.code().code());
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeAnthropic(JsonGenerator json, ApiError error, String requestId)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("type", "error");
    json.writeObjectFieldStart("error");
    json.writeStringField("type", error.code().anthropicType());
    json.writeStringField("message", error.message());
    json.writeEndObject();
    json.writeStringField("request_id", requestId);
    json.writeEndObject();
  }
}
