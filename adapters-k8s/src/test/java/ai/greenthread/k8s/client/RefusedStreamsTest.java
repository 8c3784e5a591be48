package ai.greenthread.k8s.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okhttp3.internal.http2.ErrorCode;
import okhttp3.internal.http2.StreamResetException;
import org.junit.jupiter.api.Test;

class RefusedStreamsTest {
  private final AtomicInteger asked = new AtomicInteger();

  /** A server that ends its first streams so. */
  private Response ask(int ended, ErrorCode how) throws IOException {
    Interceptor server =
        chain -> {
          if (asked.incrementAndGet() <= ended) {
            throw new StreamResetException(how);
          }
          return new Response.Builder()
              .request(chain.request())
              .protocol(Protocol.HTTP_2)
              .code(200)
              .message("")
              .body(ResponseBody.create("{}", null))
              .build();
        };
    return new OkHttpClient.Builder()
        .addInterceptor(new RefusedStreams())
        .addInterceptor(server)
        .build()
        .newCall(new Request.Builder().url("http://localhost/").build())
        .execute();
  }

  @Test
  void aCallThatTheServerRefusedToBeginIsMadeAgain() throws IOException {
    try (Response answer = ask(2, ErrorCode.REFUSED_STREAM)) {
      assertThat(answer.code()).isEqualTo(200);
    }
    assertThat(asked).hasValue(3);
  }

  @Test
  void aCallThatMayHaveBegunIsNot() {
    assertThatThrownBy(() -> ask(1, ErrorCode.CANCEL)).isInstanceOf(StreamResetException.class);
    assertThat(asked).hasValue(1);
  }

  @Test
  void aServerThatGoesOnRefusingIsNotAskedForEver() {
    assertThatThrownBy(() -> ask(1_000, ErrorCode.REFUSED_STREAM))
        .isInstanceOf(StreamResetException.class);
    assertThat(asked).hasValue(5);
  }
}
