package ai.greenthread.cli.simulate;

import ai.greenthread.cli.text.Human;
import java.util.Locale;

/** The figures of a policy, in the order of all reports. Keys of JSON and CSV carry their unit. */
public enum Figure {
  SLO_ATTAINMENT("sloAttainment", "SLO attainment", Unit.SHARE, true),
  TTFT_P50("ttftP50Seconds", "TTFT p50", Unit.SECONDS, false),
  TTFT_P95("ttftP95Seconds", "TTFT p95", Unit.SECONDS, false),
  TTFT_P99("ttftP99Seconds", "TTFT p99", Unit.SECONDS, false),
  WAIT_P50("waitP50Seconds", "Wait p50", Unit.SECONDS, false),
  WAIT_P95("waitP95Seconds", "Wait p95", Unit.SECONDS, false),
  WAIT_P99("waitP99Seconds", "Wait p99", Unit.SECONDS, false),
  WAIT_MAX("waitMaxSeconds", "Longest wait", Unit.SECONDS, false),
  BOUND_VIOLATIONS("boundViolations", "Over the bound", Unit.COUNT, false),
  SWAPS("swaps", "Swaps", Unit.COUNT, false),
  SWAP_BYTES("swapBytes", "Bytes loaded", Unit.BYTES, false),
  SWAP_SECONDS("swapSeconds", "Swap work", Unit.SECONDS, false),
  LOWER_BOUND("lowerBoundSeconds", "Lower bound", Unit.SECONDS, false),
  DISTANCE("swapWorkOverLowerBound", "Work ÷ bound", Unit.RATIO, false),
  GPU_SERVING("gpuServingShare", "GPU serving", Unit.SHARE, true),
  JAIN("jainIndex", "Jain index", Unit.INDEX, true),
  THRASH("thrash", "Thrash", Unit.COUNT, false),
  WASTED("wastedWakes", "Wasted wakes", Unit.COUNT, false),
  CUT("cut", "Cut off", Unit.COUNT, false),
  LOST("lost", "Lost", Unit.COUNT, false),
  FEWEST_GPUS("fewestGpus", "Fewest GPUs", Unit.COUNT, false),
  MODELS_PER_GPU("modelsPerGpu", "Models per GPU", Unit.INDEX, true);

  /** How a figure is written for people. */
  enum Unit {
    SHARE,
    SECONDS,
    COUNT,
    BYTES,
    RATIO,
    INDEX
  }

  private final String key;
  private final String title;
  private final Unit unit;
  private final boolean moreIsBetter;

  Figure(String key, String title, Unit unit, boolean moreIsBetter) {
    this.key = key;
    this.title = title;
    this.unit = unit;
    this.moreIsBetter = moreIsBetter;
  }

  /** In JSON and CSV. */
  public String key() {
    return key;
  }

  /** In tables for people. */
  public String title() {
    return title;
  }

  public boolean moreIsBetter() {
    return moreIsBetter;
  }

  /** Whole numbers stay whole in JSON and CSV. */
  public boolean isWhole() {
    return unit == Unit.COUNT || unit == Unit.BYTES;
  }

  /** With its unit, as short as it can be told apart. */
  public String words(double value) {
    return switch (unit) {
      case SHARE -> share(value);
      case SECONDS -> seconds(value);
      case COUNT -> String.format(Locale.ROOT, "%,d", Math.round(value));
      case BYTES -> Human.bytes(Math.round(value));
      case RATIO -> String.format(Locale.ROOT, value < 10 ? "%.2f×" : "%.0f×", value);
      case INDEX -> String.format(Locale.ROOT, "%.2f", value);
    };
  }

  /** {@code 97.3 %}; never 100 % for what is not all. */
  public static String share(double value) {
    double percent = value * 100;
    if (value < 1 && percent >= 99.95) {
      return String.format(Locale.ROOT, "%.3f %%", Math.min(percent, 99.999));
    }
    return String.format(Locale.ROOT, "%.1f %%", percent);
  }

  private static String parts(long large, String unit, long small, String smallUnit) {
    return large + " " + unit + (small == 0 ? "" : " " + small + " " + smallUnit);
  }

  /** {@code 0 s}, {@code 85 ms}, {@code 6.2 s}, {@code 2 min 5 s}, {@code 1 h 4 min}. */
  public static String seconds(double value) {
    if (value == 0) {
      return "0 s";
    }
    if (value < 0.9995) {
      return String.format(Locale.ROOT, value < 0.001 ? "%.2f ms" : "%.0f ms", value * 1000);
    }
    if (value < 99.95) {
      return String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f s" : "%.1f s", value);
    }
    long whole = Math.round(value);
    return whole < 7200
        ? parts(whole / 60, "min", whole % 60, "s")
        : parts(whole / 3600, "h", whole % 3600 / 60, "min");
  }
}
