package ai.greenthread.http.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorBodyTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void everyErrorHasItsFourKeys(ErrorCode code) throws IOException {
    JsonNode body =
        JSON.readTree(
            ErrorBody.json(ApiError.of(code, "a \"quoted\"\nline \u00e9"), ErrorShape.OPENAI, "r"));
    JsonNode error = body.get("error");
    assertThat(error.properties())
        .extracting(Map.Entry::getKey)
        .containsExactly("message", "type", "param", "code");
    assertThat(error.get("message").asText()).isEqualTo("a \"quoted\"\nline \u00e9");
    assertThat(error.get("param").isNull()).isTrue();
    assertThat(error.get("type").asText()).isNotEmpty();
    assertThat(error.get("code").asText()).matches("[a-z0-9_]+");
  }

  @Test
  void codesAreUnique() {
    assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::code)).doesNotHaveDuplicates();
  }

  @Test
  void writesTheParameter() throws IOException {
    byte[] json =
        ErrorBody.json(
            ApiError.of(ErrorCode.MISSING_PARAMETER, "x").withParam("model"),
            ErrorShape.OPENAI,
            "r");
    assertThat(JSON.readTree(json).at("/error/param").asText()).isEqualTo("model");
  }

  @Test
  void writesAnthropicsShape() {
    byte[] json =
        ErrorBody.json(
            ApiError.of(ErrorCode.MODEL_NOT_FOUND, "none"), ErrorShape.ANTHROPIC, "req_1");
    assertThat(new String(json, StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":\"none\"},"
                + "\"request_id\":\"req_1\"}");
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/messages,ANTHROPIC",
    "/v1/messages/count_tokens,ANTHROPIC",
    "/v1/messagesx,OPENAI",
    "/v1/chat/completions,OPENAI"
  })
  void choosesTheShapeByPath(String path, ErrorShape shape) {
    assertThat(ErrorShape.forPath(path)).isEqualTo(shape);
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "999,1,999", "1000,1,1000", "1001,2,1001", "0,0,0"})
  void retryAfterIsGivenInWholeSecondsAndInMilliseconds(long wait, String seconds, String millis) {
    Map<String, String> headers = new LinkedHashMap<>();
    ErrorBody.headers(
        ApiError.of(ErrorCode.QUEUE_FULL, "x")
            .withRetryAfter(Duration.ofMillis(wait))
            .withShouldRetry(false),
        headers::put);
    assertThat(headers)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "Content-Type",
                "application/json",
                "Retry-After",
                seconds,
                "retry-after-ms",
                millis,
                "x-should-retry",
                "false"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\nb", "\u00e9", "<x>"})
  void aRequestIdThatIsNotSaneIsReplaced(String given) {
    assertThat(ids().orNext(Optional.of(given))).matches("req_[0-9a-f]{32}");
    assertThat(ids().orNext(Optional.of("x".repeat(129)))).startsWith("req_");
  }

  @Test
  void requestIdsAreKeptIfSaneAndUniqueIfNew() {
    assertThat(ids().orNext(Optional.of("Trace-1_2.3:4"))).isEqualTo("Trace-1_2.3:4");
    RequestIds ids = ids();
    assertThat(IntStream.range(0, 10_000).mapToObj(i -> ids.next())).doesNotHaveDuplicates();
  }

  private static RequestIds ids() {
    return new RequestIds(new SplittableRandom(1));
  }
}
