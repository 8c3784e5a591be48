package ai.greenthread.scheduling.sidecar;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.gate.Pass;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.gate.RequestGate;
import ai.greenthread.scheduling.gate.Visitor;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.Lifecycle;
import ai.greenthread.scheduling.lifecycle.Load;
import ai.greenthread.scheduling.lifecycle.Machine;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.lifecycle.Step;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One replica's doorkeeper: lets requests pass while its model serves, parks them while it does
 * not, and moves the model between sleep and service. It is the only writer of its state:
 * everything that happens becomes an {@link Event} in its mailbox, {@link Lifecycle} decides,
 * effects run elsewhere and come back as events. Its methods may be called by any thread and never
 * block.
 */
public final class Sidecar {
  private final ReplicaId replica;
  private final SidecarSettings settings;
  private final Machine lifecycle;
  private static final Refusal GONE =
      new Refusal(
          Refusal.Cause.SHUTTING_DOWN,
          "this replica has ended; send the request again",
          Duration.ofSeconds(1));

  private final RequestGate gate;
  private final EffectRunner effects;
  private final Executor mailbox;
  private final Timers timers;
  private final InstantSource clock;
  private final SidecarListener listener;
  private final GpuLedger.Watch watch;

  // Owned by the mailbox; read elsewhere.
  private volatile State state;
  private volatile boolean bootReady;

  // Owned by the mailbox.
  private final Map<GpuId, DeviceRecord> seen = new HashMap<>();

  /** Devices where this life was seen in the ledger; a record from before that proves no loss. */
  private final Set<GpuId> listed = new HashSet<>();

  private @Nullable Instant armedFor;
  private Timers.Timer timer = () -> {};
  private boolean awaited;
  private boolean closed;

  /**
   * @param mailbox runs one task at a time, in order: a {@link Mailbox}
   */
  public Sidecar(
      ReplicaId replica,
      SidecarSettings settings,
      List<GpuId> devices,
      GpuLedger store,
      EffectRunner effects,
      Executor mailbox,
      Timers timers,
      InstantSource clock,
      SidecarListener listener) {
    this(
        replica,
        settings,
        new Lifecycle(settings.lifecycle()),
        devices,
        store,
        effects,
        mailbox,
        timers,
        clock,
        listener);
  }

  /** The same with a state machine of the caller's. */
  public Sidecar(
      ReplicaId replica,
      SidecarSettings settings,
      Machine lifecycle,
      List<GpuId> devices,
      GpuLedger store,
      EffectRunner effects,
      Executor mailbox,
      Timers timers,
      InstantSource clock,
      SidecarListener listener) {
    this.replica = replica;
    this.settings = settings;
    this.lifecycle = lifecycle;
    this.effects = effects;
    this.mailbox = mailbox;
    this.timers = timers;
    this.clock = clock;
    this.listener = listener;
    this.state = Lifecycle.initial(clock.instant());
    this.gate =
        new RequestGate(
            clock,
            settings.maxQueueDepth(),
            settings.requestTimeout(),
            () -> post(new Event.Drained()),
            () -> post(new Event.Unused()));
    this.watch = store.watch(devices, record -> mailbox.execute(() -> ledgerChanged(record)));
  }

  public ReplicaId replica() {
    return replica;
  }

  public void start() {
    post(new Event.Start());
  }

  /**
   * An inference request is at the door. Only requests that count as activity come here; nothing
   * else wakes a model or keeps it awake.
   */
  public Entry enter(Visitor visitor) {
    Pass pass = gate.tryPass();
    if (pass != null) {
      return new Entry.Passed(pass);
    }
    if (settings.rejectDuringDrain() && state instanceof State.Deactivating) {
      return refused(
          new Refusal(
              Refusal.Cause.DRAINING,
              "the model is going to sleep; send the request again",
              Duration.ofSeconds(1)));
    }
    return gate.tryReserve(visitor)
        .<Entry>map(parked -> {
          mailbox.execute(() -> park(parked));
          return new Entry.Parked(() -> mailbox.execute(() -> depart(parked)));
        })
        .orElseGet(() ->
            refused(
                new Refusal(
                    Refusal.Cause.QUEUE_FULL,
                    "the queue of this model is full ("
                        + settings.maxQueueDepth()
                        + " requests); send the request again later",
                    Duration.ofSeconds(1))));
  }

  public void wake() {
    post(new Event.WakeOrdered());
  }

  public void sleep() {
    post(new Event.SleepOrdered());
  }

  /** Ends in {@link State.Stopped}: drained, server ended, memory given back. */
  public void shutdown() {
    post(new Event.ShutdownOrdered());
  }

  /** The server ended by itself. */
  public void runtimeDied(String reason) {
    post(new Event.RuntimeDied(reason));
  }

  public SidecarStatus status() {
    State now = state;
    // The state is told before the gate follows it: only the gate knows who still gets in.
    boolean barriered = now instanceof State.Deactivating && !gate.isOpen();
    return new SidecarStatus(replica, now, bootReady, gate.inFlight(), gate.queued(), barriered);
  }

  /** Last inference request that came or ended. */
  public Instant lastActivity() {
    return gate.lastActivity();
  }

  /**
   * Does nothing more, whatever comes; for a replica that has stopped, or whose stop nobody waits
   * for any longer. Those who wait at its gate are refused, now and later.
   */
  public void close() {
    watch.close();
    mailbox.execute(() -> {
      closed = true;
      timer.cancel();
      gate.close();
      gate.refuseAll(GONE);
    });
  }

  private Entry refused(Refusal refusal) {
    listener.refused(replica, refusal);
    return new Entry.Refused(refusal);
  }

  private void post(Event event) {
    mailbox.execute(() -> handle(event));
  }

  private void park(RequestGate.Parked request) {
    gate.park(request);
    if (closed) {
      gate.refuseAll(GONE);
      return;
    }
    handle(new Event.Demand());
  }

  private void depart(RequestGate.Parked request) {
    if (gate.cancel(request)) {
      handle(new Event.Departure());
    }
  }

  private void handle(Event event) {
    if (closed) {
      return;
    }
    Instant now = clock.instant();
    if (expireOverdue(now) > 0 && !(event instanceof Event.Departure)) {
      step(new Event.Departure(), now);
    }
    if (event instanceof Event.Reconciled) {
      listed.clear();
    }
    step(event, now);
    Optional<Event.VictimNamed> call = callToLeave();
    if (call.isPresent()) {
      step(call.get(), now);
    }
    // It may have been lost just before this serving period was known here.
    if (state instanceof State.Serving && isLost()) {
      step(new Event.EntryLost(), now);
    }
    arm();
  }

  private boolean isLost() {
    return listed.stream()
        .map(seen::get)
        .anyMatch(record -> record != null && record.occupant(replica).isEmpty());
  }

  private boolean isWantedByOthers(DeviceRecord record) {
    return record.intents().stream().anyMatch(intent -> !intent.ticket().replica().equals(replica));
  }

  /** Whoever asks this serving period to end; it may have been asked before it began here. */
  private Optional<Event.VictimNamed> callToLeave() {
    if (state instanceof State.Serving serving) {
      var victim = new Victim(replica, serving.generation());
      for (DeviceRecord record : seen.values()) {
        for (Intent intent : record.intents()) {
          if (intent.victims().contains(victim)) {
            String waiter = intent.ticket().replica().podName();
            return Optional.of(new Event.VictimNamed(serving.generation(), waiter));
          }
        }
      }
    }
    return Optional.empty();
  }

  private int expireOverdue(Instant now) {
    return gate.expire(
        now,
        new Refusal(
            Refusal.Cause.DEADLINE,
            "the model did not get to serve within "
                + settings.requestTimeout().toSeconds()
                + " s; it is "
                + state.label(),
            Duration.ofSeconds(1)));
  }

  private void step(Event event, Instant now) {
    State before = state;
    Step step = lifecycle.step(before, event, load(), now);
    state = step.next();
    if (state instanceof State.Sleeping || state instanceof State.Serving) {
      bootReady = true;
    }
    listener.stepped(replica, before, event, state, now);
    for (Effect effect : step.effects()) {
      perform(effect);
    }
  }

  private Load load() {
    return new Load(
        gate.inFlight(),
        gate.parked(),
        gate.parkedSince().orElse(Instant.MAX),
        gate.lastActivity(),
        awaited);
  }

  private void perform(Effect effect) {
    switch (effect) {
      case Effect.OpenGate open -> gate.open(open.generation());
      case Effect.CloseGate _ -> gate.close();
      case Effect.CutInFlight cut -> gate.cut(cut.reason());
      case Effect.RefuseParked refuse -> gate.refuseAll(refuse.refusal());
      case Effect.Remote remote -> effects.run(remote, this::post);
    }
  }

  private void arm() {
    Optional<Instant> expiry = gate.nextExpiry();
    Optional<Instant> due = lifecycle.nextTick(state, load());
    Instant next =
        expiry.isPresent() && (due.isEmpty() || expiry.get().isBefore(due.get()))
            ? expiry.get()
            : due.orElse(null);
    if (next == null || !next.equals(armedFor)) {
      timer.cancel();
      armedFor = next;
      timer = next == null ? () -> {} : timers.at(next, () -> mailbox.execute(() -> tick(next)));
    }
  }

  private void tick(Instant due) {
    if (due.equals(armedFor)) {
      armedFor = null;
    }
    handle(new Event.Tick());
  }

  private void ledgerChanged(DeviceRecord record) {
    if (closed) {
      return;
    }
    DeviceRecord before = seen.get(record.id());
    if (before != null && before.version() > record.version()) {
      return;
    }
    seen.put(record.id(), record);
    boolean wasAwaited = awaited;
    awaited = seen.values().stream().anyMatch(this::isWantedByOthers);
    gate.setAwaited(awaited);
    if (record.occupant(replica).isPresent()) {
      listed.add(record.id());
    } else if (isLost()) {
      handle(new Event.EntryLost());
      return;
    }
    if (state instanceof State.Pending && (before == null || record.matters(before))) {
      handle(new Event.LedgerMoved());
    } else if (state instanceof State.Serving && awaited && !wasAwaited) {
      handle(new Event.LedgerMoved());
    } else {
      callToLeave().ifPresent(this::handle);
    }
  }
}
