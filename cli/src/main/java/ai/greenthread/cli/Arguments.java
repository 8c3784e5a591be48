package ai.greenthread.cli;

import ai.greenthread.cli.simulate.Numbers;
import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.DurationText;
import ai.greenthread.domain.Quantity;
import ai.greenthread.scheduling.policy.PolicyName;
import ai.greenthread.scheduling.runtime.HostLink;
import java.math.BigInteger;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How options are read that picocli has no words for. */
final class Arguments {
  private Arguments() {}

  /** {@code 90s}, {@code 5m}, {@code 1m30s}. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      return DurationText.parse(value)
          .filter(duration -> !duration.isNegative() && !duration.isZero())
          .orElseThrow(() ->
              new TypeConversionException(
                  "'" + value + "' is not a duration; write it like 90s, 5m or 1m30s"));
    }
  }

  /** A Kubernetes quantity, or the same with the {@code B} that people write: {@code 2GiB}. */
  static final class SizeConverter implements ITypeConverter<Bytes> {
    @Override
    public Bytes convert(String value) {
      String plain = value.replace(" ", "");
      String quantity =
          plain.matches(".*[KMGTPE]i?B") ? plain.substring(0, plain.length() - 1) : plain;
      return Quantity.parse(quantity)
          .filter(Quantity::isPositive)
          .map(Quantity::bytes)
          .orElseThrow(() ->
              new TypeConversionException(
                  "'" + value + "' is not a size; write it like 2GiB, 192MiB or 2Gi"));
    }
  }

  /** GPUs that may load at the same time. */
  static final class WakesAtOnceConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      try {
        return HostLink.require(Integer.parseInt(value));
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'" + value + "' is no number; write it like 2");
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** A number with or without a fraction. */
  static final class NumberConverter implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      return Numbers.parse(value)
          .orElseThrow(() ->
              new TypeConversionException("'" + value + "' is no number; write it like 4 or 0.5"));
    }
  }

  /** A whole number. */
  static final class LongConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String value) {
      return whole(value, Long.MIN_VALUE, Long.MAX_VALUE);
    }
  }

  /** A whole number of no more than nine digits, and some of ten. */
  static final class IntConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      return Math.toIntExact(whole(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
    }
  }

  private static long whole(String value, long least, long most) {
    if (!value.matches("[+-]?[0-9]{1,100}")) {
      throw new TypeConversionException("'" + value + "' is no whole number; write it like 4");
    }
    var number = new BigInteger(value);
    if (number.compareTo(BigInteger.valueOf(least)) < 0
        || number.compareTo(BigInteger.valueOf(most)) > 0) {
      throw new TypeConversionException(
          "'" + value + "' is too " + (number.signum() < 0 ? "small" : "large") + " a number");
    }
    return number.longValueExact();
  }

  /** A policy by its name. */
  static final class PolicyConverter implements ITypeConverter<PolicyName> {
    @Override
    public PolicyName convert(String value) {
      try {
        return PolicyName.of(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
