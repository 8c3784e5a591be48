package ai.greenthread.domain.gpu;

import ai.greenthread.domain.Bytes;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a device said of itself at one moment. Whatever could not be read is absent: an absent value
 * is never to be taken for zero.
 *
 * @param used bytes in use by all processes and the driver itself
 * @param free bytes that a process could still take
 * @param utilizationPercent share of the last sample period in which the device computed, 0 to 100
 * @param temperatureCelsius temperature of the chip
 * @param powerWatts power drawn now
 * @param health whether the device can be relied on
 */
public record GpuReading(
    Optional<Bytes> used,
    Optional<Bytes> free,
    OptionalInt utilizationPercent,
    OptionalInt temperatureCelsius,
    OptionalDouble powerWatts,
    GpuHealth health) {

  /** A reading in which nothing but the health is known. */
  public static GpuReading unread(GpuHealth health) {
    return new GpuReading(
        Optional.empty(),
        Optional.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalDouble.empty(),
        health);
  }
}
