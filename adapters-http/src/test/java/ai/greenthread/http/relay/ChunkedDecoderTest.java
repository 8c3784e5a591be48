package ai.greenthread.http.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedDecoderTest {
  private static final String CODED =
      "5\r\nhello\r\n1;name=\"v\"\r\n \r\n0A ; x\r\n0123456789\r\n0\r\nTrailer: dropped\r\nb: c\r\n\r\n";
  private static final String BODY = "hello 0123456789";

  @Test
  void givesTheSameBodyWhereverTheBytesAreSplit() throws UpstreamException {
    byte[] coded = bytes(CODED);
    for (int first = 0; first <= coded.length; first++) {
      for (int second = first; second <= coded.length; second++) {
        ChunkedDecoder decoder = new ChunkedDecoder();
        String body =
            decode(
                decoder,
                List.of(
                    Arrays.copyOfRange(coded, 0, first),
                    Arrays.copyOfRange(coded, first, second),
                    Arrays.copyOfRange(coded, second, coded.length)));
        assertThat(body).as("split at %d and %d", first, second).isEqualTo(BODY);
        assertThat(decoder.isComplete()).isTrue();
        assertThat(decoder.hasLeftOver()).isFalse();
      }
    }
  }

  @Test
  void givesTheSameBodyForRandomChunksAndRandomSplits() throws UpstreamException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      byte[] body = new byte[random.nextInt(3000)];
      random.nextBytes(body);
      ByteArrayOutputStream coded = new ByteArrayOutputStream();
      for (int at = 0; at < body.length; ) {
        int size = Math.min(body.length - at, 1 + random.nextInt(400));
        coded.writeBytes(bytes(Integer.toHexString(size) + "\r\n"));
        coded.write(body, at, size);
        coded.writeBytes(bytes("\r\n"));
        at += size;
      }
      coded.writeBytes(bytes("0\r\n\r\n"));
      ChunkedDecoder decoder = new ChunkedDecoder();
      ByteArrayOutputStream decoded = new ByteArrayOutputStream();
      byte[] wire = coded.toByteArray();
      for (int at = 0; at < wire.length; ) {
        int size = Math.min(wire.length - at, 1 + random.nextInt(200));
        byte[] buffer = new byte[size + 7];
        System.arraycopy(wire, at, buffer, 7, size);
        int end = decoder.decode(buffer, 7, 7 + size);
        decoded.write(buffer, 7, end - 7);
        at += size;
      }
      assertThat(decoded.toByteArray()).as("seed %d, round %d", seed, round).isEqualTo(body);
      assertThat(decoder.isComplete()).isTrue();
    }
  }

  @Test
  void isNotCompleteBeforeTheVeryLastByte() throws UpstreamException {
    byte[] coded = bytes(CODED);
    ChunkedDecoder decoder = new ChunkedDecoder();
    decode(decoder, List.of(Arrays.copyOf(coded, coded.length - 1)));
    assertThat(decoder.isComplete()).isFalse();
  }

  @Test
  void reportsBytesBehindTheEnd() throws UpstreamException {
    ChunkedDecoder decoder = new ChunkedDecoder();
    assertThat(decode(decoder, List.of(bytes("1\r\nx\r\n0\r\n\r\nHTTP/1.1 200 OK"))))
        .isEqualTo("x");
    assertThat(decoder.isComplete()).isTrue();
    assertThat(decoder.hasLeftOver()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "1\nx\r\n",
        "1\r\nxy",
        "1\r\nx\ny",
        "1\rx",
        "1 2\nx",
        "0\r\nTrailer\n",
        "0\r\n\rx",
        "1111111111111111\r\n",
        "g\r\n"
      })
  void refusesWhatIsMalformed(String coded) {
    assertThatThrownBy(() -> decode(new ChunkedDecoder(), List.of(bytes(coded))))
        .isInstanceOfSatisfying(
            UpstreamException.class,
            e -> assertThat(e.failure()).isEqualTo(UpstreamFailure.INVALID_RESPONSE));
  }

  @Test
  void boundsExtensionsAndTrailers() {
    String extension = "1;" + "a".repeat(5000);
    String trailers = "0\r\n" + "Trailer: x\r\n".repeat(2000);
    assertThatThrownBy(() -> decode(new ChunkedDecoder(), List.of(bytes(extension))))
        .isInstanceOf(UpstreamException.class);
    assertThatThrownBy(() -> decode(new ChunkedDecoder(), List.of(bytes(trailers))))
        .isInstanceOf(UpstreamException.class);
  }

  @Test
  void letsManySmallExtensionsPass() throws UpstreamException {
    String chunk = "1;" + "a".repeat(200) + "\r\nx\r\n";
    ChunkedDecoder decoder = new ChunkedDecoder();
    assertThat(decode(decoder, List.of(bytes(chunk.repeat(100) + "0\r\n\r\n")))).hasSize(100);
  }

  private static String decode(ChunkedDecoder decoder, List<byte[]> pieces)
      throws UpstreamException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      byte[] buffer = piece.clone();
      body.write(buffer, 0, decoder.decode(buffer, 0, buffer.length));
    }
    return body.toString(StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
