package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.gpu.GpuId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Store of {@link DeviceRecord}s, one per device. In memory on one machine, GPU objects on a
 * cluster; both pass one contract suite. Implementations are safe for use by many threads.
 */
public interface GpuLedger {
  /**
   * The records of {@code devices} as they stand, in the order given.
   *
   * @throws LedgerUnavailable when the store cannot be reached or a device does not exist
   */
  List<DeviceRecord> read(Collection<GpuId> devices);

  /**
   * A record of the device that was true lately, as far as it is known without asking; empty where
   * nothing is. It may be old, but while the device is watched it is no older than what the watch
   * told last: whoever acts on it and errs is told by {@link #compareAndSet}, or hears soon.
   */
  default Optional<DeviceRecord> lastSeen(GpuId device) {
    return Optional.empty();
  }

  /**
   * Stores {@code next} if the device still has {@code next.version()}.
   *
   * @return false when somebody else was faster
   * @throws LedgerUnavailable when the outcome is unknown: it may or may not have been stored
   */
  boolean compareAndSet(DeviceRecord next);

  /**
   * Calls {@code listener} with every record of {@code devices} that is stored from now on; calls
   * may skip records that were replaced quickly, never the last one. The listener must not block.
   */
  Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener);

  /** Ends a watch. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }
}
