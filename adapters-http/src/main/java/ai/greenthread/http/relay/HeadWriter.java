package ai.greenthread.http.relay;

import java.util.Arrays;

/** Writes the head of a message as bytes; refuses what would break out of a header field. */
public final class HeadWriter {
  private byte[] bytes;
  private int length;

  /** Writes into this array, and into a larger copy once it is full. */
  public HeadWriter(byte[] bytes) {
    this.bytes = bytes;
  }

  public HeadWriter text(String text) {
    int count = text.length();
    ensure(count);
    for (int i = 0; i < count; i++) {
      bytes[length + i] = (byte) text.charAt(i);
    }
    length += count;
    return this;
  }

  /** One field with its line end. */
  public void field(String name, String value) {
    ensure(name.length() + value.length() + 4);
    safe(name);
    text(": ");
    safe(value);
    text("\r\n");
  }

  private void safe(String text) {
    int count = text.length();
    for (int i = 0; i < count; i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c == 127 || c > 255) {
        throw new IllegalArgumentException("a header field holds a character that is not allowed");
      }
      bytes[length + i] = (byte) c;
    }
    length += count;
  }

  public HeadWriter raw(byte[] source, int offset, int count) {
    ensure(count);
    System.arraycopy(source, offset, bytes, length, count);
    length += count;
    return this;
  }

  /** The array written to; valid up to {@link #length}. */
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  public void reset() {
    length = 0;
  }

  /** Makes sure that this many more bytes fit without another copy. */
  public void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
