package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.gpu.GpuId;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** What all parts of one simulation share: time, chance, faults, memory, and how to complain. */
final class World {
  private final RandomGenerator random;
  private final boolean faulty;
  private final VirtualTime time = new VirtualTime();
  private final Fibers fibers = new Fibers(time);
  private final Coverage coverage = new Coverage();
  private final Set<GpuId> outgrown = new HashSet<>();
  private final Faults faults;
  private final Fleet fleet;
  private final SimMemory memory;

  World(RandomGenerator random, boolean faulty) {
    this.random = random;
    this.faulty = faulty;
    this.faults = faulty ? Faults.swarm(random, coverage) : Faults.none(random, coverage);
    this.fleet = Fleet.draw(random, faults, !faulty || random.nextBoolean());
    this.memory = new SimMemory(fleet.devices(), fleet.capacity());
    for (Fleet.Shape shape : fleet.shapes()) {
      if (shape.firstNeed().compareTo(shape.size()) < 0) {
        outgrown.addAll(shape.devices());
      }
    }
  }

  /** The simulation ends here if {@code holds} is false. */
  void require(boolean holds, Supplier<String> complaint) {
    if (!holds) {
      throw new Broken(complaint.get());
    }
  }

  /** An invariant does not hold. */
  static final class Broken extends AssertionError {
    private static final long serialVersionUID = 1;

    Broken(String complaint) {
      super(complaint);
    }
  }

  /** Memory is short on these devices; only a server that takes more than it said excuses that. */
  void outgrown(Collection<GpuId> devices, String complaint) {
    coverage.count("physical memory short");
    require(devices.stream().anyMatch(this::mayOutgrow), () -> "S2: " + complaint);
  }

  void allowOutgrowth(Collection<GpuId> devices) {
    outgrown.addAll(devices);
  }

  boolean mayOutgrow(GpuId device) {
    return outgrown.contains(device);
  }

  long between(long least, long most) {
    return most <= least ? least : random.nextLong(least, most);
  }

  RandomGenerator random() {
    return random;
  }

  VirtualTime time() {
    return time;
  }

  Fibers fibers() {
    return fibers;
  }

  Coverage coverage() {
    return coverage;
  }

  /** Nothing goes wrong in the whole of this run. */
  boolean isFaultless() {
    return !faulty;
  }

  Faults faults() {
    return faults;
  }

  Fleet fleet() {
    return fleet;
  }

  SimMemory memory() {
    return memory;
  }
}
