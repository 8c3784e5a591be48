package ai.greenthread.domain.gpu;

import ai.greenthread.domain.Bytes;

/** The size of a device in words. */
public final class GpuMemory {
  private GpuMemory() {}

  /**
   * What may be handed out, and where that is less than the device has, how it comes about: a
   * person compares it with the total that every other tool shows.
   *
   * @param capacity memory that may be handed out
   * @param headroom memory that never is
   */
  public static String describe(Bytes capacity, Bytes headroom) {
    return headroom.equals(Bytes.ZERO)
        ? capacity.human()
        : capacity.human()
            + " ("
            + capacity.plus(headroom).human()
            + " in total less "
            + headroom.human()
            + " of headroom)";
  }
}
