package ai.greenthread.cli.simulate;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Numbers as people write them. Java's own rule is not theirs: it takes {@code 1d}, {@code 0x1p3}
 * and {@code NaN}.
 */
public final class Numbers {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?");

  private Numbers() {}

  /** {@code 4}, {@code 0.5}, {@code 1e3}; empty for what is no number, or is too large for one. */
  public static Optional<Double> parse(String text) {
    return Optional.of(text)
        .filter(number -> NUMBER.matcher(number).matches())
        .map(Double::valueOf)
        .filter(Double::isFinite);
  }
}
