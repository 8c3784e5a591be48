package ai.greenthread.scheduling.simulation;

import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import java.util.Map;
import java.util.Set;

/** Which state may follow which; a victim never goes back to service but by the whole round. */
final class Transitions {
  private static final Map<String, Set<String>> AFTER =
      Map.of(
          "Booting", Set.of("Sleeping", "Pending", "Deactivating"),
          "Sleeping", Set.of("Pending", "Deactivating"),
          "Pending", Set.of("Waking", "Releasing", "Deactivating"),
          "Waking", Set.of("Serving", "Deactivating"),
          "Serving", Set.of("Deactivating"),
          "Deactivating", Set.of("Releasing"),
          "Releasing", Set.of("Sleeping", "Pending", "Failed", "Stopped", "Deactivating"),
          "Failed", Set.of("Pending", "Deactivating"),
          "Stopped", Set.of());

  private Transitions() {}

  static void check(World world, State before, Event event, State after) {
    String from = before.getClass().getSimpleName();
    String to = after.getClass().getSimpleName();
    world.coverage().count("event " + event.getClass().getSimpleName() + " in " + from);
    world.require(
        before.generation() <= after.generation(),
        () -> "generation went back: " + before + " " + after);
    if (!from.equals(to)) {
      world.coverage().count("step " + from + "→" + to);
      world.require(
          AFTER.getOrDefault(from, Set.of()).contains(to),
          () -> "S7: " + before + " became " + after + " by " + event);
    } else if (before instanceof State.Deactivating was
        && after instanceof State.Deactivating is
        && was.generation() == is.generation()) {
      world.require(
          was.phase().compareTo(is.phase()) <= 0, () -> "S7: " + before + " went back to " + after);
    }
  }
}
