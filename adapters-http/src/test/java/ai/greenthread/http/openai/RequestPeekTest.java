package ai.greenthread.http.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPeekTest {
  @Test
  void findsTheModelWhereverItStands() {
    assertThat(model("{\"model\":\"a\"}")).isEqualTo(named("a"));
    assertThat(model(" {\"x\":{\"model\":\"inner\"},\"y\":[{\"model\":\"b\"}],\"model\":\"a\"}"))
        .isEqualTo(named("a"));
    assertThat(model("{\"mod\\u0065l\":\"tiny \\u00e9\"}")).isEqualTo(named("tiny \u00e9"));
  }

  @Test
  void findsTheModelBehindLargeMembers() {
    String large = "{\"messages\":[{\"content\":\"" + "x\\n".repeat(2_000_000) + "\"}],";
    assertThat(model(large + "\"model\":\"a\",\"stream\":true}")).isEqualTo(named("a"));
    assertThat(RequestPeek.asksForStream(bytes(large + "\"model\":\"a\",\"stream\":true}")))
        .isTrue();
  }

  @Test
  void stopsAtTheModelAndDoesNotValidateWhatFollows() {
    assertThat(model("{\"model\":\"a\",\"messages\":[broken")).isEqualTo(named("a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "[]",
        "\"model\"",
        "{",
        "{\"model\"",
        "{\"model\":",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":\"\u0000\"}",
        "nonsense"
      })
  void saysThatTheBodyIsMalformed(String body) {
    assertThat(model(body)).isInstanceOf(PeekedModel.Malformed.class);
    assertThat(status(model(body))).isEqualTo(400);
  }

  @Test
  void boundsTheDepthOfWhatItSkips() {
    String deep = "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + ",\"model\":\"a\"}";
    assertThat(model(deep)).isInstanceOf(PeekedModel.Malformed.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"model\":1}|a number",
        "{\"model\":null}|null",
        "{\"model\":true}|a boolean",
        "{\"model\":[\"a\"]}|an array",
        "{\"model\":{}}|an object",
        "{\"model\":\"\"}|empty"
      })
  void saysThatTheModelIsNoName(String body, String found) {
    assertThat(model(body)).isEqualTo(new PeekedModel.NotAName(found));
    assertThatThrownBy(() -> model(body).orThrow())
        .isInstanceOfSatisfying(
            ApiException.class,
            e -> {
              assertThat(e.error().status()).isEqualTo(400);
              assertThat(e.error().param()).contains("model");
              assertThat(e.error().message()).contains(found);
            });
  }

  @Test
  void saysThatTheModelIsMissing() {
    assertThat(model("{\"Model\":\"a\"}")).isEqualTo(new PeekedModel.Missing());
    assertThat(status(model("{}"))).isEqualTo(400);
    assertThat(model("{\"model\":\"" + "x".repeat(600) + "\"}"))
        .isInstanceOf(PeekedModel.NotAName.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"stream\":true}|true",
        "{\"stream\":false}|false",
        "{\"stream\":\"true\"}|false",
        "{\"stream_options\":{\"stream\":true}}|false",
        "{|false",
        "[]|false"
      })
  void knowsWhetherAStreamIsAskedFor(String body, boolean stream) {
    assertThat(RequestPeek.asksForStream(bytes(body))).isEqualTo(stream);
  }

  private static int status(PeekedModel model) {
    try {
      model.orThrow();
      return 200;
    } catch (ApiException e) {
      return e.error().status();
    }
  }

  private static PeekedModel model(String body) {
    return RequestPeek.model(bytes(body));
  }

  private static PeekedModel named(String model) {
    return new PeekedModel.Named(model);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
