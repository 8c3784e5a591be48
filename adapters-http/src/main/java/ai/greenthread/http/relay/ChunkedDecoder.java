package ai.greenthread.http.relay;

/** The chunked coding (RFC 9112, 7.1), one byte at a time where it is framing. */
final class ChunkedDecoder implements BodyDecoder {
  /** Bytes of one chunk's extensions. */
  private static final int MAX_EXTENSION_BYTES = 4 * 1024;

  /** Bytes of all trailer fields; they are read over and dropped. */
  private static final int MAX_TRAILER_BYTES = 16 * 1024;

  /** Hexadecimal digits of a chunk's size: less than 2^60 bytes. */
  private static final int MAX_SIZE_DIGITS = 15;

  private enum State {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER,
    TRAILER_LF,
    END_LF,
    COMPLETE
  }

  private State state = State.SIZE;
  private long remaining;
  private int digits;
  private int overhead;
  private boolean leftOver;

  @Override
  public int decode(byte[] buffer, int from, int to) throws UpstreamException {
    int kept = from;
    int at = from;
    while (at < to) {
      if (state == State.DATA) {
        int taken = (int) Math.min(remaining, to - at);
        if (at != kept) {
          System.arraycopy(buffer, at, buffer, kept, taken);
        }
        at += taken;
        kept += taken;
        remaining -= taken;
        if (remaining == 0) {
          state = State.DATA_CR;
        }
      } else if (state == State.COMPLETE) {
        leftOver = true;
        return kept;
      } else {
        state = afterFraming(buffer[at++]);
      }
    }
    return kept;
  }

  private State afterFraming(byte b) throws UpstreamException {
    return switch (state) {
      case SIZE -> afterSize(b);
      case EXTENSION -> {
        if (b == '\r') {
          yield State.SIZE_LF;
        }
        count(b, MAX_EXTENSION_BYTES);
        yield State.EXTENSION;
      }
      case SIZE_LF -> {
        require(b == '\n');
        overhead = 0;
        digits = 0;
        yield remaining == 0 ? State.TRAILER_START : State.DATA;
      }
      case DATA_CR -> {
        require(b == '\r');
        yield State.DATA_LF;
      }
      case DATA_LF -> {
        require(b == '\n');
        yield State.SIZE;
      }
      case TRAILER_START -> {
        if (b == '\r') {
          yield State.END_LF;
        }
        count(b, MAX_TRAILER_BYTES);
        yield State.TRAILER;
      }
      case TRAILER -> {
        if (b == '\r') {
          yield State.TRAILER_LF;
        }
        count(b, MAX_TRAILER_BYTES);
        yield State.TRAILER;
      }
      case TRAILER_LF -> {
        require(b == '\n');
        yield State.TRAILER_START;
      }
      case END_LF -> {
        require(b == '\n');
        yield State.COMPLETE;
      }
      case DATA, COMPLETE -> throw new IllegalStateException("not framing: " + state);
    };
  }

  private State afterSize(byte b) throws UpstreamException {
    int digit = Character.digit(b, 16);
    if (digit >= 0) {
      require(++digits <= MAX_SIZE_DIGITS);
      remaining = remaining << 4 | digit;
      return State.SIZE;
    }
    require(digits > 0);
    if (b == '\r') {
      return State.SIZE_LF;
    }
    require(b == ';' || b == ' ' || b == '\t');
    return State.EXTENSION;
  }

  private void count(byte b, int limit) throws UpstreamException {
    require(b != '\n' && ++overhead <= limit);
  }

  private static void require(boolean wellFormed) throws UpstreamException {
    if (!wellFormed) {
      throw ResponseHead.invalid("its chunked coding is malformed or too large");
    }
  }

  @Override
  public boolean isComplete() {
    return state == State.COMPLETE;
  }

  @Override
  public boolean hasLeftOver() {
    return leftOver;
  }
}
