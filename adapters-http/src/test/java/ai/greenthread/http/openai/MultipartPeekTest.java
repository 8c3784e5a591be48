package ai.greenthread.http.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartPeekTest {
  private static final String TYPE = "multipart/form-data; boundary=xx";
  private static final String FILE =
      """
      --xx
      Content-Disposition: form-data; name="file"; filename="model"
      Content-Type: audio/wav

      \0\1 name="model"
      --x not a boundary
      """
          .replace("\n", "\r\n");
  private static final String MODEL =
      "--xx\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n";

  @Test
  void findsTheModelBeforeAndAfterTheFile() {
    assertThat(model(TYPE, MODEL + FILE + "--xx--\r\n")).isEqualTo(named("whisper"));
    assertThat(model(TYPE, FILE + MODEL + "--xx--\r\n")).isEqualTo(named("whisper"));
    assertThat(model(TYPE, "preamble\r\n" + MODEL + "--xx--")).isEqualTo(named("whisper"));
  }

  @Test
  void readsQuotedBoundariesAndPlainNames() {
    String body =
        "--a b\r\nX: y\r\nContent-Disposition: form-data; filename=x; name=model\r\n\r\nm\r\n--a b--";
    assertThat(model("Multipart/Form-Data; charset=x; boundary=\"a b\"", body))
        .isEqualTo(named("m"));
    assertThat(MultipartPeek.isMultipart("Multipart/Form-Data; boundary=x")).isTrue();
    assertThat(MultipartPeek.isMultipart("application/json")).isFalse();
  }

  @Test
  void doesNotTakeAFileNameForAFieldName() {
    assertThat(model(TYPE, FILE + "--xx--")).isEqualTo(new PeekedModel.Missing());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--xx", "--xx\r\n", "no boundary at all"})
  void saysThatTheFormIsMalformed(String body) {
    assertThat(model(TYPE, body)).isInstanceOf(PeekedModel.Malformed.class);
  }

  @Test
  void saysThatTheFormIsCutOffAtEveryPoint() {
    String form = FILE + MODEL;
    for (int cut = 0; cut < form.length(); cut++) {
      assertThat(model(TYPE, form.substring(0, cut)))
          .as("cut at %d", cut)
          .isInstanceOf(PeekedModel.Malformed.class);
    }
  }

  @Test
  void boundsThePartsItLooksAt() {
    String part = "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    assertThat(model(TYPE, part.repeat(100) + MODEL + "--xx--"))
        .isInstanceOf(PeekedModel.Malformed.class);
    assertThat(model("multipart/form-data", MODEL)).isInstanceOf(PeekedModel.Malformed.class);
    assertThat(model("multipart/form-data; boundary=" + "x".repeat(71), MODEL))
        .isInstanceOf(PeekedModel.Malformed.class);
  }

  @Test
  void knowsWhetherAStreamIsAskedFor() {
    String stream = "--xx\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n--xx--";
    assertThat(MultipartPeek.asksForStream(TYPE, bytes(FILE + stream))).isTrue();
    assertThat(MultipartPeek.asksForStream(TYPE, bytes(FILE + "--xx--"))).isFalse();
  }

  private static PeekedModel model(String type, String body) {
    return MultipartPeek.model(type, bytes(body));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static PeekedModel named(String model) {
    return new PeekedModel.Named(model);
  }
}
