package ai.greenthread.domain.gpu;

/**
 * The port that looks at the devices of one node. Safe for use by several threads. Nothing that can
 * go wrong with a driver, a tool or a device is thrown: it is a note, an absent value, a gap or the
 * device's health. Calls may block for as long as the driver does, and a native call holds the
 * carrier of a virtual thread meanwhile: measure on a thread of its own.
 */
public interface GpuProbe extends AutoCloseable {
  /** The devices there are; a device that is lost later stays in the list. */
  GpuInventory inventory();

  /**
   * How the device fares now.
   *
   * @throws IllegalArgumentException if the inventory has no such device
   */
  GpuReading read(GpuId gpu);

  /**
   * Who uses the device's memory now.
   *
   * @throws IllegalArgumentException if the inventory has no such device
   */
  GpuProcesses processes(GpuId gpu);

  /** Lets go of the driver; every later reading says so. */
  @Override
  default void close() {}
}
