package ai.greenthread.engine.agent;

import ai.greenthread.domain.Bytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What an agent is told at its start.
 *
 * @param node name of its node
 * @param systemNamespace where GPU objects and leases are
 * @param identity of this process, for people: its pod's name
 * @param host address to listen on
 * @param port port to listen on, 0 for any free one
 * @param reportPeriod between two looks at the devices
 * @param leasePeriod between two renewals of the lease
 * @param headroom of each device, never handed out; empty for 512 MiB of a real device and nothing
 *     of a virtual one
 * @param nvmlLibrary NVIDIA's management library; empty for the usual places
 * @param virtualGpus memory of each virtual device; where there is one, real ones are not looked
 *     for
 * @param simulatorLedger the file in which simulated inference servers write what they hold on
 *     virtual devices
 * @param apiTimeout longest time for one call to the API server
 */
record AgentConfig(
    String node,
    String systemNamespace,
    String identity,
    String host,
    int port,
    Duration reportPeriod,
    Duration leasePeriod,
    Optional<Bytes> headroom,
    Optional<Path> nvmlLibrary,
    List<Bytes> virtualGpus,
    Optional<Path> simulatorLedger,
    Duration apiTimeout) {
  /** The driver's own use and what allocators waste, as on one machine. */
  private static final Bytes PHYSICAL_HEADROOM = Bytes.ofMiB(512);

  /** Renewals that may fail before the agent counts as dead. */
  private static final int LEASE_PERIODS = 4;

  private static final Duration LONGEST_PERIOD = Duration.ofSeconds(30);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  AgentConfig {
    if (node.isBlank()) {
      throw new IllegalArgumentException(
          "the agent has to know its node: set NODE_NAME from spec.nodeName, or give --node");
    }
    if (!reportPeriod.isPositive() || reportPeriod.compareTo(LONGEST_PERIOD) > 0) {
      throw new IllegalArgumentException(
          "the report period has to be above zero and at most 30 s, so that a heartbeat a minute"
              + " holds: "
              + reportPeriod);
    }
    if (leasePeriod.toSeconds() < 1) {
      throw new IllegalArgumentException("the lease period has to be 1 s at least");
    }
    virtualGpus = List.copyOf(virtualGpus);
  }

  Bytes effectiveHeadroom() {
    return headroom.orElse(virtualGpus.isEmpty() ? PHYSICAL_HEADROOM : Bytes.ZERO);
  }

  /** So long before the minute is over that a round late by half a period does not miss it. */
  Duration heartbeat() {
    return MINUTE.minus(reportPeriod.multipliedBy(3).dividedBy(2));
  }

  Duration leaseValidity() {
    return leasePeriod.multipliedBy(LEASE_PERIODS);
  }
}
