package ai.greenthread.scheduling.sidecar;

import java.time.Duration;

/**
 * What it takes to put one replica to sleep and to wake it again, learned from when that was done.
 * Each direction is learned by itself, and the latest counts as much as all before it. The first
 * wake of a server that stays alive asleep is not asked for: it loads from a disk, which happens
 * once.
 */
final class SwitchCosts {
  private Duration wake = Duration.ZERO;
  private Duration sleep = Duration.ZERO;

  void learnWake(Duration took) {
    wake = mean(wake, took);
  }

  void learnSleep(Duration took) {
    sleep = mean(sleep, took);
  }

  /** Zero while neither is known. */
  Duration together() {
    return wake.plus(sleep);
  }

  private static Duration mean(Duration known, Duration took) {
    return known.isZero() ? took : known.plus(took).dividedBy(2);
  }
}
