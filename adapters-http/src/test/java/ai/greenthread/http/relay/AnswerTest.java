package ai.greenthread.http.relay;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.openai.ErrorShape;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerTest {
  private static final HeaderFields SSE =
      HeaderFields.of("Content-Type", "text/event-stream; charset=utf-8");
  private static final ApiError BUSY = ApiError.of(ErrorCode.QUEUE_FULL, "full");
  private static final String BUSY_JSON =
      "{\"error\":{\"message\":\"full\",\"type\":\"rate_limit_error\",\"param\":null,"
          + "\"code\":\"queue_full\"}}";

  private final RecordingChannel wire = new RecordingChannel();
  private final Answer answer = new Answer(wire, ErrorShape.OPENAI, "req-1");

  @Test
  void anErrorBeforeAnythingWasSentIsTheAnswer() throws Exception {
    answer.fail(BUSY.withRetryAfter(Duration.ofMillis(1500)));
    assertThat(wire.text()).isEqualTo("429 " + BUSY_JSON + "<end>");
    assertThat(wire.headers.first("Retry-After")).contains("2");
    assertThat(wire.headers.first("retry-after-ms")).contains("1500");
  }

  @Test
  void theFirstSilenceOnlyWatchesTheClient() throws Exception {
    answer.keepAlive(Duration.ofSeconds(5), () -> true);
    assertThat(answer.pauseMillis()).isEqualTo(Answer.QUIET_MILLIS);
    answer.onSilence();
    assertThat(wire.watched).isTrue();
    assertThat(wire.text()).isEmpty();
    assertThat(answer.pauseMillis()).isEqualTo(5000);
  }

  @Test
  void aRequestWithoutKeepAliveIsNeverCommittedEarly() throws Exception {
    answer.onSilence();
    assertThat(answer.pauseMillis()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void aRequestThatAskedForNoStreamIsNeverCommittedEarly() throws Exception {
    answer.keepAlive(Duration.ofSeconds(5), () -> false);
    answer.onSilence();
    assertThat(answer.pauseMillis()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void silenceThatIsToldTooLateChangesNothing() throws Exception {
    answer.keepAlive(Duration.ofSeconds(5), () -> true);
    answer.onSilence();
    answer.fail(BUSY);
    answer.onSilence();
    assertThat(wire.text()).isEqualTo("429 " + BUSY_JSON + "<end>");
  }

  @Test
  void commentsAreFollowedByTheUpstreamsStream() throws Exception {
    keptAlive();
    answer.saying("working");
    answer.onSilence();
    answer.begin(200, SSE, ResponseChannel.UNKNOWN_LENGTH);
    pass("data: 1\n\n");
    answer.end();
    assertThat(wire.text()).isEqualTo("200 : waking\n\n: working\n\ndata: 1\n\n<end>");
    assertThat(wire.headers.first("Content-Type")).contains("text/event-stream");
  }

  @Test
  void noCommentIsPutBetweenTheUpstreamsBytes() throws Exception {
    keptAlive();
    answer.begin(200, SSE, ResponseChannel.UNKNOWN_LENGTH);
    pass("data: 1");
    answer.onSilence();
    assertThat(wire.text()).isEqualTo("200 : waking\n\ndata: 1");
    assertThat(answer.pauseMillis()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void aRefusalAfterCommentsIsAnErrorEventAndABreak() throws Exception {
    keptAlive();
    answer.fail(BUSY);
    assertThat(wire.text()).isEqualTo("200 : waking\n\ndata: " + BUSY_JSON + "\n\n<break>");
  }

  @Test
  void anUpstreamsErrorAfterCommentsIsToldAsItIs() throws Exception {
    keptAlive();
    answer.begin(400, HeaderFields.of("Content-Type", "application/json"), 30);
    pass("{\"error\":\n");
    pass(" {\"message\":\"too long\"}}");
    answer.end();
    assertThat(wire.text())
        .isEqualTo("200 : waking\n\ndata: {\"error\":  {\"message\":\"too long\"}}\n\n<break>");
  }

  @Test
  void anythingElseAfterCommentsIsAnErrorToo() throws Exception {
    keptAlive();
    answer.begin(200, HeaderFields.of("Content-Type", "text/html"), 5);
    pass("<p>hi");
    answer.end();
    assertThat(wire.text())
        .startsWith("200 : waking\n\ndata: {\"error\":{\"message\":\"the model answered with")
        .endsWith("\"code\":\"upstream_invalid_response\"}}\n\n<break>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'data: 1~~'|''",
        "'data: 1^~^~'|''",
        "'data: 1^^'|''",
        "'data: 1~'|'~'",
        "'data: 1^~'|'~'",
        "'data: {\"a'|'~~'",
        "'data: 1^'|'~~'",
        "''|''"
      })
  void anErrorEventIsSetApartFromWhatWasCutOff(String passed, String separator) throws Exception {
    String wirePassed = passed.replace('~', '\n').replace('^', '\r');
    answer.begin(200, SSE, ResponseChannel.UNKNOWN_LENGTH);
    for (int i = 0; i < wirePassed.length(); i++) {
      pass(wirePassed.substring(i, i + 1));
    }
    answer.fail(BUSY);
    assertThat(wire.text())
        .isEqualTo(
            "200 "
                + wirePassed
                + separator.replace('~', '\n')
                + "data: "
                + BUSY_JSON
                + "\n\n<break>");
  }

  @Test
  void aBrokenBodyThatIsNoStreamIsOnlyBroken() throws Exception {
    answer.begin(200, HeaderFields.of("Content-Type", "application/json"), 100);
    pass("{\"a\":");
    answer.fail(BUSY);
    assertThat(wire.text()).isEqualTo("200 {\"a\":<break>");
    assertThat(wire.length).isEqualTo(100);
  }

  @Test
  void aCodedStreamGetsNoPlainTextPutBehindIt() throws Exception {
    answer.begin(
        200,
        HeaderFields.of("Content-Type", "text/event-stream", "Content-Encoding", "gzip"),
        ResponseChannel.UNKNOWN_LENGTH);
    pass("xyz");
    answer.fail(BUSY);
    assertThat(wire.text()).isEqualTo("200 xyz<break>");
  }

  @Test
  void anthropicClientsGetTheirOwnShape() throws Exception {
    Answer other = new Answer(wire, ErrorShape.ANTHROPIC, "req-1");
    other.begin(200, SSE, ResponseChannel.UNKNOWN_LENGTH);
    other.fail(BUSY);
    assertThat(wire.text())
        .isEqualTo(
            "200 event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\","
                + "\"message\":\"full\"},\"request_id\":\"req-1\"}\n\n<break>");
  }

  @Test
  void streamsAreMarkedAgainstBufferingAndNothingElseIs() throws Exception {
    answer.begin(
        200,
        HeaderFields.of(
            "Content-Type", "text/event-stream",
            "Cache-Control", "no-store",
            "Connection", "close, X-Hop",
            "X-Hop", "1",
            "Transfer-Encoding", "chunked"),
        ResponseChannel.UNKNOWN_LENGTH);
    assertThat(wire.headers.first("Cache-Control")).contains("no-store");
    assertThat(wire.headers.first("X-Accel-Buffering")).contains("no");
    assertThat(wire.headers.contains("X-Hop")).isFalse();
    assertThat(wire.headers.contains("Transfer-Encoding")).isFalse();
  }

  private void keptAlive() throws ClientGoneException {
    answer.keepAlive(Duration.ofSeconds(5), () -> true);
    answer.onSilence();
    answer.onSilence();
  }

  private void pass(String text) throws ClientGoneException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    answer.pass(bytes, 0, bytes.length);
  }

  private static final class RecordingChannel implements ResponseChannel {
    private final StringBuilder text = new StringBuilder();
    private HeaderFields headers = new HeaderFields();
    private boolean committed;
    private boolean watched;
    private long length;

    String text() {
      return text.toString();
    }

    @Override
    public void head(int status, HeaderFields newHeaders, long contentLength) {
      committed = true;
      headers = newHeaders;
      length = contentLength;
      text.append(status).append(' ');
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
      text.append(new String(bytes, offset, count, StandardCharsets.UTF_8));
    }

    @Override
    public void end() {
      text.append("<end>");
    }

    @Override
    public void breakOff() {
      text.append("<break>");
    }

    @Override
    public boolean committed() {
      return committed;
    }

    @Override
    public void watchClient() {
      watched = true;
    }
  }
}
