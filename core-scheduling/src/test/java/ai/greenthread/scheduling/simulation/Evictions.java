package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import java.util.HashMap;
import java.util.Map;

/**
 * Who was put to sleep for whom, where nothing goes wrong: whoever asked for it has to have its
 * turn before the victim comes back, or the two could go on like this for ever.
 */
final class Evictions {
  private final World world;
  private final Map<String, String> madeRoomFor = new HashMap<>();

  Evictions(World world) {
    this.world = world;
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
          waiter == null,
          () -> "L2: " + name + " made room for " + waiter + " and wakes again before that");
    }
  }
}
