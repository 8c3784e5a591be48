package ai.greenthread.scheduling.policy;

import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.ledger.Ticket;
import java.time.Duration;

/**
 * A replica that wants to wake.
 *
 * @param ticket its place in the order of arrival
 * @param needPerDevice bytes on each of its devices
 * @param maxWaitTime how long it waits for voluntary room before it forces somebody out
 */
public record Waiter(Ticket ticket, Bytes needPerDevice, Duration maxWaitTime) {}
