package ai.greenthread.scheduling.lifecycle;

import java.time.Instant;

/**
 * What the gate has to do right now.
 *
 * @param inFlight requests behind the barrier
 * @param parked requests waiting for it to open
 * @param lastActivity last coming or going of an inference request
 */
public record Load(int inFlight, int parked, Instant lastActivity) {}
