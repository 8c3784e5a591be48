package ai.greenthread.domain.gpu;

/** Whether a device is hardware, or a size that a user named to stand in for it. */
public enum GpuKind {
  /** A real device, measured through its driver. */
  PHYSICAL,
  /** A named size without hardware; its use is the main memory that its processes hold. */
  VIRTUAL
}
