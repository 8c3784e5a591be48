package ai.greenthread.domain.gpu;

/** Whether a device can be relied on, with the reason where it cannot. */
public sealed interface GpuHealth {
  Healthy HEALTHY = new Healthy();

  /** Nothing is known against the device. */
  record Healthy() implements GpuHealth {
    @Override
    public String label() {
      return "Healthy";
    }
  }

  /**
   * The device works, but something is wrong or could not be read.
   *
   * @param reason what is wrong and, where there is something, what to do
   */
  record Degraded(String reason) implements GpuHealth {
    @Override
    public String label() {
      return "Degraded";
    }
  }

  /**
   * The device cannot be used: place nothing on it.
   *
   * @param reason what is wrong and, where there is something, what to do
   */
  record Unhealthy(String reason) implements GpuHealth {
    @Override
    public String label() {
      return "Unhealthy";
    }
  }

  /** The word of the GPU object's {@code status.health}. */
  String label();
}
