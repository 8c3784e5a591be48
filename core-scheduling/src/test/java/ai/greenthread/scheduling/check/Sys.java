package ai.greenthread.scheduling.check;

import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything at one moment.
 *
 * @param parts one for each member of the setup
 * @param records one for each device
 * @param faults how many things may still go wrong
 * @param requests how many more requests may come
 */
record Sys(List<Part> parts, List<DeviceRecord> records, Instant now, int faults, int requests) {
  /** The one request that each replica may have at a time. */
  enum Client {
    NONE,
    WAITING,
    SERVED
  }

  /** What a server really does; all but OFF and ASLEEP hold its full memory. */
  enum Server {
    OFF,
    LOADING,
    AWAKE,
    ASLEEP
  }

  /**
   * One replica and all that is under way for it.
   *
   * @param open the gate lets requests pass
   * @param atServer transition of the server that has not ended
   * @param atLedger question or release that the ledger has not seen
   * @param report that the barrier is up, which the ledger has not seen
   * @param late an answer that is still on its way
   * @param unseen the ledger has changed and the sidecar does not know
   */
  record Part(
      State state,
      Client client,
      boolean open,
      Server server,
      Effect.@Nullable Remote atServer,
      Effect.@Nullable Remote atLedger,
      Effect.@Nullable MarkDraining report,
      Event.@Nullable Reply late,
      boolean unseen) {
    Part with(State next) {
      return new Part(next, client, open, server, atServer, atLedger, report, late, unseen);
    }

    Part with(Client next) {
      return new Part(state, next, open, server, atServer, atLedger, report, late, unseen);
    }

    Part open(boolean next) {
      return new Part(state, client, next, server, atServer, atLedger, report, late, unseen);
    }

    Part with(Server next) {
      return new Part(state, client, open, next, atServer, atLedger, report, late, unseen);
    }

    Part atServer(Effect.@Nullable Remote next) {
      return new Part(state, client, open, server, next, atLedger, report, late, unseen);
    }

    Part atLedger(Effect.@Nullable Remote next) {
      return new Part(state, client, open, server, atServer, next, report, late, unseen);
    }

    Part report(Effect.@Nullable MarkDraining next) {
      return new Part(state, client, open, server, atServer, atLedger, next, late, unseen);
    }

    Part late(Event.@Nullable Reply next) {
      return new Part(state, client, open, server, atServer, atLedger, report, next, unseen);
    }

    Part unseen(boolean next) {
      return new Part(state, client, open, server, atServer, atLedger, report, late, next);
    }
  }

  Part part(int i) {
    return parts.get(i);
  }

  Sys with(int i, Part part) {
    var next = new ArrayList<>(parts);
    next.set(i, part);
    return new Sys(List.copyOf(next), records, now, faults, requests);
  }

  Sys with(List<DeviceRecord> next) {
    return new Sys(parts, List.copyOf(next), now, faults, requests);
  }

  Sys at(Instant moment) {
    return new Sys(parts, records, moment, faults, requests);
  }

  Sys afterFault() {
    return new Sys(parts, records, now, faults - 1, requests);
  }

  Sys afterRequest() {
    return requests == Setup.ANY_NUMBER ? this : new Sys(parts, records, now, faults, requests - 1);
  }
}
