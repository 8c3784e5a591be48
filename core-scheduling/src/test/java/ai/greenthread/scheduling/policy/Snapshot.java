package ai.greenthread.scheduling.policy;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.ledger.WakeLock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Devices of 80 GiB as a policy sees them, put together by a test. */
final class Snapshot {
  private final Map<GpuId, List<Occupant>> occupants = new TreeMap<>();
  private final Map<GpuId, List<Intent>> intents = new TreeMap<>();
  private final Map<GpuId, WakeLock> locks = new TreeMap<>();
  private boolean idle;
  private Duration cost = Duration.ZERO;

  Snapshot(int devices) {
    for (int i = 0; i < devices; i++) {
      occupants.put(gpu(i), new ArrayList<>());
      intents.put(gpu(i), new ArrayList<>());
    }
  }

  /** Of those who are put in from now on. */
  Snapshot idle(boolean nowIdle) {
    idle = nowIdle;
    return this;
  }

  /** Of those who are put in from now on. */
  Snapshot switchCost(double seconds) {
    cost = Duration.ofNanos((long) (seconds * 1e9));
    return this;
  }

  /**
   * Serves since {@link ai.greenthread.scheduling.Samples#T0} with generation 1 and a minimum
   * runtime of 10 s.
   */
  Snapshot serving(String name, long gib, double lastAccess, int... devices) {
    return occupant(name, OccupantState.SERVING, gib, 0, false, T0, at(lastAccess), devices);
  }

  Snapshot servingSince(String name, long gib, double since, int... devices) {
    return occupant(name, OccupantState.SERVING, gib, 0, false, at(since), at(since), devices);
  }

  Snapshot popular(String name, long gib, int... devices) {
    return occupant(name, OccupantState.SERVING, gib, 0, true, T0, T0, devices);
  }

  Snapshot asleep(String name, long residue, int... devices) {
    return occupant(name, OccupantState.SLEEPING, 0, residue, false, T0, T0, devices);
  }

  Snapshot in(OccupantState state, String name, long gib, long residue, int... devices) {
    return occupant(name, state, gib, residue, false, T0, T0, devices);
  }

  Snapshot popularIn(OccupantState state, String name, long gib, int... devices) {
    return occupant(name, state, gib, 0, true, T0, T0, devices);
  }

  private Snapshot occupant(
      String name,
      OccupantState state,
      long gib,
      long residue,
      boolean popular,
      Instant since,
      Instant access,
      int... devices) {
    for (int device : devices) {
      on(occupants, device)
          .add(
              new Occupant(
                  replica(name),
                  1,
                  state,
                  gib(gib),
                  gib(residue),
                  gib(state == OccupantState.SLEEPING ? residue : gib),
                  popular,
                  seconds(10),
                  since,
                  access,
                  idle,
                  cost));
    }
    return this;
  }

  Snapshot waits(String name, double since, long gib, int... devices) {
    return waits(name, since, gib, false, Set.of(), devices);
  }

  Snapshot ready(String name, double since, long gib, int... devices) {
    return waits(name, since, gib, true, Set.of(), devices);
  }

  Snapshot asked(String name, double since, long gib, String victim, int... devices) {
    return waits(name, since, gib, false, Set.of(new Victim(replica(victim), 1)), devices);
  }

  private Snapshot waits(
      String name, double since, long gib, boolean ready, Set<Victim> victims, int... devices) {
    for (int device : devices) {
      on(intents, device)
          .add(new Intent(new Ticket(at(since), replica(name)), 1, gib(gib), ready, victims));
    }
    return this;
  }

  Snapshot locked(String name, double until, int... devices) {
    for (int device : devices) {
      locks.put(gpu(device), new WakeLock(replica(name), 1, at(until)));
    }
    return this;
  }

  private static <T> List<T> on(Map<GpuId, List<T>> map, int device) {
    List<T> here = map.get(gpu(device));
    if (here == null) {
      throw new IllegalArgumentException("no device " + device);
    }
    return here;
  }

  List<DeviceRecord> on(int... devices) {
    var records = new ArrayList<DeviceRecord>();
    Bytes capacity = gib(80);
    for (int device : devices) {
      records.add(
          DeviceRecord.of(
              gpu(device),
              1,
              capacity,
              on(occupants, device),
              on(intents, device),
              Optional.ofNullable(locks.get(gpu(device)))));
    }
    return records;
  }
}
