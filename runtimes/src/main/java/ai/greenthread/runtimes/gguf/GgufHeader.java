package ai.greenthread.runtimes.gguf;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The metadata of a GGUF file: what the file says of itself before its tensors. Arrays, the
 * vocabulary among them, are passed over.
 *
 * @param tensors number of tensors
 * @param values text, whole numbers as Long, fractions as Double, truths as Boolean
 */
public record GgufHeader(long tensors, Map<String, Object> values) {
  private static final int MAGIC = 0x46554747;

  /** A key or a text longer than this is taken as damage. */
  private static final long MAX_TEXT = 16 << 20;

  public GgufHeader {
    values = Map.copyOf(values);
  }

  /**
   * Reads a file's metadata.
   *
   * @throws IOException where the file cannot be read, or is no GGUF of version 2 or 3
   */
  public static GgufHeader read(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file);
        DataInputStream in = new DataInputStream(new BufferedInputStream(raw, 64 << 10))) {
      if (u32(in) != MAGIC) {
        throw new IOException(file + " is not a GGUF file");
      }
      int version = u32(in);
      if (version != 2 && version != 3) {
        throw new IOException(file + " is GGUF version " + version + "; 2 and 3 are known");
      }
      long tensors = u64(in);
      long count = u64(in);
      Map<String, Object> values = new LinkedHashMap<>();
      for (long i = 0; i < count; i++) {
        String key = text(in);
        value(in, u32(in)).ifPresent(value -> values.put(key, value));
      }
      return new GgufHeader(tensors, values);
    } catch (EOFException e) {
      throw new IOException(file + " ends before its metadata does", e);
    }
  }

  public Optional<String> text(String key) {
    return values.get(key) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  public OptionalLong number(String key) {
    return values.get(key) instanceof Long number ? OptionalLong.of(number) : OptionalLong.empty();
  }

  public Optional<Boolean> flag(String key) {
    return values.get(key) instanceof Boolean flag ? Optional.of(flag) : Optional.empty();
  }

  /** Context the model was trained for, in tokens. */
  public OptionalLong contextLength() {
    return text("general.architecture")
        .map(architecture -> number(architecture + ".context_length"))
        .orElse(OptionalLong.empty());
  }

  private static Optional<Object> value(DataInputStream in, int type) throws IOException {
    return switch (type) {
      case 0 -> Optional.of((long) in.readUnsignedByte());
      case 1 -> Optional.of((long) in.readByte());
      case 2 -> Optional.of((long) Short.toUnsignedInt(Short.reverseBytes(in.readShort())));
      case 3 -> Optional.of((long) Short.reverseBytes(in.readShort()));
      case 4 -> Optional.of(Integer.toUnsignedLong(u32(in)));
      case 5 -> Optional.of((long) u32(in));
      case 6 -> Optional.of((double) Float.intBitsToFloat(u32(in)));
      case 7 -> Optional.of(in.readByte() != 0);
      case 8 -> Optional.of(text(in));
      case 9 -> {
        skipArray(in);
        yield Optional.empty();
      }
      case 10, 11 -> Optional.of(u64(in));
      case 12 -> Optional.of(Double.longBitsToDouble(u64(in)));
      default -> throw new IOException("unknown GGUF value type " + type);
    };
  }

  private static void skipArray(DataInputStream in) throws IOException {
    int type = u32(in);
    long count = u64(in);
    int width =
        switch (type) {
          case 0, 1, 7 -> 1;
          case 2, 3 -> 2;
          case 4, 5, 6 -> 4;
          case 10, 11, 12 -> 8;
          default -> 0;
        };
    if (width > 0) {
      in.skipNBytes(Math.multiplyExact(count, width));
      return;
    }
    for (long i = 0; i < count; i++) {
      if (type == 8) {
        in.skipNBytes(u64(in));
      } else if (type == 9) {
        skipArray(in);
      } else {
        throw new IOException("unknown GGUF array type " + type);
      }
    }
  }

  private static String text(DataInputStream in) throws IOException {
    long length = u64(in);
    if (length < 0 || length > MAX_TEXT) {
      throw new IOException("a GGUF text of " + length + " bytes is too long to be true");
    }
    return new String(in.readNBytes((int) length), StandardCharsets.UTF_8);
  }

  private static int u32(DataInputStream in) throws IOException {
    return Integer.reverseBytes(in.readInt());
  }

  private static long u64(DataInputStream in) throws IOException {
    return Long.reverseBytes(in.readLong());
  }
}
