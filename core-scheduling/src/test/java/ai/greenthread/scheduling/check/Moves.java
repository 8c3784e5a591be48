package ai.greenthread.scheduling.check;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.check.Setup.Fault;
import ai.greenthread.scheduling.check.Setup.Member;
import ai.greenthread.scheduling.check.Sys.Client;
import ai.greenthread.scheduling.check.Sys.Part;
import ai.greenthread.scheduling.check.Sys.Server;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.Lifecycle;
import ai.greenthread.scheduling.lifecycle.Load;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.lifecycle.Step;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/** All that can happen next. */
final class Moves {
  /** The state machine under check. */
  interface Machine {
    Step step(Member member, State state, Event event, Load load, Instant now);
  }

  /**
   * One thing that can happen.
   *
   * @param leaver the replica whose waiting client goes away by it, or -1
   */
  record Move(String what, int leaver, Sys next) {}

  private final Setup setup;
  private final Machine machine;
  private final Asking asking;

  Moves(Setup setup, Machine machine, Asking asking) {
    this.setup = setup;
    this.machine = machine;
    this.asking = asking;
  }

  /** The product's own. */
  static Machine product() {
    return (member, state, event, load, now) ->
        new Lifecycle(member.settings()).step(state, event, load, now);
  }

  Sys begin() {
    var records = new ArrayList<DeviceRecord>();
    setup.devices().forEach(device -> records.add(DeviceRecord.empty(device, Setup.CAPACITY)));
    Instant now = Normal.NOW;
    Part fresh =
        new Part(
            Lifecycle.initial(now), Client.NONE, false, Server.OFF, null, null, null, null, false);
    var parts = new ArrayList<Part>();
    setup.members().forEach(_ -> parts.add(fresh));
    Sys sys =
        new Sys(List.copyOf(parts), List.copyOf(records), now, setup.faults(), setup.requests());
    for (int i = 0; i < parts.size(); i++) {
      sys = take(sys, i, new Event.Start());
    }
    return sys;
  }

  List<Move> from(Sys sys) {
    var moves = new ArrayList<Move>();
    boolean urgent = false;
    for (int i = 0; i < sys.parts().size(); i++) {
      urgent |= soon(sys, i, moves);
      if (urgent && setup.prompt()) {
        return moves;
      }
    }
    for (int i = 0; i < sys.parts().size(); i++) {
      clients(sys, i, moves);
      server(sys, i, moves);
      faults(sys, i, moves);
    }
    if (!urgent) {
      time(sys, moves);
    }
    return moves;
  }

  /** What takes milliseconds, and so happens before a second passes, in any order. */
  private boolean soon(Sys sys, int i, List<Move> moves) {
    Part part = sys.part(i);
    String who = setup.members().get(i).id().podName();
    Effect.Remote question = part.atLedger();
    if (question != null) {
      Sys asked = sys.with(i, part.atLedger(null));
      for (Asking.Outcome outcome : asking.ask(setup, asked, i, question)) {
        Sys told = changed(outcome.failed() ? asked.afterFault() : asked, outcome.records());
        answer(told, i, outcome.reply(), who + " " + question + ": " + outcome.reply(), moves);
      }
    }
    Effect.MarkDraining report = part.report();
    if (report != null) {
      Sys reported = sys.with(i, part.report(null));
      List<DeviceRecord> records = Asking.drain(setup, reported, i, report);
      moves.add(new Move(who + " reports its drain", -1, changed(reported, records)));
    }
    if (part.unseen()) {
      Sys seen = sys.with(i, part.unseen(false));
      Sys next =
          part.state() instanceof State.Pending
              ? take(seen, i, new Event.LedgerMoved())
              : tellIdle(obeyCall(seen, i), i);
      moves.add(new Move(who + " sees the ledger", -1, next));
    }
    boolean due = dueAt(sys, i).map(at -> !at.isAfter(sys.now())).orElse(false);
    if (due) {
      moves.add(new Move(who + " looks at the clock", -1, take(sys, i, new Event.Tick())));
    }
    return question != null || report != null || part.unseen() || due;
  }

  private void clients(Sys sys, int i, List<Move> moves) {
    Part part = sys.part(i);
    String who = setup.members().get(i).id().podName();
    switch (part.client()) {
      case NONE -> {
        if (!(part.state() instanceof State.Stopped) && sys.requests() > 0) {
          Sys met = sys.afterRequest();
          Sys next =
              part.open()
                  ? met.with(i, part.with(Client.SERVED))
                  : take(met.with(i, part.with(Client.WAITING)), i, new Event.Demand());
          moves.add(new Move("a request for " + who, -1, next));
        }
      }
      case WAITING ->
          moves.add(
              new Move(
                  who + "'s request leaves the queue",
                  i,
                  take(sys.with(i, part.with(Client.NONE)), i, new Event.Departure())));
      case SERVED -> moves.add(new Move(who + "'s request ends", -1, ended(sys, i)));
    }
  }

  private Sys ended(Sys sys, int i) {
    Part part = sys.part(i);
    Sys next = sys.with(i, part.with(Client.NONE));
    if (part.open() && !isAwaited(next, i)) {
      return next;
    }
    return take(next, i, part.open() ? new Event.Unused() : new Event.Drained());
  }

  private void server(Sys sys, int i, List<Move> moves) {
    Part part = sys.part(i);
    Member member = setup.members().get(i);
    Effect.Remote transition = part.atServer();
    if (transition == null) {
      return;
    }
    Sys free = sys.with(i, part.atServer(null));
    String what = member.id().podName() + " " + transition;
    switch (transition) {
      case Effect.Wake wake -> {
        Sys awake = free.with(i, free.part(i).with(Server.AWAKE));
        Asking.Outcome told = Asking.confirm(setup, awake, i, wake);
        answer(changed(awake, told.records()), i, told.reply(), what, moves);
        var failed = new Event.WakeFailed(wake.generation(), "");
        fault(Fault.SERVERS, free, next -> answer(next, i, failed, what + " fails", moves));
      }
      case Effect.Sleep sleep -> {
        Server after = member.staysAlive() ? Server.ASLEEP : Server.OFF;
        var verified =
            new Event.SleepVerified(
                sleep.generation(), onAll(member, member.residue()), !member.staysAlive());
        answer(free.with(i, free.part(i).with(after)), i, verified, what, moves);
        var failed = new Event.SleepFailed(sleep.generation(), "");
        fault(Fault.SERVERS, free, next -> answer(next, i, failed, what + " fails", moves));
      }
      case Effect.Stop stop -> {
        var verified = new Event.StopVerified(stop.generation(), onAll(member, Bytes.ZERO));
        answer(free.with(i, free.part(i).with(Server.OFF)), i, verified, what, moves);
        var failed = new Event.StopFailed(stop.generation(), "");
        fault(Fault.SERVERS, free, next -> answer(next, i, failed, what + " fails", moves));
      }
      case Effect.Reconcile reconcile -> {
        Sys off = free.with(i, free.part(i).with(Server.OFF));
        Asking.Outcome told = Asking.enrol(setup, off, i, reconcile);
        answer(changed(off, told.records()), i, told.reply(), what, moves);
        var failed = new Event.ReconcileFailed(reconcile.generation(), "");
        fault(Fault.SERVERS, free, next -> answer(next, i, failed, what + " fails", moves));
      }
      case Effect.Acquire _,
          Effect.MarkDraining _,
          Effect.Release _,
          Effect.Withdraw _,
          Effect.EnterAgain _,
          Effect.Touch _ ->
          throw new IllegalStateException("no transition of a server: " + transition);
    }
  }

  private static Map<GpuId, Bytes> onAll(Member member, Bytes bytes) {
    var map = new HashMap<GpuId, Bytes>();
    member.devices().forEach(device -> map.put(device, bytes));
    return map;
  }

  private interface Then {
    void go(Sys next);
  }

  private void fault(Fault kind, Sys sys, Then then) {
    if (sys.faults() > 0 && setup.may(kind)) {
      then.go(sys.afterFault());
    }
  }

  /** The answer arrives, or is lost, or is still on its way when other things happen. */
  private void answer(Sys sys, int i, Event.Reply reply, String what, List<Move> moves) {
    moves.add(new Move(what, -1, take(sys, i, reply)));
    fault(Fault.ANSWERS, sys, next -> moves.add(new Move(what + ", unheard", -1, next)));
    if (sys.part(i).late() == null) {
      fault(
          Fault.ANSWERS,
          sys,
          next ->
              moves.add(
                  new Move(what + ", heard late", -1, next.with(i, next.part(i).late(reply)))));
    }
  }

  private void faults(Sys sys, int i, List<Move> moves) {
    Part part = sys.part(i);
    String who = setup.members().get(i).id().podName();
    Event.Reply late = part.late();
    if (late != null) {
      moves.add(
          new Move(who + " hears late " + late, -1, take(sys.with(i, part.late(null)), i, late)));
    }
    if (sys.faults() > 0 && setup.may(Fault.SERVERS) && part.server() != Server.OFF) {
      Sys dead = sys.afterFault().with(i, part.with(Server.OFF));
      if (part.client() == Client.SERVED) {
        dead = ended(dead, i);
      }
      moves.add(new Move(who + "'s server dies", -1, take(dead, i, new Event.RuntimeDied("died"))));
    }
    if (sys.faults() == 0 || !setup.may(Fault.RESTARTS)) {
      return;
    }
    Part reborn =
        new Part(
            Lifecycle.initial(sys.now()),
            Client.NONE,
            false,
            part.server(),
            null,
            null,
            null,
            null,
            false);
    moves.add(
        new Move(
            who + "'s sidecar restarts",
            -1,
            take(sys.afterFault().with(i, reborn), i, new Event.Start())));
  }

  /** Time passes until somebody has to look at the clock. */
  private void time(Sys sys, List<Move> moves) {
    Optional<Instant> next = Optional.empty();
    for (int i = 0; i < sys.parts().size(); i++) {
      Optional<Instant> due = dueAt(sys, i);
      if (due.isPresent() && (next.isEmpty() || due.get().isBefore(next.get()))) {
        next = due;
      }
    }
    if (next.isEmpty()) {
      return;
    }
    Instant moment = next.get();
    boolean late = false;
    for (int i = 0; i < sys.parts().size(); i++) {
      boolean due = dueAt(sys, i).map(at -> !at.isAfter(moment)).orElse(false);
      late |= due && sys.part(i).atServer() != null;
    }
    if (!late) {
      moves.add(new Move("time passes", -1, sys.at(moment)));
    } else {
      fault(
          Fault.SERVERS,
          sys,
          slow -> moves.add(new Move("too much time passes", -1, slow.at(moment))));
    }
  }

  private Optional<Instant> dueAt(Sys sys, int i) {
    Part part = sys.part(i);
    if (part.state() instanceof State.Serving && part.client() == Client.SERVED) {
      return Optional.empty();
    }
    return new Lifecycle(setup.members().get(i).settings()).nextTick(part.state(), load(sys, i));
  }

  private Load load(Sys sys, int i) {
    Part part = sys.part(i);
    return new Load(
        part.client() == Client.SERVED ? 1 : 0,
        part.client() == Client.WAITING ? 1 : 0,
        Instant.MAX,
        Instant.EPOCH,
        isAwaited(sys, i));
  }

  private boolean isAwaited(Sys sys, int i) {
    Member member = setup.members().get(i);
    return sys.records().stream()
        .filter(record -> member.devices().contains(record.id()))
        .flatMap(record -> record.intents().stream())
        .anyMatch(intent -> !intent.ticket().replica().equals(member.id()));
  }

  /** A sidecar that learns that somebody waits says whether it is in use. */
  private Sys tellIdle(Sys sys, int i) {
    boolean serves = sys.part(i).state() instanceof State.Serving;
    return serves && isAwaited(sys, i) ? take(sys, i, new Event.LedgerMoved()) : sys;
  }

  /** Stores what somebody wrote; all on the devices concerned will see it. */
  private Sys changed(Sys sys, List<DeviceRecord> records) {
    Sys next = sys.with(records);
    for (int i = 0; i < records.size(); i++) {
      if (records.get(i).matters(sys.records().get(i))
          || !records.get(i).toString().equals(sys.records().get(i).toString())) {
        next = unseenBy(next, records.get(i).id());
      }
    }
    return next;
  }

  private Sys unseenBy(Sys sys, GpuId device) {
    Sys next = sys;
    for (int i = 0; i < setup.members().size(); i++) {
      if (setup.members().get(i).devices().contains(device)) {
        next = next.with(i, next.part(i).unseen(true));
      }
    }
    return next;
  }

  /** The sidecar takes an event, and at once those that follow from it at its own gate. */
  private Sys take(Sys sys, int i, Event first) {
    Member member = setup.members().get(i);
    Queue<Event> letters = new ArrayDeque<>(List.of(first));
    Sys next = sys;
    while (!letters.isEmpty()) {
      Part part = next.part(i);
      Step step = machine.step(member, part.state(), letters.remove(), load(next, i), next.now());
      next = next.with(i, part.with(step.next()));
      for (Effect effect : step.effects()) {
        next =
            effect instanceof Effect.Touch touch
                ? changed(next, Asking.touch(setup, next, i, touch))
                : next.with(i, perform(next.part(i), effect, letters));
      }
    }
    return next.part(i).unseen() ? next : obeyCall(next, i);
  }

  private static Part perform(Part part, Effect effect, Queue<Event> letters) {
    return switch (effect) {
      case Effect.OpenGate _ ->
          part.open(true).with(part.client() == Client.WAITING ? Client.SERVED : part.client());
      case Effect.CloseGate _ -> {
        if (part.open() && part.client() != Client.SERVED) {
          letters.add(new Event.Drained());
        }
        yield part.open(false);
      }
      case Effect.CutInFlight _ -> {
        if (part.client() == Client.SERVED) {
          letters.add(new Event.Drained());
        }
        yield part.with(part.client() == Client.SERVED ? Client.NONE : part.client());
      }
      case Effect.RefuseParked _ ->
          part.with(part.client() == Client.WAITING ? Client.NONE : part.client());
      case Effect.Wake wake -> part.atServer(wake).with(Server.LOADING);
      case Effect.Reconcile _, Effect.Sleep _, Effect.Stop _ ->
          part.atServer((Effect.Remote) effect);
      case Effect.Acquire _, Effect.Release _, Effect.Withdraw _ ->
          part.atLedger((Effect.Remote) effect);
      case Effect.MarkDraining report -> part.report(report);
      case Effect.EnterAgain _ ->
          throw new AssertionError("nothing in this model deletes an entry: " + effect);
      case Effect.Touch _ -> throw new AssertionError("told to the ledger at once: " + effect);
    };
  }

  private Sys obeyCall(Sys sys, int i) {
    if (sys.part(i).state() instanceof State.Serving serving) {
      var self = new Victim(setup.members().get(i).id(), serving.generation());
      for (DeviceRecord record : sys.records()) {
        for (Intent intent : record.intents()) {
          if (intent.victims().contains(self) && !setup.members().get(i).popular()) {
            return take(
                sys, i, new Event.VictimNamed(serving.generation(), intent.ticket().toString()));
          }
        }
      }
    }
    return sys;
  }
}
