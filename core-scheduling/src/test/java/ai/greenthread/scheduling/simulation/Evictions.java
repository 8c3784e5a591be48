package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import java.util.HashMap;
import java.util.Map;

/**
 * Who was put to sleep for whom, where nothing goes wrong: whoever asked for it has to have its
 * turn before the victim comes back, or the two could go on like this for ever. A victim may come
 * back earlier where that takes nothing from who asked.
 */
final class Evictions {
  private final World world;
  private final SimStore store;
  private final Map<String, String> madeRoomFor = new HashMap<>();

  Evictions(World world, SimStore store) {
    this.world = world;
    this.store = store;
  }

  void stepped(ReplicaId replica, State before, Event event, State after) {
    String name = replica.podName();
    if (before instanceof State.Pending && !(after instanceof State.Pending)) {
      madeRoomFor.values().removeIf(name::equals);
    }
    if (event instanceof Event.VictimNamed call
        && before instanceof State.Serving
        && after instanceof State.Deactivating) {
      madeRoomFor.put(name, call.waiter());
    }
    if (after instanceof State.Waking && !(before instanceof State.Waking)) {
      String waiter = madeRoomFor.get(name);
      world.require(
          waiter == null || hasRoom(waiter),
          () -> "L2: " + name + " made room for " + waiter + " and wakes again before that");
    }
  }

  /** What it waits for is free on all its devices, or taken by itself already. */
  private boolean hasRoom(String waiter) {
    for (GpuId device : world.fleet().devices()) {
      DeviceRecord record = store.peek(device);
      for (Intent intent : record.intents()) {
        ReplicaId replica = intent.ticket().replica();
        if (replica.podName().equals(waiter)
            && !intent.need().fitsIn(record.availableTo(replica))) {
          return false;
        }
      }
    }
    return true;
  }
}
