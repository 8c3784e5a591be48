package ai.greenthread.domain.gpu;

import ai.greenthread.domain.Bytes;
import java.util.Optional;

/** The port that measures the main memory of processes, which is what a virtual GPU counts. */
@FunctionalInterface
public interface ProcessMemory {
  /**
   * Resident memory of a process and all its descendants. A process that has ended holds zero.
   *
   * @param pid the root of the tree
   * @return empty where a living process cannot be measured, which is not zero
   */
  Optional<Bytes> ofTree(long pid);
}
