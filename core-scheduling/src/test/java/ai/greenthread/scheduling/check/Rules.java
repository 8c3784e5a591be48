package ai.greenthread.scheduling.check;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.check.Setup.Member;
import ai.greenthread.scheduling.check.Sys.Client;
import ai.greenthread.scheduling.check.Sys.Part;
import ai.greenthread.scheduling.check.Sys.Server;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.lifecycle.State;
import java.util.Optional;

/** What has to hold in every state that can be reached, and from every state to the next. */
final class Rules {
  private final Setup setup;

  Rules(Setup setup) {
    this.setup = setup;
  }

  /** The first rule that {@code sys} breaks, in words; empty if it breaks none. */
  String broken(Sys sys) {
    for (DeviceRecord record : sys.records()) {
      if (record.isOvercommitted()) {
        return "S2: overcommitted " + record;
      }
      if (physical(sys, record.id()).compareTo(Setup.CAPACITY) > 0) {
        return "S2: more memory in use than there is on " + record.id();
      }
    }
    for (int i = 0; i < sys.parts().size(); i++) {
      String broken = broken(sys, i);
      if (!broken.isEmpty()) {
        return setup.members().get(i).id().podName() + " " + broken;
      }
    }
    return "";
  }

  private Bytes physical(Sys sys, GpuId device) {
    Bytes sum = Bytes.ZERO;
    for (int i = 0; i < sys.parts().size(); i++) {
      Member member = setup.members().get(i);
      if (member.devices().contains(device)) {
        sum = sum.plus(uses(member, sys.part(i).server()));
      }
    }
    return sum;
  }

  private static Bytes uses(Member member, Server server) {
    return switch (server) {
      case OFF -> Bytes.ZERO;
      case ASLEEP -> member.residue();
      case LOADING, AWAKE -> member.need();
    };
  }

  private String broken(Sys sys, int i) {
    Part part = sys.part(i);
    Member member = setup.members().get(i);
    State state = part.state();
    boolean serves = state instanceof State.Serving;
    if (part.open() != serves) {
      return "S3: its gate is open: " + part.open() + " in " + state;
    }
    if (part.client() == Client.SERVED) {
      boolean drains =
          state instanceof State.Deactivating leaving && leaving.phase() == State.Phase.DRAINING;
      if (!serves && !drains) {
        return "S4: a request runs in " + state;
      }
      if (part.server() != Server.AWAKE) {
        return "S3: a request runs at a server that is " + part.server();
      }
    }
    for (DeviceRecord record : sys.records()) {
      if (member.devices().contains(record.id())) {
        String broken = broken(record, member, part);
        if (!broken.isEmpty()) {
          return broken;
        }
      }
    }
    return "";
  }

  private static String broken(DeviceRecord record, Member member, Part part) {
    ReplicaId id = member.id();
    Optional<Occupant> mine = record.occupant(id);
    State state = part.state();
    Bytes charge = mine.map(Occupant::charge).orElse(Bytes.ZERO);
    if (!uses(member, part.server()).fitsIn(charge)) {
      return "S2: uses more than it is charged in " + record;
    }
    boolean servesHere =
        mine.map(occupant ->
                occupant.state() == OccupantState.SERVING
                    && occupant.generation() == state.generation())
            .orElse(false);
    if (state instanceof State.Serving && !servesHere) {
      return "S3: serves with " + state.generation() + " and the ledger says " + record;
    }
    boolean quiet =
        state instanceof State.Sleeping && part.atLedger() == null && part.atServer() == null;
    boolean holds =
        record.intent(id).isPresent()
            || record.lock().map(lock -> lock.holder().equals(id)).orElse(false)
            || mine.map(occupant -> !occupant.reserved().isZero()).orElse(false);
    return quiet && holds ? "L4: sleeps and holds something in " + record : "";
  }

  /** The first rule that going from {@code before} to {@code after} breaks. */
  String broken(Sys before, Sys after) {
    for (int i = 0; i < before.parts().size(); i++) {
      State from = before.part(i).state();
      State to = after.part(i).state();
      Member member = setup.members().get(i);
      boolean reborn = to instanceof State.Booting && !(from instanceof State.Booting);
      if (!reborn && !from.equals(to)) {
        String broken = broken(before, member, from, to);
        if (!broken.isEmpty()) {
          return member.id().podName() + " " + broken + ": " + from + " became " + to;
        }
      }
    }
    return "";
  }

  private static String broken(Sys before, Member member, State from, State to) {
    if (to instanceof State.Serving
        && !(from instanceof State.Waking || from instanceof State.Serving)) {
      return "S7: resurrected";
    }
    boolean leaves = from instanceof State.Serving && to instanceof State.Deactivating;
    if (!leaves) {
      return "";
    }
    State.Cause cause = ((State.Deactivating) to).cause();
    boolean byPolicy = cause == State.Cause.PREEMPTED || cause == State.Cause.IDLE;
    if (byPolicy && member.popular()) {
      return "S6: popular";
    }
    if (cause == State.Cause.PREEMPTED) {
      for (DeviceRecord record : before.records()) {
        Optional<Occupant> mine = record.occupant(member.id());
        if (mine.isPresent()
            && before.now().isBefore(mine.get().becameServingAt().plus(Setup.MIN_RUNTIME))) {
          return "S6: before its minimum runtime";
        }
      }
    }
    return "";
  }
}
