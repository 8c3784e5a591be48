package ai.greenthread.domain;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount as Kubernetes writes it: {@code 10Gi}, {@code 500M}, {@code 1.5Gi}, {@code 100m},
 * {@code 2e3} or plain {@code 4}. Two quantities are equal when number and family of units agree,
 * however they were spelled: {@code 1.5Gi} equals {@code 1536Mi}.
 *
 * @param value the amount in whole units (bytes, cores …), without trailing zeros; smaller parts
 *     than one thousand-millionth are rounded up, as Kubernetes does
 * @param binary whether it prints with powers of 1024 ({@code Ki Mi Gi …}) or of 1000 ({@code k M G
 *     …})
 */
public record Quantity(BigDecimal value, boolean binary) {
  private static final Pattern SYNTAX =
      Pattern.compile(
          "([+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+))"
              + "(?:(Ki|Mi|Gi|Ti|Pi|Ei)|(n|u|m|k|M|G|T|P|E)|[eE]([+-]?[0-9]{1,3}))?");
  private static final List<String> BINARY = List.of("Ki", "Mi", "Gi", "Ti", "Pi", "Ei");
  private static final Map<String, Integer> DECIMAL_EXPONENT =
      Map.of("n", -9, "u", -6, "m", -3, "k", 3, "M", 6, "G", 9, "T", 12, "P", 15, "E", 18);
  private static final List<String> DECIMAL_SMALLEST_FIRST =
      List.of("n", "u", "m", "", "k", "M", "G", "T", "P", "E");
  private static final BigDecimal KIBI = BigDecimal.valueOf(1024);

  /** Kubernetes' own limit: 2^63 - 1 whole units. */
  private static final BigDecimal LARGEST = BigDecimal.valueOf(Long.MAX_VALUE);

  public Quantity {
    value = value.setScale(Math.min(9, value.scale()), RoundingMode.UP).stripTrailingZeros();
    if (value.signum() == 0) {
      value = BigDecimal.ZERO;
    }
    // Only whole kibi-units have a binary spelling; anything else is printed decimally.
    binary = binary && value.signum() != 0 && value.remainder(KIBI).signum() == 0;
  }

  /** The quantity that a text states, or nothing where the text is not a quantity. */
  public static Optional<Quantity> parse(String text) {
    if (text.length() > 100) {
      return Optional.empty();
    }
    Matcher syntax = SYNTAX.matcher(text);
    if (!syntax.matches()) {
      return Optional.empty();
    }
    BigDecimal number = new BigDecimal(syntax.group(1));
    String binary = syntax.group(2);
    if (binary != null) {
      number = number.multiply(KIBI.pow(BINARY.indexOf(binary) + 1));
    } else if (syntax.group(3) != null) {
      number = number.scaleByPowerOfTen(DECIMAL_EXPONENT.getOrDefault(syntax.group(3), 0));
    } else if (syntax.group(4) != null) {
      number = number.scaleByPowerOfTen(Integer.parseInt(syntax.group(4)));
    }
    return number.abs().compareTo(LARGEST) > 0
        ? Optional.empty()
        : Optional.of(new Quantity(number, binary != null));
  }

  /** An amount of memory, printed with powers of 1024. */
  public static Quantity of(Bytes bytes) {
    return new Quantity(BigDecimal.valueOf(bytes.count()), true);
  }

  /** As memory, rounded up to a whole byte. Fails for a negative quantity. */
  public Bytes bytes() {
    return Bytes.of(value.setScale(0, RoundingMode.CEILING).longValueExact());
  }

  public boolean isPositive() {
    return value.signum() > 0;
  }

  public boolean isNegative() {
    return value.signum() < 0;
  }

  /** Kubernetes' canonical spelling: the largest unit that needs no fraction. */
  @Override
  public String toString() {
    return binary ? printBinary(value.toBigIntegerExact()) : printDecimal();
  }

  private static String printBinary(BigInteger units) {
    String suffix = "";
    for (String next : BINARY) {
      BigInteger[] division = units.divideAndRemainder(BigInteger.valueOf(1024));
      if (division[1].signum() != 0 || division[0].signum() == 0) {
        break;
      }
      units = division[0];
      suffix = next;
    }
    return units + suffix;
  }

  private String printDecimal() {
    BigDecimal units = value.movePointRight(9);
    String suffix = "n";
    for (String next : DECIMAL_SMALLEST_FIRST.subList(1, DECIMAL_SMALLEST_FIRST.size())) {
      BigDecimal larger = units.movePointLeft(3);
      if (larger.stripTrailingZeros().scale() > 0) {
        break;
      }
      units = larger;
      suffix = next;
    }
    return value.signum() == 0 ? "0" : units.setScale(0, RoundingMode.UNNECESSARY) + suffix;
  }
}
