package ai.greenthread.cli.simulate;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.Quantity;
import java.util.Locale;
import java.util.Optional;

/** Amounts of memory and speeds of links, as people write them. */
public final class Sizes {
  /** Less than this is a number that somebody forgot the unit of. */
  public static final Bytes LEAST = Bytes.ofMiB(1);

  private Sizes() {}

  /** {@code 30GiB}, {@code 30Gi}, {@code 60GB}; no less than {@link #LEAST}. */
  public static Optional<Bytes> parse(String text) {
    String plain = text.replace(" ", "");
    String quantity =
        plain.matches(".*[KMGTPE]i?B") ? plain.substring(0, plain.length() - 1) : plain;
    return Quantity.parse(quantity)
        .filter(Quantity::isPositive)
        .map(Quantity::bytes)
        .filter(bytes -> LEAST.fitsIn(bytes));
  }

  /** {@code 25GB/s}; with or without what is behind the stroke, but with a unit. */
  public static Optional<Double> parseRate(String text) {
    String plain = text.replace(" ", "");
    String size = plain.endsWith("/s") ? plain.substring(0, plain.length() - 2) : plain;
    return parse(size)
        .filter(_ -> size.matches(".*[KMGTPE]i?B?"))
        .map(bytes -> (double) bytes.count());
  }

  /** {@code 25 GB/s}: links are sold in powers of ten. */
  public static String rate(double bytesPerSecond) {
    double gigabytes = bytesPerSecond / 1e9;
    String number =
        gigabytes == Math.rint(gigabytes)
            ? String.format(Locale.ROOT, "%.0f", gigabytes)
            : String.format(Locale.ROOT, "%.2f", gigabytes);
    return number + " GB/s";
  }
}
