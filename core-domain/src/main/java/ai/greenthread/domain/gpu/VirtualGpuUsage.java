package ai.greenthread.domain.gpu;

/**
 * The port by which whoever starts processes says on which devices they run. Physical devices need
 * no telling, their driver knows; there both calls do nothing, so that callers need not ask.
 */
public interface VirtualGpuUsage {
  /** For nodes whose devices are physical. */
  VirtualGpuUsage NOT_NEEDED =
      new VirtualGpuUsage() {
        @Override
        public void attach(GpuId gpu, long pid) {}

        @Override
        public void detach(GpuId gpu, long pid) {}
      };

  /**
   * From now on the memory of this process and its descendants counts on this device. A process on
   * several devices counts in equal parts on each. A process that has ended counts no longer, even
   * if its id is given to another. Attaching twice is the same as once.
   *
   * @throws IllegalArgumentException if there is no such virtual device
   */
  void attach(GpuId gpu, long pid);

  /** The process no longer counts on this device; nothing happens where it was not attached. */
  void detach(GpuId gpu, long pid);
}
