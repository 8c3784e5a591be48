package ai.greenthread.scheduling.lifecycle;

import java.time.Instant;

/**
 * What the gate has to do right now.
 *
 * @param inFlight requests behind the barrier
 * @param parked requests waiting for it to open
 * @param parkedSince since when the first of them waits; meaningless if there is none
 * @param lastActivity last coming or going of an inference request
 * @param awaited another replica waits for memory on one of its devices
 */
public record Load(
    int inFlight, int parked, Instant parkedSince, Instant lastActivity, boolean awaited) {

  /** Since when somebody wants the model to serve: its place in line is that of its requests. */
  Instant wantedSince(Instant now) {
    return parked > 0 && parkedSince.isBefore(now) ? parkedSince : now;
  }
}
