package ai.greenthread.scheduling.policy;

import ai.greenthread.scheduling.ledger.DeviceRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Decides for one waiter over a snapshot of the devices it needs. A pure function: no clock, no
 * memory of earlier answers, no effect.
 */
public interface WakePolicy {
  /**
   * What the waiter should do now.
   *
   * @param devices the records of all devices the waiter needs, as read at one moment
   * @param waiter who asks; it may be enlisted on the devices already or not
   */
  Verdict decide(List<DeviceRecord> devices, Waiter waiter, Instant now);

  /**
   * Longest that it leaves a model in use alone beyond the knobs of victim and waiter, once the
   * waiter is first in line.
   */
  default Duration longestTurn() {
    return Duration.ZERO;
  }
}
