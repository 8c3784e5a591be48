package ai.greenthread.scheduling.lifecycle;

import static ai.greenthread.scheduling.Samples.at;

import java.util.List;
import java.util.Map;

/** One replica in each state, and one reply of each kind. */
final class Walks {
  private Walks() {}

  static List<Walk> inEveryState() {
    return List.of(
        new Walk().take(new Event.Start()),
        new Walk().asleep(),
        pending(),
        waking(),
        new Walk().served(),
        new Walk().served().load(1, 0).take(new Event.SleepOrdered()),
        new Walk().served().load(1, 0).take(new Event.SleepOrdered()).at(30).tick(),
        new Walk().served().take(new Event.SleepOrdered()).take(new Event.Drained()),
        new Walk().served().take(new Event.RuntimeDied("killed")),
        releasing(),
        failed(),
        stopped());
  }

  private static Walk pending() {
    return new Walk().asleep().load(0, 1).take(new Event.Demand());
  }

  private static Walk waking() {
    Walk pending = pending();
    return pending.take(new Event.Claimed(pending.generation(), false));
  }

  private static Walk releasing() {
    Walk walk = new Walk().served().take(new Event.RuntimeDied("killed"));
    return walk.take(new Event.StopVerified(walk.generation(), Map.of()));
  }

  private static Walk failed() {
    Walk walk = waking();
    walk.take(new Event.WakeFailed(walk.generation(), "no"));
    walk.take(new Event.StopVerified(walk.generation(), Map.of()));
    return walk.take(new Event.Released(walk.generation()));
  }

  private static Walk stopped() {
    Walk walk = new Walk().asleep().take(new Event.ShutdownOrdered());
    walk.take(new Event.StopVerified(walk.generation(), Map.of()));
    return walk.take(new Event.Released(walk.generation()));
  }

  static List<Event.Reply> replies(long generation) {
    return List.of(
        new Event.Reconciled(generation, generation + 100, true),
        new Event.Reconciled(generation, generation + 100, false),
        new Event.ReconcileFailed(generation, "no"),
        new Event.Claimed(generation, false),
        new Event.MustWait(generation, at(5), "wait"),
        new Event.NeverFits(generation, "too big"),
        new Event.WakeVerified(generation),
        new Event.WakeFailed(generation, "no"),
        new Event.SleepVerified(generation, Walk.RESIDUE, false),
        new Event.SleepFailed(generation, "no"),
        new Event.StopVerified(generation, Map.of()),
        new Event.StopFailed(generation, "no"),
        new Event.Released(generation),
        new Event.ReleaseFailed(generation, "no"));
  }

  static List<Event> others(long generation) {
    return List.of(
        new Event.Start(),
        new Event.Demand(),
        new Event.Departure(),
        new Event.Tick(),
        new Event.LedgerMoved(),
        new Event.VictimNamed(generation, "b-0"),
        new Event.EntryLost(),
        new Event.WakeOrdered(),
        new Event.SleepOrdered(),
        new Event.ShutdownOrdered(),
        new Event.RuntimeDied("killed"),
        new Event.Drained());
  }
}
