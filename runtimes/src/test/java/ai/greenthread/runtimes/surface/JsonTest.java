package ai.greenthread.runtimes.surface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON in and out. */
class JsonTest {
  private static JsonObject parse(String text) {
    return Json.parseObject(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatIsReadIsWrittenTheSame() {
    String text =
        "{\"a\":[1,-2.5,true,null,\"Grüße 😀 \\\"x\\\"\"],\"b\":{\"c\":{}},\"d\":9007199254740993}";
    assertThat(new String(Json.bytes(parse(text).members()), StandardCharsets.UTF_8))
        .isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{\"a\":}", "{} {}", "{\"secret prompt\"", "nul"})
  void whatIsNoObjectIsRefusedWithoutRepeatingIt(String text) {
    assertThatExceptionOfType(ApiError.class)
        .isThrownBy(() -> parse(text))
        .satisfies(error -> assertThat(error.status()).isEqualTo(400))
        .satisfies(error -> assertThat(error.message()).doesNotContain("secret"));
  }

  @Test
  void membersOfTheWrongTypeAreNamed() {
    JsonObject object =
        parse("{\"n\":\"1\",\"t\":1,\"half\":0.5,\"big\":99999999999,\"null\":null}");
    assertThatExceptionOfType(ApiError.class)
        .isThrownBy(() -> object.whole("n"))
        .withMessageContaining("n");
    assertThatExceptionOfType(ApiError.class).isThrownBy(() -> object.text("t"));
    assertThatExceptionOfType(ApiError.class).isThrownBy(() -> object.count("half", 1));
    assertThatExceptionOfType(ApiError.class).isThrownBy(() -> object.count("big", 1));
    assertThat(object.text("null")).isEmpty();
    assertThat(object.has("null")).isFalse();
  }
}
