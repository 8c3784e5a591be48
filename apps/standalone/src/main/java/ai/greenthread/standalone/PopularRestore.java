package ai.greenthread.standalone;

import java.time.Duration;

/**
 * Brings popular models back that served and were displaced, by hand or by a failure, as soon as
 * they fit without anybody having to leave and nobody waits for the same devices.
 */
final class PopularRestore {
  private static final Duration PERIOD = Duration.ofSeconds(2);

  private final Fleet fleet;

  PopularRestore(Fleet fleet) {
    this.fleet = fleet;
  }

  /** Looks again and again until interrupted. */
  void run() {
    try {
      while (true) {
        Thread.sleep(PERIOD);
        fleet.replicas().forEach(Replica::restoreIfDisplaced);
      }
    } catch (InterruptedException e) {
      // The engine ends.
      return;
    }
  }
}
