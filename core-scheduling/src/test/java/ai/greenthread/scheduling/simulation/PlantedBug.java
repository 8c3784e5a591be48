package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.Load;
import ai.greenthread.scheduling.lifecycle.Machine;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.lifecycle.Step;
import ai.greenthread.scheduling.policy.Verdict;
import ai.greenthread.scheduling.policy.WakePolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Bugs that schedulers of this kind are known to have, each planted where it would be made. Bugs of
 * policies are planted {@link #blind}, so that what they do to those who wait has to be noticed,
 * not only the verdict.
 */
enum PlantedBug implements Sabotage {
  /** A model on its way to sleep serves again when a request comes, before its memory is back. */
  VICTIM_RESURRECTED("S7") {
    @Override
    public Machine machine(Machine honest) {
      return new Altered(honest) {
        @Override
        public Step step(State state, Event event, Load load, Instant now) {
          return state instanceof State.Deactivating leaving
                  && leaving.cause() == State.Cause.PREEMPTED
                  && leaving.phase() == State.Phase.DRAINING
                  && event instanceof Event.Demand
              ? new Step(
                  new State.Serving(leaving.generation(), now, now, false),
                  List.of(new Effect.OpenGate(leaving.generation())))
              : honest.step(state, event, load, now);
        }
      };
    }
  },

  /** A wake lock that somebody else holds stops nobody. */
  LOCK_NOT_FENCED("S5") {
    @Override
    public GpuLedger store(GpuLedger store, ReplicaId self) {
      return new Seen(store) {
        @Override
        DeviceRecord seen(DeviceRecord stored) {
          return DeviceRecord.of(
              stored.id(),
              stored.version(),
              stored.capacity(),
              stored.occupants(),
              stored.intents(),
              stored.lock().filter(lock -> lock.holder().equals(self)));
        }
      };
    }
  },

  /** A new life begins to count where the first one did, so that nothing fences older ones off. */
  GENERATIONS_BEGIN_AGAIN("S10") {
    @Override
    public GpuLedger store(GpuLedger store, ReplicaId self) {
      return new Seen(store) {
        private boolean enrolled;

        @Override
        DeviceRecord seen(DeviceRecord stored) {
          return enrolled ? stored : without(stored, self);
        }

        @Override
        public Optional<DeviceRecord> lastSeen(GpuId device) {
          return enrolled ? super.lastSeen(device) : Optional.empty();
        }

        @Override
        public boolean compareAndSet(DeviceRecord next) {
          enrolled = true;
          return super.compareAndSet(next);
        }
      };
    }
  },

  /** Whoever waits evicts all that may be evicted, in line or not, whether it fits then or not. */
  EVICT_LOOP("L1 L2") {
    @Override
    public WakePolicy policy(WakePolicy honest) {
      return (devices, waiter, now) -> {
        Verdict verdict = honest.decide(devices, waiter, now);
        Set<Victim> all = evictable(devices, waiter.ticket().replica(), now);
        return verdict instanceof Verdict.WaitUntil && !all.isEmpty()
            ? new Verdict.Preempt(all)
            : verdict;
      };
    }

    @Override
    public boolean blind() {
      return true;
    }
  },

  /** Whoever fits passes, whatever that takes from those who came before. */
  STARVING_BACKFILL("L1 L2") {
    @Override
    public WakePolicy policy(WakePolicy honest) {
      return (devices, waiter, now) -> {
        ReplicaId self = waiter.ticket().replica();
        List<DeviceRecord> alone =
            devices.stream()
                .map(device ->
                    DeviceRecord.of(
                        device.id(),
                        device.version(),
                        device.capacity(),
                        device.occupants(),
                        device.intent(self).map(List::of).orElse(List.of()),
                        device.lock()))
                .toList();
        Verdict verdict = honest.decide(alone, waiter, now);
        return verdict instanceof Verdict.WakeNow ? verdict : honest.decide(devices, waiter, now);
      };
    }

    @Override
    public boolean blind() {
      return true;
    }
  },

  /** An answer is waited for without a deadline; one that is lost is waited for for ever. */
  LOST_REPLY_IGNORED("L1 L3 L4 S1") {
    @Override
    public Machine machine(Machine honest) {
      return new Altered(honest) {
        @Override
        public Optional<Instant> nextTick(State state, Load load) {
          return waitsForAnAnswer(state) ? Optional.empty() : honest.nextTick(state, load);
        }

        @Override
        public Step step(State state, Event event, Load load, Instant now) {
          return waitsForAnAnswer(state) && event instanceof Event.Tick
              ? new Step(state, List.of())
              : honest.step(state, event, load, now);
        }
      };
    }
  },

  /** A model whose wake failed is not tried again by itself: what faults have done stays done. */
  NOT_TRIED_AGAIN("L1") {
    @Override
    public Machine machine(Machine honest) {
      return new Altered(honest) {
        @Override
        public Optional<Instant> nextTick(State state, Load load) {
          return state instanceof State.Failed ? Optional.empty() : honest.nextTick(state, load);
        }

        @Override
        public Step step(State state, Event event, Load load, Instant now) {
          return state instanceof State.Failed && !(event instanceof Event.ShutdownOrdered)
              ? new Step(state, List.of())
              : honest.step(state, event, load, now);
        }
      };
    }
  };

  private final String noticedBy;

  PlantedBug(String noticedBy) {
    this.noticedBy = noticedBy;
  }

  /** The invariants that say what this bug breaks; any other would be broken by accident. */
  Set<String> noticedBy() {
    return Set.of(noticedBy.split(" ", -1));
  }

  private static boolean waitsForAnAnswer(State state) {
    return switch (state) {
      case State.Pending pending -> !pending.answered();
      case State.Waking _, State.Releasing _ -> true;
      case State.Deactivating leaving ->
          leaving.phase() == State.Phase.SLEEPING || leaving.phase() == State.Phase.STOPPING;
      case State.Booting _, State.Sleeping _, State.Serving _, State.Failed _, State.Stopped _ ->
          false;
    };
  }

  private static DeviceRecord without(DeviceRecord stored, ReplicaId self) {
    var others = new ArrayList<Occupant>();
    stored
        .occupants()
        .forEach(occupant -> {
          if (!occupant.replica().equals(self)) {
            others.add(occupant);
          }
        });
    return DeviceRecord.of(
        stored.id(), stored.version(), stored.capacity(), others, stored.intents(), stored.lock());
  }

  private static Set<Victim> evictable(
      Collection<DeviceRecord> devices, ReplicaId waiter, Instant now) {
    var all = new HashSet<Victim>();
    for (DeviceRecord device : devices) {
      for (Occupant occupant : device.occupants()) {
        if (occupant.state() == OccupantState.SERVING
            && !occupant.popular()
            && !occupant.replica().equals(waiter)
            && !now.isBefore(occupant.eligibleAt())) {
          all.add(new Victim(occupant.replica(), occupant.generation()));
        }
      }
    }
    return all;
  }

  /** An honest state machine but for what is overridden. */
  private abstract static class Altered implements Machine {
    private final Machine honest;

    Altered(Machine honest) {
      this.honest = honest;
    }

    @Override
    public Step step(State state, Event event, Load load, Instant now) {
      return honest.step(state, event, load, now);
    }

    @Override
    public Optional<Instant> nextTick(State state, Load load) {
      return honest.nextTick(state, load);
    }
  }

  /** A ledger whose records look other than they are. */
  private abstract static class Seen implements GpuLedger {
    private final GpuLedger store;

    Seen(GpuLedger store) {
      this.store = store;
    }

    abstract DeviceRecord seen(DeviceRecord stored);

    @Override
    public List<DeviceRecord> read(Collection<GpuId> devices) {
      return store.read(devices).stream().map(this::seen).toList();
    }

    @Override
    public Optional<DeviceRecord> lastSeen(GpuId device) {
      return store.lastSeen(device).map(this::seen);
    }

    @Override
    public boolean compareAndSet(DeviceRecord next) {
      return store.compareAndSet(next);
    }

    @Override
    public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
      return store.watch(devices, listener);
    }
  }
}
