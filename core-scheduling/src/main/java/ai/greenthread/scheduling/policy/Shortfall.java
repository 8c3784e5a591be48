package ai.greenthread.scheduling.policy;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Occupant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What is wanted of some devices against what is free there, while one after the other is taken as
 * gone. All is counted once, so that trying one more costs as much as it has devices.
 */
final class Shortfall {
  private final List<DeviceRecord> devices;
  private final long[] wanted;

  /** Bytes, all that stay together; more than the device has where it is overcommitted. */
  private final long[] charged;

  /** Bytes that one leaves behind it less than it holds, for each device. */
  private final Map<ReplicaId, long[]> back = new HashMap<>();

  /**
   * Nobody is gone yet.
   *
   * @param self whose own memory does not count
   * @param wanted bytes to be free on a device
   */
  Shortfall(List<DeviceRecord> devices, ReplicaId self, ToLongFunction<DeviceRecord> wanted) {
    this.devices = devices;
    this.wanted = devices.stream().mapToLong(wanted).toArray();
    charged = new long[devices.size()];
    for (int i = 0; i < charged.length; i++) {
      for (Occupant occupant : devices.get(i).occupants()) {
        if (!occupant.replica().equals(self)) {
          long charge = occupant.charge().count();
          charged[i] = Math.addExact(charged[i], charge);
          if (charge > occupant.residual().count()) {
            back.computeIfAbsent(occupant.replica(), _ -> new long[charged.length])[i] =
                charge - occupant.residual().count();
          }
        }
      }
    }
  }

  /** Takes somebody who is there as gone. */
  void leaves(ReplicaId replica) {
    change(replica, -1);
  }

  /** As {@link #leaves}, for all of these. */
  void leave(Collection<ReplicaId> replicas) {
    replicas.forEach(this::leaves);
  }

  /** Takes {@link #leaves} back. */
  void stays(ReplicaId replica) {
    change(replica, 1);
  }

  private void change(ReplicaId replica, int sign) {
    long[] bytes = back.get(replica);
    if (bytes != null) {
      for (int i = 0; i < bytes.length; i++) {
        charged[i] += sign * bytes[i];
      }
    }
  }

  /** Whether all that is wanted is free. */
  boolean none() {
    for (int i = 0; i < wanted.length; i++) {
      if (lacks(i)) {
        return false;
      }
    }
    return true;
  }

  /** Where something is missing. */
  List<DeviceRecord> devices() {
    var lacking = new ArrayList<DeviceRecord>();
    for (int i = 0; i < wanted.length; i++) {
      if (lacks(i)) {
        lacking.add(devices.get(i));
      }
    }
    return lacking;
  }

  /** Whether somebody's memory would come back where something is missing. */
  boolean shrinksWithout(ReplicaId replica) {
    long[] bytes = back.get(replica);
    if (bytes != null) {
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] > 0 && lacks(i)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean lacks(int device) {
    return wanted[device] > Math.max(0, devices.get(device).capacity().count() - charged[device]);
  }
}
