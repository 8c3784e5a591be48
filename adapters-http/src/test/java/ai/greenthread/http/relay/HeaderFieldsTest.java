package ai.greenthread.http.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeaderFieldsTest {
  @Test
  void keepsOrderAndRepetition() {
    HeaderFields fields = HeaderFields.of("A", "1", "B", "2", "a", "3");
    assertThat(flat(fields)).containsExactly("A=1", "B=2", "a=3");
    assertThat(flat(fields.set("a", "4"))).containsExactly("B=2", "a=4");
    assertThat(flat(fields.setIfAbsent("b", "9").remove("A"))).containsExactly("B=2");
  }

  @Test
  void findsTokensInLists() {
    HeaderFields fields = HeaderFields.of("Connection", "keep-alive, Close");
    assertThat(fields.hasToken("connection", "close")).isTrue();
    assertThat(fields.hasToken("connection", "clo")).isFalse();
  }

  @Test
  void hopByHopFieldsStayBehindThoseNamedByConnectionToo() {
    HeaderFields fields =
        HeaderFields.of(
            "Connection", "close, X-Private",
            "Keep-Alive", "timeout=5",
            "Proxy-Authorization", "secret",
            "TE", "trailers",
            "Trailer", "X",
            "Transfer-Encoding", "chunked",
            "Upgrade", "websocket",
            "X-Private", "1",
            "Expect", "100-continue",
            "X-Kept", "yes");
    assertThat(flat(HopByHop.and("expect").filter(fields))).containsExactly("X-Kept=yes");
  }

  @Test
  void showsNoValues() {
    assertThat(HeaderFields.of("Authorization", "Bearer secret").toString())
        .contains("Authorization")
        .doesNotContain("secret");
  }

  @Test
  void nothingCanBreakOutOfAField() {
    HeadWriter head = new HeadWriter(new byte[8]);
    assertThatThrownBy(() -> head.field("A", "x\r\nB: y"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> head.field("A\n", "x")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> UpstreamRequest.get("/a b", new HeaderFields()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> UpstreamRequest.get("/a\r\nHost: x", new HeaderFields()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<String> flat(HeaderFields fields) {
    List<String> all = new ArrayList<>();
    fields.forEach((name, value) -> all.add(name + "=" + value));
    return all;
  }
}
