package ai.greenthread.http.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseHeadTest {
  @Test
  void readsStatusReasonAndFields() throws UpstreamException {
    ResponseHead head =
        parse("HTTP/1.1 404 Not Found\r\nA: 1\r\na:2 \r\nEmpty:\r\nLatin: \u00e9\r\n\r\n");
    assertThat(head.status()).isEqualTo(404);
    assertThat(head.reason()).isEqualTo("Not Found");
    assertThat(head.headers().all("a")).containsExactly("1", "2");
    assertThat(head.headers().first("empty")).contains("");
    assertThat(head.headers().first("LATIN")).contains("\u00e9");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200 \r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n"})
  void takesAStatusLineWithoutReasonAndAnOlderVersion(String text) throws UpstreamException {
    assertThat(parse(text).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/2.0 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 600 OK\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: 1\nB: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: 1\rB: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: x\u0000y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA\u00e9: x\r\n\r\n"
      })
  void refusesWhatAllowsTwoReadings(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOfSatisfying(
            UpstreamException.class,
            e -> assertThat(e.failure()).isEqualTo(UpstreamFailure.INVALID_RESPONSE));
  }

  @Test
  void findsTheEndAtEverySplit() {
    byte[] bytes = "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody".getBytes(StandardCharsets.US_ASCII);
    int end = bytes.length - 4;
    for (int split = 0; split <= bytes.length; split++) {
      int found = ResponseHead.endIn(bytes, 0, split);
      assertThat(found).as("with %d bytes", split).isEqualTo(split >= end ? end : -1);
      if (found < 0) {
        assertThat(ResponseHead.endIn(bytes, Math.max(0, split - 3), bytes.length)).isEqualTo(end);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'Content-Length: 5|Transfer-Encoding: chunked'",
    "'Transfer-Encoding: gzip, chunked'",
    "'Transfer-Encoding: chunked|Transfer-Encoding: chunked'",
    "'Transfer-Encoding: identity'",
    "'Content-Length: 5|Content-Length: 5'",
    "'Content-Length: 5, 5'",
    "'Content-Length: -5'",
    "'Content-Length: +5'",
    "'Content-Length: 0x5'",
    "'Content-Length:'",
    "'Content-Length: 9999999999999999999'"
  })
  void refusesFramingThatAllowsTwoReadings(String fields) {
    String text = "HTTP/1.1 200 OK\r\n" + fields.replace("|", "\r\n") + "\r\n\r\n";
    assertThatThrownBy(() -> BodyDecoder.of("POST", parse(text)))
        .isInstanceOfSatisfying(
            UpstreamException.class,
            e -> assertThat(e.failure()).isEqualTo(UpstreamFailure.INVALID_RESPONSE));
  }

  @Test
  void refusesChunksFromHttp10() {
    assertThatThrownBy(() ->
            BodyDecoder.of("GET", parse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")))
        .isInstanceOf(UpstreamException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "GET,200,'Content-Length: 5',5,false",
    "GET,200,'Content-Length: 0',0,true",
    "GET,204,'X: y',0,true",
    "GET,304,'Content-Length: 5',0,true",
    "HEAD,200,'Content-Length: 5',0,true",
    "HEAD,200,'Transfer-Encoding: chunked',0,true",
    "GET,200,'Transfer-Encoding: Chunked',-1,false",
    "GET,200,'X: y',-1,false"
  })
  void choosesTheFraming(String method, int status, String field, long length, boolean complete)
      throws UpstreamException {
    BodyDecoder body =
        BodyDecoder.of(method, parse("HTTP/1.1 " + status + " OK\r\n" + field + "\r\n\r\n"));
    assertThat(body.length()).isEqualTo(length);
    assertThat(body.isComplete()).isEqualTo(complete);
  }

  private static ResponseHead parse(String text) throws UpstreamException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return ResponseHead.parse(bytes, 0, bytes.length, 10);
  }
}
