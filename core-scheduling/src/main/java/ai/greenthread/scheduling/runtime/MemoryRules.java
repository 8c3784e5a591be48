package ai.greenthread.scheduling.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import java.util.Map;
import java.util.Optional;

/** When measured memory proves that a server sleeps or has ended. */
public final class MemoryRules {
  /** Stock engines keep their GPU context; up to 1.4 of 73.9 GiB was seen. */
  private static final double FIRST_RESIDUE_SHARE = 0.30;

  private static final double LEARNED_RESIDUE_SLACK = 1.25;

  /** A server may come to use more than it was measured to. */
  private static final double GROWTH = 1.10;

  /** Noise of the measurement itself. */
  private static final Bytes NOISE = Bytes.ofMiB(16);

  private MemoryRules() {}

  /**
   * The most that may stay in use on a device for the sleep to count.
   *
   * @param serving use on that device before the sleep
   * @param learned residue seen after an earlier verified sleep
   */
  public static Bytes residueLimit(Bytes serving, Optional<Bytes> learned) {
    return learned
        .map(residue -> residue.times(LEARNED_RESIDUE_SLACK).plus(NOISE))
        .orElseGet(() -> serving.times(FIRST_RESIDUE_SHARE).max(NOISE))
        .min(serving.max(NOISE));
  }

  /** What to keep on a device for a server that was measured to use so much, if there is room. */
  public static Bytes withGrowth(Bytes measured) {
    return measured.times(GROWTH);
  }

  /** The first device whose use is above its limit, in words; empty when the sleep is proved. */
  public static Optional<String> stillHolds(
      Map<GpuId, Bytes> measured, Map<GpuId, Bytes> serving, Map<GpuId, Bytes> learned) {
    for (var entry : measured.entrySet()) {
      Bytes limit =
          residueLimit(
              serving.getOrDefault(entry.getKey(), Bytes.ZERO),
              Optional.ofNullable(learned.get(entry.getKey())));
      if (!entry.getValue().fitsIn(limit)) {
        return Optional.of(
            entry.getValue()
                + " still in use on "
                + entry.getKey()
                + ", at most "
                + limit
                + " expected");
      }
    }
    return Optional.empty();
  }
}
