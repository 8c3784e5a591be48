package ai.greenthread.runtimes.gguf;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Writes a GGUF file of the llama architecture with random weights: it loads and runs like a real
 * model of its size, and talks noise. For tests in which memory has to move; write one when needed,
 * never keep it.
 */
public final class RandomGguf {
  private static final String USAGE =
      """
      Writes a GGUF model of random weights.
        --out FILE        where to write it (required)
        --size BYTES      about how large, such as 370M or 1.5G; default 600K
        --type f16|f32    how weights are stored; default f32
        --context TOKENS  default 2048
        --seed N          default 7
      """;

  private RandomGguf() {}

  public static void main(String[] arguments) throws IOException {
    Path out = Path.of("");
    double bytes = 600_000;
    boolean half = false;
    int context = 2048;
    long seed = 7;
    for (int i = 0; i < arguments.length; i += 2) {
      String value = i + 1 < arguments.length ? arguments[i + 1] : "";
      switch (arguments[i]) {
        case "--out" -> out = Path.of(value);
        case "--size" -> bytes = size(value);
        case "--type" -> half = value.equals("f16");
        case "--context" -> context = Integer.parseInt(value);
        case "--seed" -> seed = Long.parseLong(value);
        default -> {
          System.out.print(USAGE);
          return;
        }
      }
    }
    if (out.toString().isEmpty()) {
      System.out.print(USAGE);
      return;
    }
    RandomShape shape = RandomShape.ofBytes((long) bytes, half, context, seed);
    write(out, shape);
    System.out.println(
        out + ": " + shape.parameters() + " parameters, " + Files.size(out) + " bytes");
  }

  private static double size(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    double unit =
        switch (upper.charAt(upper.length() - 1)) {
          case 'K' -> 1e3;
          case 'M' -> 1e6;
          case 'G' -> 1e9;
          default -> 1;
        };
    return Double.parseDouble(unit == 1 ? upper : upper.substring(0, upper.length() - 1)) * unit;
  }

  /**
   * Writes the file, replacing one that is there.
   *
   * @return number of bytes written
   */
  public static long write(Path file, RandomShape shape) throws IOException {
    List<RandomShape.Tensor> tensors = shape.tensors();
    LittleEndian head = new LittleEndian();
    head.raw("GGUF".getBytes(StandardCharsets.US_ASCII));
    head.u32(3).u64(tensors.size()).u64(RandomVocabulary.entries(shape));
    RandomVocabulary.write(head, shape);
    long offset = 0;
    for (RandomShape.Tensor tensor : tensors) {
      head.text(tensor.name()).u32(tensor.dimensions().size());
      tensor.dimensions().forEach(head::u64);
      head.u32(tensor.half() ? 1 : 0).u64(offset);
      offset += padded(tensor.bytes());
    }
    head.align();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      out.write(head.toByteArray());
      Noise noise = new Noise(shape.seed());
      for (RandomShape.Tensor tensor : tensors) {
        noise.write(out, tensor);
        out.write(new byte[(int) (padded(tensor.bytes()) - tensor.bytes())]);
      }
    }
    return Files.size(file);
  }

  private static long padded(long bytes) {
    return (bytes + 31) / 32 * 32;
  }

  /** Bytes in GGUF's order. */
  static final class LittleEndian {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    LittleEndian raw(byte[] raw) {
      bytes.writeBytes(raw);
      return this;
    }

    LittleEndian u32(int value) {
      return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    LittleEndian u64(long value) {
      return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    LittleEndian f32(float value) {
      return u32(Float.floatToRawIntBits(value));
    }

    LittleEndian text(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      return u64(utf8.length).raw(utf8);
    }

    void align() {
      raw(new byte[(int) (padded(bytes.size()) - bytes.size())]);
    }

    byte[] toByteArray() {
      return bytes.toByteArray();
    }
  }

  /**
   * Uniform numbers of the deviation that keeps a network's signal alive; fast, and the same for
   * the same seed.
   */
  private static final class Noise {
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private long state;

    Noise(long seed) {
      state = seed * 0x9E3779B97F4A7C15L + 1;
    }

    void write(OutputStream out, RandomShape.Tensor tensor) throws IOException {
      float width = (float) (2 * Math.sqrt(3) * tensor.deviation());
      for (long left = tensor.elements(); left > 0; left--) {
        float value = tensor.ones() ? 1 : (uniform() - 0.5f) * width;
        if (tensor.half()) {
          buffer.putShort(Float.floatToFloat16(value));
        } else {
          buffer.putFloat(value);
        }
        if (!buffer.hasRemaining() || left == 1) {
          out.write(buffer.array(), 0, buffer.position());
          buffer.clear();
        }
      }
    }

    private float uniform() {
      state ^= state << 13;
      state ^= state >>> 7;
      state ^= state << 17;
      return (state >>> 40) * 0x1p-24f;
    }
  }
}
