package ai.greenthread.scheduling.check;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.check.Sys.Part;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.ledger.WakeLock;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites a state to the one that stands for all states with the same future: times count from
 * now, those whose age no longer matters are as young as that, generations keep their order and
 * lose their size, and texts for people are dropped.
 */
final class Normal {
  static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final Setup setup;
  private final Sys sys;
  private final Map<ReplicaId, List<Long>> generations = new HashMap<>();
  private final List<Instant> oldTickets;
  private final List<Instant> accesses;

  private Normal(Setup setup, Sys sys) {
    this.setup = setup;
    this.sys = sys;
    collectGenerations();
    oldTickets = new ArrayList<>(collectOldTickets());
    accesses = new ArrayList<>(collectAccesses());
  }

  static Sys of(Setup setup, Sys sys) {
    return new Normal(setup, sys).rewrite();
  }

  private Sys rewrite() {
    var parts = new ArrayList<Part>();
    for (int i = 0; i < sys.parts().size(); i++) {
      parts.add(part(setup.members().get(i).id(), sys.part(i)));
    }
    return new Sys(
        List.copyOf(parts),
        sys.records().stream().map(this::record).toList(),
        NOW,
        sys.faults(),
        sys.requests());
  }

  private void collectGenerations() {
    var found = new HashMap<ReplicaId, TreeSet<Long>>();
    setup.members().forEach(member -> found.put(member.id(), new TreeSet<>()));
    for (int i = 0; i < sys.parts().size(); i++) {
      Part part = sys.part(i);
      TreeSet<Long> mine = of(found, setup.members().get(i).id());
      if (!(part.state() instanceof State.Booting)) {
        mine.add(part.state().generation());
      }
      add(mine, part.atServer());
      add(mine, part.atLedger());
      add(mine, part.report());
      Event.Reply late = part.late();
      switch (late) {
        case null -> {}
        case Event.Reconciled reconciled -> mine.add(reconciled.nextGeneration());
        case Event.ReconcileFailed _ -> {}
        default -> mine.add(late.generation());
      }
    }
    for (DeviceRecord record : sys.records()) {
      record
          .occupants()
          .forEach(occupant -> of(found, occupant.replica()).add(occupant.generation()));
      record.lock().ifPresent(lock -> of(found, lock.holder()).add(lock.generation()));
      for (Intent intent : record.intents()) {
        of(found, intent.ticket().replica()).add(intent.generation());
        intent.victims().forEach(victim -> of(found, victim.replica()).add(victim.generation()));
      }
    }
    found.forEach((replica, all) -> generations.put(replica, List.copyOf(all)));
  }

  private static <T> T of(Map<ReplicaId, T> map, ReplicaId replica) {
    return Objects.requireNonNull(map.get(replica));
  }

  private static void add(Set<Long> mine, Effect.@Nullable Remote effect) {
    if (effect != null && !(effect instanceof Effect.Reconcile)) {
      mine.add(effect.generation());
    }
  }

  private long generation(ReplicaId replica, long generation) {
    return of(generations, replica).indexOf(generation) + 1L;
  }

  private SortedSet<Instant> collectOldTickets() {
    var old = new TreeSet<Instant>();
    Instant young = sys.now().minus(Setup.MAX_WAIT);
    sys.records()
        .forEach(record -> record.intents().forEach(intent -> old.add(intent.ticket().since())));
    for (Part part : sys.parts()) {
      if (part.state() instanceof State.Pending pending) {
        old.add(pending.since());
      }
      if (part.atLedger() instanceof Effect.Acquire acquire) {
        old.add(acquire.since());
      }
    }
    old.removeIf(since -> !since.isBefore(young));
    return old;
  }

  private Instant ticket(Instant since) {
    int rank = oldTickets.indexOf(since);
    return rank < 0
        ? notBefore(since, Setup.MAX_WAIT)
        : NOW.minus(Setup.MAX_WAIT).minus(SECOND.multipliedBy(oldTickets.size() - rank));
  }

  private SortedSet<Instant> collectAccesses() {
    var found = new TreeSet<Instant>();
    for (DeviceRecord record : sys.records()) {
      for (Occupant occupant : record.occupants()) {
        if (occupant.state() == OccupantState.SERVING) {
          found.add(occupant.lastAccessed());
        }
      }
    }
    return found;
  }

  /** As far from now as before, but no older than {@code oldest}. */
  private Instant notBefore(Instant moment, Duration oldest) {
    Duration away = Duration.between(sys.now(), moment);
    return NOW.plus(away.compareTo(oldest.negated()) < 0 ? oldest.negated() : away);
  }

  private Instant due(Instant moment) {
    return notBefore(moment, Duration.ZERO);
  }

  private Part part(ReplicaId self, Part part) {
    Effect.@Nullable MarkDraining report = part.report();
    return new Part(
        state(self, part.state()),
        part.client(),
        part.open(),
        part.server(),
        effect(self, part.atServer()),
        effect(self, part.atLedger()),
        report == null ? null : new Effect.MarkDraining(generation(self, report.generation())),
        reply(self, part.late()),
        part.unseen() && minds(part.state()));
  }

  /** In other states a change of the ledger makes no difference when it is seen. */
  private static boolean minds(State state) {
    return state instanceof State.Pending || state instanceof State.Serving;
  }

  private State state(ReplicaId self, State state) {
    long g = state instanceof State.Booting ? 0 : generation(self, state.generation());
    return switch (state) {
      case State.Booting s ->
          new State.Booting(s.generation(), NOW, due(s.retryAt()), "", s.shutdown());
      case State.Sleeping s -> new State.Sleeping(g, NOW, s.cold());
      case State.Pending s ->
          new State.Pending(
              g,
              ticket(s.since()),
              s.purpose(),
              s.cold(),
              s.answered() ? NOW : notBefore(s.asked(), Duration.ofSeconds(10)),
              s.answered(),
              s.dirty(),
              s.answered() ? due(s.askAgainAt()) : NOW,
              "",
              s.failures());
      case State.Waking s -> new State.Waking(g, NOW, s.purpose(), due(s.deadline()), s.failures());
      case State.Serving s ->
          new State.Serving(g, notBefore(s.since(), Setup.IDLE), NOW, s.toldIdle());
      case State.Deactivating s ->
          new State.Deactivating(g, NOW, s.phase(), s.cause(), due(s.deadline()), "", s.failures());
      case State.Releasing s ->
          new State.Releasing(
              g,
              NOW,
              s.cause(),
              s.serverEnded(),
              Objects.requireNonNull(effect(self, s.release())),
              due(s.deadline()),
              "",
              s.failures());
      case State.Failed s -> new State.Failed(g, NOW, due(s.retryAt()), "", s.failures());
      case State.Stopped _ -> new State.Stopped(g, NOW);
    };
  }

  private Effect.@Nullable Remote effect(ReplicaId self, Effect.@Nullable Remote effect) {
    if (effect == null) {
      return null;
    }
    long g = effect instanceof Effect.Reconcile ? 0 : generation(self, effect.generation());
    // Deadlines of effects are those of the state that wanted them.
    return switch (effect) {
      case Effect.Reconcile e -> new Effect.Reconcile(e.generation(), NOW);
      case Effect.Acquire e -> new Effect.Acquire(g, ticket(e.since()));
      case Effect.Wake _ -> new Effect.Wake(g, NOW);
      case Effect.MarkDraining _ -> new Effect.MarkDraining(g);
      case Effect.Sleep _ -> new Effect.Sleep(g, NOW);
      case Effect.Stop _ -> new Effect.Stop(g, NOW);
      case Effect.Release e -> new Effect.Release(g, e.residual());
      case Effect.Withdraw _ -> new Effect.Withdraw(g);
      case Effect.EnterAgain _ -> new Effect.EnterAgain(g);
      case Effect.Touch touch -> new Effect.Touch(g, NOW, touch.idle());
    };
  }

  private Event.@Nullable Reply reply(ReplicaId self, Event.@Nullable Reply reply) {
    return switch (reply) {
      case null -> null;
      case Event.Reconciled r ->
          new Event.Reconciled(r.generation(), generation(self, r.nextGeneration()), r.bootWake());
      case Event.ReconcileFailed r -> r;
      case Event.Claimed r -> new Event.Claimed(generation(self, r.generation()), false);
      case Event.MustWait r ->
          new Event.MustWait(generation(self, r.generation()), due(r.until()), "");
      case Event.NeverFits r -> new Event.NeverFits(generation(self, r.generation()), "never");
      case Event.WakeVerified r -> new Event.WakeVerified(generation(self, r.generation()));
      case Event.WakeFailed r -> new Event.WakeFailed(generation(self, r.generation()), "");
      case Event.SleepVerified r ->
          new Event.SleepVerified(generation(self, r.generation()), r.residual(), r.serverEnded());
      case Event.SleepFailed r -> new Event.SleepFailed(generation(self, r.generation()), "");
      case Event.StopVerified r ->
          new Event.StopVerified(generation(self, r.generation()), r.residual());
      case Event.StopFailed r -> new Event.StopFailed(generation(self, r.generation()), "");
      case Event.Released r -> new Event.Released(generation(self, r.generation()));
      case Event.ReleaseFailed r -> new Event.ReleaseFailed(generation(self, r.generation()), "");
    };
  }

  private DeviceRecord record(DeviceRecord record) {
    var occupants = new ArrayList<Occupant>();
    for (Occupant occupant : record.occupants()) {
      boolean serves = occupant.state() == OccupantState.SERVING;
      occupants.add(
          new Occupant(
              occupant.replica(),
              generation(occupant.replica(), occupant.generation()),
              occupant.state(),
              occupant.reserved(),
              occupant.residual(),
              occupant.measured(),
              occupant.popular(),
              occupant.minRuntime(),
              serves ? notBefore(occupant.becameServingAt(), Setup.MIN_RUNTIME) : NOW,
              serves ? access(occupant.lastAccessed()) : NOW,
              occupant.idle(),
              Duration.ZERO));
    }
    var intents = new ArrayList<Intent>();
    for (Intent intent : record.intents()) {
      var victims = new HashSet<Victim>();
      for (Victim victim : intent.victims()) {
        victims.add(
            new Victim(victim.replica(), generation(victim.replica(), victim.generation())));
      }
      ReplicaId waiter = intent.ticket().replica();
      intents.add(
          new Intent(
              new Ticket(ticket(intent.ticket().since()), waiter),
              generation(waiter, intent.generation()),
              intent.need(),
              intent.ready(),
              victims));
    }
    return DeviceRecord.of(
        record.id(),
        0,
        record.capacity(),
        occupants,
        intents,
        record
            .lock()
            .map(lock ->
                new WakeLock(
                    lock.holder(),
                    generation(lock.holder(), lock.generation()),
                    NOW.plus(Asking.LOCK_TIME))));
  }

  private Instant access(Instant moment) {
    return NOW.minus(SECOND.multipliedBy(accesses.size() - accesses.indexOf(moment)));
  }
}
