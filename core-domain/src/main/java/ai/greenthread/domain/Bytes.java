package ai.greenthread.domain;

import java.util.Locale;

/**
 * An amount of memory in bytes, never negative. Sums that would overflow fail loudly.
 *
 * @param count number of bytes
 */
public record Bytes(long count) implements Comparable<Bytes> {
  public static final Bytes ZERO = new Bytes(0);

  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  public Bytes {
    if (count < 0) {
      throw new IllegalArgumentException("a number of bytes cannot be negative: " + count);
    }
  }

  public static Bytes of(long count) {
    return count == 0 ? ZERO : new Bytes(count);
  }

  public static Bytes ofMiB(long mebibytes) {
    return of(Math.multiplyExact(mebibytes, 1L << 20));
  }

  public static Bytes ofGiB(long gibibytes) {
    return of(Math.multiplyExact(gibibytes, 1L << 30));
  }

  public Bytes plus(Bytes other) {
    return of(Math.addExact(count, other.count));
  }

  /** This less {@code other}, or zero where {@code other} is the larger one. */
  public Bytes minusOrZero(Bytes other) {
    return of(Math.max(0, count - other.count));
  }

  /** This many bytes times {@code factor}, rounded up to a whole byte. */
  public Bytes times(double factor) {
    return of((long) Math.ceil(count * factor));
  }

  public Bytes max(Bytes other) {
    return count >= other.count ? this : other;
  }

  public Bytes min(Bytes other) {
    return count <= other.count ? this : other;
  }

  public boolean fitsIn(Bytes room) {
    return count <= room.count;
  }

  public boolean isZero() {
    return count == 0;
  }

  @Override
  public int compareTo(Bytes other) {
    return Long.compare(count, other.count);
  }

  /** For people: {@code 88.4 GiB}, {@code 512 B}. */
  public String human() {
    double value = count;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    String number =
        unit == 0 || value == Math.rint(value)
            ? String.format(Locale.ROOT, "%.0f", value)
            : String.format(Locale.ROOT, "%.1f", value);
    return number + " " + UNITS[unit];
  }

  @Override
  public String toString() {
    return human();
  }
}
