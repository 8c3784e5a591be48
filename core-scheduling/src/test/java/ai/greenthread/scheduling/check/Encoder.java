package ai.greenthread.scheduling.check;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.check.Sys.Part;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A normal state as few bytes: two states have the same bytes if and only if they are the same. */
final class Encoder {
  private final Setup setup;
  private byte[] bytes = new byte[256];
  private int length;

  Encoder(Setup setup) {
    this.setup = setup;
  }

  byte[] encode(Sys sys) {
    length = 0;
    put(sys.faults());
    put(sys.requests());
    sys.parts().forEach(this::part);
    sys.records().forEach(this::record);
    return Arrays.copyOf(bytes, length);
  }

  private void put(long value) {
    if (value < 0 || value > 250) {
      throw new IllegalStateException("does not fit a byte: " + value);
    }
    if (length == bytes.length) {
      bytes = Arrays.copyOf(bytes, length * 2);
    }
    bytes[length++] = (byte) value;
  }

  private void put(boolean value) {
    put(value ? 1 : 0);
  }

  @SuppressWarnings("EnumOrdinal") // the codes live no longer than one check
  private void put(Enum<?> value) {
    put(value.ordinal());
  }

  /** Between two minutes ago and ten ahead of now, in whole seconds and milliseconds. */
  private void put(Instant moment) {
    long millis = Duration.between(Normal.NOW, moment).toMillis() + 120_000;
    put(millis / 1_000 / 200);
    put(millis / 1_000 % 200);
    put(millis % 1_000 / 10);
    put(millis % 10);
  }

  private void put(ReplicaId replica) {
    for (int i = 0; i < setup.members().size(); i++) {
      if (setup.members().get(i).id().equals(replica)) {
        put(i);
      }
    }
  }

  private void put(Map<GpuId, Bytes> residual) {
    put(residual.values().stream().mapToLong(Bytes::count).sum());
  }

  private void part(Part part) {
    state(part.state());
    put(part.client());
    put(part.open());
    put(part.server());
    effect(part.atServer());
    effect(part.atLedger());
    effect(part.report());
    reply(part.late());
    put(part.unseen());
  }

  private void state(State state) {
    put(state.generation());
    switch (state) {
      case State.Booting s -> {
        put(0);
        put(s.retryAt());
        put(s.shutdown());
      }
      case State.Sleeping s -> {
        put(1);
        put(s.cold());
      }
      case State.Pending s -> {
        put(2);
        put(s.since());
        put(s.purpose());
        put(s.cold());
        put(s.asked());
        put(s.answered());
        put(s.dirty());
        put(s.askAgainAt());
        put(s.failures());
      }
      case State.Waking s -> {
        put(3);
        put(s.purpose());
        put(s.deadline());
        put(s.failures());
      }
      case State.Serving s -> {
        put(4);
        put(s.since());
        put(s.toldIdle());
      }
      case State.Deactivating s -> {
        put(5);
        put(s.phase());
        put(s.cause());
        put(s.deadline());
        put(s.failures());
      }
      case State.Releasing s -> {
        put(6);
        put(s.cause());
        put(s.serverEnded());
        effect(s.release());
        put(s.deadline());
        put(s.failures());
      }
      case State.Failed s -> {
        put(7);
        put(s.retryAt());
        put(s.failures());
      }
      case State.Stopped _ -> put(8);
    }
  }

  private void effect(Effect.@Nullable Remote effect) {
    if (effect == null) {
      put(0);
      return;
    }
    put(effect.generation() + 1);
    switch (effect) {
      case Effect.Reconcile _ -> put(1);
      case Effect.Acquire e -> {
        put(2);
        put(e.since());
      }
      case Effect.Wake _ -> put(3);
      case Effect.MarkDraining _ -> put(4);
      case Effect.Sleep _ -> put(5);
      case Effect.Stop _ -> put(6);
      case Effect.Release e -> {
        put(7);
        put(e.residual());
      }
      case Effect.Withdraw _ -> put(8);
      case Effect.Touch _ -> put(9);
      case Effect.EnterAgain _ -> put(10);
    }
  }

  private void reply(Event.@Nullable Reply reply) {
    if (reply == null) {
      put(0);
      return;
    }
    put(reply.generation() + 1);
    switch (reply) {
      case Event.Reconciled r -> {
        put(1);
        put(r.nextGeneration());
        put(r.bootWake());
      }
      case Event.ReconcileFailed _ -> put(2);
      case Event.Claimed _ -> put(3);
      case Event.MustWait r -> {
        put(4);
        put(r.until());
      }
      case Event.NeverFits _ -> put(5);
      case Event.WakeVerified _ -> put(6);
      case Event.WakeFailed _ -> put(7);
      case Event.SleepVerified r -> {
        put(8);
        put(r.residual());
        put(r.serverEnded());
      }
      case Event.SleepFailed _ -> put(9);
      case Event.StopVerified r -> {
        put(10);
        put(r.residual());
      }
      case Event.StopFailed _ -> put(11);
      case Event.Released _ -> put(12);
      case Event.ReleaseFailed _ -> put(13);
    }
  }

  private void record(DeviceRecord record) {
    for (Occupant occupant : record.occupants()) {
      put(occupant.replica());
      put(occupant.generation());
      put(occupant.state());
      put(occupant.reserved().count());
      put(occupant.residual().count());
      put(occupant.measured().count());
      put(occupant.becameServingAt());
      put(occupant.lastAccessed());
      put(occupant.idle());
    }
    put(250);
    for (Intent intent : record.intents()) {
      put(intent.ticket().since());
      put(intent.ticket().replica());
      put(intent.generation());
      put(intent.ready());
      intent.victims().stream()
          .sorted(Comparator.comparing(Victim::replica).thenComparingLong(Victim::generation))
          .forEach(victim -> {
            put(victim.replica());
            put(victim.generation());
          });
      put(249);
    }
    put(250);
    record
        .lock()
        .ifPresent(lock -> {
          put(lock.holder());
          put(lock.generation());
        });
    put(250);
  }
}
