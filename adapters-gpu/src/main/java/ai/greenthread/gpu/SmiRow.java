package ai.greenthread.gpu;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuReading;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * One line of {@code nvidia-smi --query-gpu}, read leniently: {@code [N/A]}, {@code [Not
 * Supported]}, {@code ERR!} and cells that are not there are absent values.
 */
record SmiRow(int index, String uuid, String product, List<String> cells) {
  /** What every version lists. */
  static final List<String> OLDEST_COLUMNS =
      List.of("index", "uuid", "name", "memory.total", "memory.used");

  /** The oldest, then those that a version may not know. */
  static final List<String> ALL_COLUMNS =
      List.of(
          "index",
          "uuid",
          "name",
          "memory.total",
          "memory.used",
          "memory.free",
          "utilization.gpu",
          "temperature.gpu",
          "power.draw",
          "ecc.errors.uncorrected.volatile.total",
          "mig.mode.current");

  private static final int TOTAL = 3;
  private static final int USED = 4;
  private static final int FREE = 5;
  private static final int UTILIZATION = 6;
  private static final int TEMPERATURE = 7;
  private static final int POWER = 8;
  private static final int ERRORS = 9;
  private static final int MIG = 10;

  private static final int LONGEST_QUOTE = 120;

  /** More than any device or process holds, in MiB: a number beyond this is garbage. */
  private static final double MOST_MEBIBYTES = 1L << 30;

  private static final int MOST_INDEX = 4096;

  /** Empty for a line that is no device. */
  static Optional<SmiRow> parse(String line) {
    List<String> cells = cells(line);
    if (cells.size() < OLDEST_COLUMNS.size()) {
      return Optional.empty();
    }
    return number(cells, 0)
        .filter(index -> index == Math.rint(index) && index < MOST_INDEX)
        .map(index ->
            new SmiRow(
                index.intValue(),
                told(cells, 1).orElse("index-" + index.intValue()),
                told(cells, 2).orElse("NVIDIA GPU"),
                cells));
  }

  static List<String> cells(String line) {
    return Arrays.stream(line.split(",", -1)).map(String::strip).toList();
  }

  Optional<Bytes> total() {
    return mebibytes(cells, TOTAL);
  }

  boolean partitioned() {
    return told(cells, MIG).filter(mode -> mode.equalsIgnoreCase("Enabled")).isPresent();
  }

  GpuReading reading() {
    Optional<Bytes> used = mebibytes(cells, USED);
    Optional<Bytes> free =
        mebibytes(cells, FREE).or(() -> total().flatMap(total -> used.map(total::minusOrZero)));
    return new GpuReading(
        used,
        free,
        whole(UTILIZATION),
        whole(TEMPERATURE),
        number(cells, POWER).map(OptionalDouble::of).orElse(OptionalDouble.empty()),
        health());
  }

  private GpuHealth health() {
    if (cells.stream().anyMatch(cell -> cell.contains("GPU is lost"))) {
      return new GpuHealth.Unhealthy(
          "the GPU is lost: it no longer answers the driver; reset it or restart the machine");
    }
    return number(cells, ERRORS)
        .filter(count -> count > 0)
        .<GpuHealth>map(count ->
            new GpuHealth.Degraded(
                count.longValue()
                    + " memory errors that could not be corrected since the driver was loaded;"
                    + " reset the GPU, and replace it if they come back"))
        .orElse(GpuHealth.HEALTHY);
  }

  private OptionalInt whole(int column) {
    return number(cells, column)
        .map(value -> OptionalInt.of((int) Math.rint(value)))
        .orElse(OptionalInt.empty());
  }

  static Optional<Bytes> mebibytes(List<String> cells, int column) {
    return number(cells, column)
        .filter(mebibytes -> mebibytes <= MOST_MEBIBYTES)
        .map(mebibytes -> Bytes.ofMiB(1).times(mebibytes));
  }

  /** A number that is not negative, with or without a unit after it. */
  static Optional<Double> number(List<String> cells, int column) {
    return told(cells, column)
        .map(cell -> cell.split("\\s+", 2)[0])
        .flatMap(cell -> {
          try {
            double value = Double.parseDouble(cell);
            return value >= 0 && Double.isFinite(value) ? Optional.of(value) : Optional.empty();
          } catch (NumberFormatException notANumber) {
            return Optional.empty();
          }
        });
  }

  private static Optional<String> told(List<String> cells, int column) {
    if (column >= cells.size()) {
      return Optional.empty();
    }
    String cell = cells.get(column);
    boolean absent =
        cell.isEmpty() || cell.startsWith("[") || cell.equals("N/A") || cell.equals("ERR!");
    return absent ? Optional.empty() : Optional.of(cell);
  }

  /** Foreign text for a message: one line of printable characters, cut at a length. */
  static String quoted(String text) {
    String printable = text.strip().replaceAll("\\P{Print}", "?");
    return "\""
        + (printable.length() <= LONGEST_QUOTE
            ? printable
            : printable.substring(0, LONGEST_QUOTE) + "…")
        + "\"";
  }
}
