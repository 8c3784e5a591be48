package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything the ledger knows of one device. Immutable; {@link LedgerRules} makes the next one, and
 * a {@link GpuLedger} stores it by compare-and-swap on {@link #version}.
 */
public final class DeviceRecord {
  private final GpuId id;
  private final long version;
  private final Bytes capacity;
  private final SortedMap<ReplicaId, Occupant> occupants;
  private final List<Intent> intents;
  private final @Nullable WakeLock lock;

  private DeviceRecord(
      GpuId id,
      long version,
      Bytes capacity,
      SortedMap<ReplicaId, Occupant> occupants,
      List<Intent> intents,
      @Nullable WakeLock lock) {
    this.id = id;
    this.version = version;
    this.capacity = capacity;
    this.occupants = occupants;
    this.intents = intents;
    this.lock = lock;
  }

  /** A device nobody uses; {@code capacity} is its memory less the headroom kept free. */
  public static DeviceRecord empty(GpuId id, Bytes capacity) {
    return new DeviceRecord(id, 0, capacity, Collections.emptySortedMap(), List.of(), null);
  }

  /** As read from a store that keeps its own versions. */
  public static DeviceRecord of(
      GpuId id,
      long version,
      Bytes capacity,
      Iterable<Occupant> occupants,
      Iterable<Intent> intents,
      Optional<WakeLock> lock) {
    var byReplica = new TreeMap<ReplicaId, Occupant>();
    occupants.forEach(occupant -> byReplica.put(occupant.replica(), occupant));
    var waiting = new ArrayList<Intent>();
    intents.forEach(waiting::add);
    return new DeviceRecord(
        id,
        version,
        capacity,
        Collections.unmodifiableSortedMap(byReplica),
        sorted(waiting),
        lock.orElse(null));
  }

  public GpuId id() {
    return id;
  }

  public long version() {
    return version;
  }

  /** Memory that may be handed out. */
  public Bytes capacity() {
    return capacity;
  }

  public Iterable<Occupant> occupants() {
    return occupants.values();
  }

  public Optional<Occupant> occupant(ReplicaId replica) {
    return Optional.ofNullable(occupants.get(replica));
  }

  /** Who waits, first come first. */
  public List<Intent> intents() {
    return intents;
  }

  public Optional<Intent> intent(ReplicaId replica) {
    for (Intent intent : intents) {
      if (intent.ticket().replica().equals(replica)) {
        return Optional.of(intent);
      }
    }
    return Optional.empty();
  }

  public Optional<WakeLock> lock() {
    return Optional.ofNullable(lock);
  }

  /** Memory taken by all occupants together. */
  public Bytes charged() {
    return chargedByOthers(null);
  }

  /** Memory that {@code replica} could claim now: its own residue does not stand in its way. */
  public Bytes availableTo(ReplicaId replica) {
    return capacity.minusOrZero(chargedByOthers(replica));
  }

  private Bytes chargedByOthers(@Nullable ReplicaId except) {
    long sum = 0;
    for (Occupant occupant : occupants.values()) {
      if (!occupant.replica().equals(except)) {
        sum = Math.addExact(sum, occupant.charge().count());
      }
    }
    return Bytes.of(sum);
  }

  /** More is charged than there is: only a runtime that outgrew its promise can cause this. */
  public boolean isOvercommitted() {
    return !charged().fitsIn(capacity);
  }

  /**
   * Whether a waiter could see anything new in {@code this} compared with {@code earlier}; mere
   * access times do not count, but that somebody is no longer in use does.
   */
  public boolean matters(DeviceRecord earlier) {
    return !charged().equals(earlier.charged())
        || !intents.equals(earlier.intents)
        || !Optional.ofNullable(lock).equals(Optional.ofNullable(earlier.lock))
        || !states().equals(earlier.states());
  }

  private List<String> states() {
    var states = new ArrayList<String>(occupants.size());
    occupants.forEach(
        (replica, occupant) -> states.add(replica + "=" + occupant.state() + occupant.idle()));
    return states;
  }

  DeviceRecord with(Occupant occupant) {
    var next = new TreeMap<>(occupants);
    next.put(occupant.replica(), occupant);
    return next(Collections.unmodifiableSortedMap(next), intents, lock);
  }

  DeviceRecord without(ReplicaId replica) {
    if (!occupants.containsKey(replica)) {
      return this;
    }
    var next = new TreeMap<>(occupants);
    next.remove(replica);
    return next(Collections.unmodifiableSortedMap(next), intents, lock);
  }

  DeviceRecord with(Intent intent) {
    var next = new ArrayList<>(intents);
    next.removeIf(each -> each.ticket().replica().equals(intent.ticket().replica()));
    next.add(intent);
    return next(occupants, sorted(next), lock);
  }

  DeviceRecord withoutIntent(ReplicaId replica) {
    if (intent(replica).isEmpty()) {
      return this;
    }
    var next = new ArrayList<>(intents);
    next.removeIf(each -> each.ticket().replica().equals(replica));
    return next(occupants, Collections.unmodifiableList(next), lock);
  }

  DeviceRecord with(WakeLock taken) {
    return next(occupants, intents, taken);
  }

  DeviceRecord unlocked() {
    return lock == null ? this : next(occupants, intents, null);
  }

  /** The same content under the version that a store gave it. */
  public DeviceRecord at(long stored) {
    return new DeviceRecord(id, stored, capacity, occupants, intents, lock);
  }

  private DeviceRecord next(
      SortedMap<ReplicaId, Occupant> nextOccupants,
      List<Intent> nextIntents,
      @Nullable WakeLock nextLock) {
    return new DeviceRecord(id, version, capacity, nextOccupants, nextIntents, nextLock);
  }

  private static List<Intent> sorted(List<Intent> waiting) {
    waiting.sort((a, b) -> a.ticket().compareTo(b.ticket()));
    return Collections.unmodifiableList(waiting);
  }

  @Override
  public String toString() {
    return id + "@" + version + " " + occupants.values() + " waiting " + intents + " lock " + lock;
  }
}
