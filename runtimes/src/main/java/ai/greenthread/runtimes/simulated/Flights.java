package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.surface.Generation.Chunk;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The answers that have begun and not ended, those in the queue among them. */
final class Flights {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<SimulatedGeneration> all = new LinkedHashSet<>();

  void add(SimulatedGeneration generation) {
    lock.lock();
    try {
      all.add(generation);
    } finally {
      lock.unlock();
    }
  }

  void remove(SimulatedGeneration generation) {
    lock.lock();
    try {
      all.remove(generation);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  List<SimulatedGeneration> now() {
    lock.lock();
    try {
      return List.copyOf(all);
    } finally {
      lock.unlock();
    }
  }

  void endAll(Chunk reason) {
    now().forEach(generation -> generation.end(reason));
  }

  /** Waits until no answer is being written any more; those still in the queue do not count. */
  void awaitNoneRunning() throws InterruptedException {
    lock.lock();
    try {
      while (all.stream().anyMatch(SimulatedGeneration::started)) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }
}
