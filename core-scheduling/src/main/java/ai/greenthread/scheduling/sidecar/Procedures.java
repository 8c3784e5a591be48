package ai.greenthread.scheduling.sidecar;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.ledger.Ledger.ClaimOutcome;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.policy.Verdict;
import ai.greenthread.scheduling.policy.Waiter;
import ai.greenthread.scheduling.policy.WakePolicy;
import ai.greenthread.scheduling.runtime.HostLink;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.Measurements;
import ai.greenthread.scheduling.runtime.MemoryRules;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * How each remote effect is done with ledger, policy and runtime, step by step, and what has to be
 * seen before it counts as done. Blocks; called by one thread at a time per kind of effect.
 */
public final class Procedures {
  /** Memory of an ended process or a sleeping server may take a moment to show. */
  private static final Duration RELEASE_PATIENCE = Duration.ofSeconds(5);

  private static final String STILL_IN_USE = "the server has ended, but its memory is still in use";

  private static final String GUESSED =
      "; its need was never measured: let its manifest ask for less, by gpuMemoryUtilization or"
          + " runtime.memory";

  private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
  private static final Duration LEDGER_RETRY = Duration.ofSeconds(1);

  private final ReplicaId replica;
  private final Fairness fairness;
  private final UnaryOperator<Bytes> firstNeed;
  private final Duration lockTime;
  private final Ledger ledger;
  private final WakePolicy policy;
  private final InferenceRuntime runtime;
  private final HostLink link;
  private final Measurements measurements;
  private final InstantSource clock;
  private final Pause pause;

  private volatile Map<GpuId, Bytes> serving = Map.of();
  private volatile Map<GpuId, Bytes> residue = Map.of();
  private volatile Optional<String> fingerprint = Optional.empty();
  private final SwitchCosts costs = new SwitchCosts();
  private volatile boolean cold = true;
  private volatile long preemptingFor = -1;
  private volatile Instant wantedSince = Instant.EPOCH;

  /**
   * What they are done with.
   *
   * @param link of the host, which wakes share
   */
  public record Parts(
      Ledger ledger,
      WakePolicy policy,
      InferenceRuntime runtime,
      HostLink link,
      Measurements measurements) {}

  /**
   * @param firstNeed memory per device to ask for as long as none was measured, of devices of which
   *     the smallest has that capacity
   * @param lockTime longest wake and its end by force: how long a wake lock has to hold
   */
  public Procedures(
      ReplicaId replica,
      Fairness fairness,
      UnaryOperator<Bytes> firstNeed,
      Duration lockTime,
      Parts parts,
      InstantSource clock,
      Pause pause) {
    this.replica = replica;
    this.fairness = fairness;
    this.firstNeed = firstNeed;
    this.lockTime = lockTime;
    this.ledger = parts.ledger();
    this.policy = parts.policy();
    this.runtime = parts.runtime();
    this.link = parts.link();
    this.measurements = parts.measurements();
    this.clock = clock;
    this.pause = pause;
  }

  /** Does it and says what came of it; empty for effects that nobody waits for. */
  public Optional<Event> perform(Effect.Remote effect) throws InterruptedException {
    return switch (effect) {
      case Effect.Reconcile reconcile -> Optional.of(reconcile(reconcile));
      case Effect.Acquire acquire -> Optional.of(acquire(acquire));
      case Effect.Wake wake -> Optional.of(wake(wake));
      case Effect.Sleep sleep -> Optional.of(sleep(sleep));
      case Effect.Stop stop -> Optional.of(stop(stop));
      case Effect.Release release ->
          Optional.of(
              tellLedger(
                  release.generation(),
                  () -> {
                    enterWhereLost(release.generation(), release.residual());
                    ledger.release(release.generation(), release.residual());
                  }));
      case Effect.Withdraw withdraw ->
          Optional.of(
              tellLedger(
                  withdraw.generation(),
                  () -> {
                    enterWhereLost(withdraw.generation(), held());
                    ledger.withdraw(withdraw.generation());
                  }));
      case Effect.MarkDraining draining -> {
        tellLedger(
            draining.generation(),
            () -> {
              ledger.drain(draining.generation());
              // All that it serves with stays on the device until its release says otherwise.
              enterWhereLost(draining.generation(), serving);
            });
        yield Optional.empty();
      }
      case Effect.EnterAgain again -> {
        enterAgain(again);
        yield Optional.empty();
      }
      case Effect.Touch touch -> {
        touch(touch);
        yield Optional.empty();
      }
    };
  }

  /** The answer of an effect that came to nothing; empty for effects that nobody waits for. */
  Optional<Event> failed(Effect.Remote effect, String reason) {
    long generation = effect.generation();
    return switch (effect) {
      case Effect.Reconcile _ -> Optional.of(new Event.ReconcileFailed(generation, reason));
      case Effect.Acquire _ ->
          Optional.of(new Event.MustWait(generation, clock.instant().plus(LEDGER_RETRY), reason));
      case Effect.Wake _ -> Optional.of(new Event.WakeFailed(generation, reason));
      case Effect.Sleep _ -> Optional.of(new Event.SleepFailed(generation, reason));
      case Effect.Stop _ -> Optional.of(new Event.StopFailed(generation, reason));
      case Effect.Release _, Effect.Withdraw _ ->
          Optional.of(new Event.ReleaseFailed(generation, reason));
      case Effect.MarkDraining _, Effect.EnterAgain _, Effect.Touch _ -> Optional.empty();
    };
  }

  private Event reconcile(Effect.Reconcile effect) throws InterruptedException {
    long generation = effect.generation();
    try {
      boolean adopted = adopt(effect.deadline());
      if (!adopted && !isGone(end(effect.deadline()))) {
        return new Event.ReconcileFailed(generation, STILL_IN_USE);
      }
      long next = ledger.firstGenerationOfNewLife();
      Map<GpuId, Bytes> residual = adopted ? residue : Map.of();
      Optional<String> refused =
          ledger.enrol(next, fairness.popular(), fairness.minRuntime(), residual);
      if (refused.isPresent()) {
        return new Event.ReconcileFailed(generation, refused.get());
      }
      boolean bootWake =
          !adopted
              && (runtime.capabilities().staysAliveAsleep()
                  || measurements.servingMemoryPerGpu(replica).isEmpty());
      return new Event.Reconciled(generation, next, bootWake);
    } catch (RuntimeFailure | LedgerUnavailable e) {
      return new Event.ReconcileFailed(generation, message(e));
    }
  }

  /**
   * Takes over a server that an earlier life of this sidecar left alive, by putting it to sleep: a
   * start costs much more than a wake. False where there is none, or it does not sleep for certain;
   * it has to be ended then.
   */
  private boolean adopt(Instant deadline) throws InterruptedException {
    Optional<Bytes> served = measurements.servingMemoryPerGpu(replica);
    Optional<Measurements.Fingerprint> answered = measurements.fingerprint(replica);
    if (!runtime.capabilities().staysAliveAsleep()
        || served.isEmpty()
        || answered.isEmpty()
        || runtime.probe().isPresent()) {
      return false;
    }
    try {
      // It may be asleep already, so what it holds now says nothing of what it holds awake.
      Map<GpuId, Bytes> awake = new HashMap<>();
      ledger.devices().forEach(device -> awake.put(device, served.get()));
      runtime.sleep(left(deadline));
      Map<GpuId, Bytes> after = settled(deadline, awake, Map.of());
      if (MemoryRules.stillHolds(after, awake, Map.of()).isPresent()) {
        return false;
      }
      residue = after;
      fingerprint = answered.get().answer();
      cold = false;
      return true;
    } catch (RuntimeFailure e) {
      return false;
    }
  }

  /**
   * Looks at the memory of a server that was put to sleep until it shows the sleep, or for a while.
   */
  private Map<GpuId, Bytes> settled(
      Instant deadline, Map<GpuId, Bytes> awake, Map<GpuId, Bytes> learned)
      throws RuntimeFailure, InterruptedException {
    Instant patience = earlier(deadline, clock.instant().plus(RELEASE_PATIENCE));
    Map<GpuId, Bytes> after = runtime.footprint();
    while (MemoryRules.stillHolds(after, awake, learned).isPresent()
        && clock.instant().isBefore(patience)) {
      pause.pause(LOOK_AGAIN);
      after = runtime.footprint();
    }
    return after;
  }

  /**
   * Ends the server and waits until its memory is seen to be back; answers what is still in use.
   */
  private Map<GpuId, Bytes> end(Instant deadline) throws RuntimeFailure, InterruptedException {
    runtime.stop(left(deadline));
    cold = true;
    Instant patience = earlier(deadline, clock.instant().plus(RELEASE_PATIENCE));
    Map<GpuId, Bytes> after = runtime.footprint();
    while (!isGone(after) && clock.instant().isBefore(patience)) {
      pause.pause(LOOK_AGAIN);
      after = runtime.footprint();
    }
    return after;
  }

  private Event acquire(Effect.Acquire effect) {
    long generation = effect.generation();
    wantedSince = effect.since();
    try {
      enterWhereLost(generation, held());
      List<DeviceRecord> devices = ledger.view();
      if (ledger.holds(devices, generation)) {
        // An earlier try succeeded and its answer was lost, or this question comes too late.
        return new Event.Claimed(generation, preemptingFor == generation);
      }
      Optional<String> obstacle = runtime.obstacle();
      if (obstacle.isPresent()) {
        return new Event.WakeFailed(generation, obstacle.get());
      }
      Bytes need = need(devices);
      var waiter = new Waiter(new Ticket(effect.since(), replica), need, fairness.maxWaitTime());
      Instant now = clock.instant();
      return switch (policy.decide(devices, waiter, now)) {
        case Verdict.WakeNow() -> claim(effect, need);
        case Verdict.Never(String reason) ->
            new Event.NeverFits(
                generation,
                measurements.servingMemoryPerGpu(replica).isPresent() ? reason : reason + GUESSED);
        case Verdict.WaitUntil wait -> {
          ledger.enlist(generation, effect.since(), need, false);
          yield new Event.MustWait(generation, wait.recheckAt(), wait.reason());
        }
        case Verdict.Preempt preempt -> {
          ledger.enlist(generation, effect.since(), need, false);
          Optional<String> refused = ledger.nameVictims(generation, preempt.victims());
          preemptingFor = generation;
          yield new Event.MustWait(
              generation,
              now.plus(LEDGER_RETRY),
              refused.orElseGet(() ->
                  "asked "
                      + String.join(
                          ", ",
                          preempt.victims().stream()
                              .map(victim -> victim.replica().podName())
                              .sorted()
                              .toList())
                      + " to make room"));
        }
      };
    } catch (LedgerUnavailable e) {
      return new Event.MustWait(generation, clock.instant().plus(LEDGER_RETRY), message(e));
    }
  }

  /** Until it is told, or newer work with the ledger takes over: nobody will ask for it again. */
  private void enterAgain(Effect.EnterAgain again) throws InterruptedException {
    while (tellLedger(again.generation(), () -> enterWhereLost(again.generation(), held()))
        instanceof Event.ReleaseFailed) {
      pause.pause(LEDGER_RETRY);
    }
  }

  /** What its server holds of each device asleep. */
  private Map<GpuId, Bytes> held() {
    return cold ? Map.of() : residue;
  }

  private void enterWhereLost(long generation, Map<GpuId, Bytes> residual) {
    ledger.enterWhereLost(generation, fairness.popular(), fairness.minRuntime(), residual);
  }

  private Event claim(Effect.Acquire effect, Bytes need) {
    long generation = effect.generation();
    Instant now = clock.instant();
    return switch (ledger.claim(generation, effect.since(), need, now.plus(lockTime))) {
      case ClaimOutcome.Claimed() -> new Event.Claimed(generation, preemptingFor == generation);
      case ClaimOutcome.NotNow(String reason, _) ->
          new Event.MustWait(generation, now.plus(LEDGER_RETRY), reason);
      case ClaimOutcome.Fenced() ->
          new Event.MustWait(
              generation, now.plus(LEDGER_RETRY), "a newer sidecar of this replica is at work");
    };
  }

  /**
   * What was measured once, with room to grow where there can be some; before that the first guess
   * beside the sleepers. A server that was never measured may take all that was guessed, so it is
   * not let in beside a popular one that leaves less.
   */
  private Bytes need(List<DeviceRecord> devices) {
    return measurements
        .servingMemoryPerGpu(replica)
        .map(measured -> {
          Bytes most = beside(devices, Occupant::keptForGood);
          return MemoryRules.withGrowth(measured).min(most.max(measured));
        })
        .orElseGet(() -> guess(devices).min(beside(devices, Occupant::residual)));
  }

  private Bytes guess(List<DeviceRecord> devices) {
    return firstNeed.apply(
        devices.stream().map(DeviceRecord::capacity).reduce(Bytes::min).orElse(Bytes.ZERO));
  }

  /** Memory that is left on each of the devices by all others, of whom each keeps so much. */
  private Bytes beside(List<DeviceRecord> devices, Function<Occupant, Bytes> keeps) {
    Bytes least = Bytes.of(Long.MAX_VALUE);
    for (DeviceRecord device : devices) {
      Bytes kept = Bytes.ZERO;
      for (Occupant occupant : device.occupants()) {
        if (!occupant.replica().equals(replica)) {
          kept = kept.plus(keeps.apply(occupant));
        }
      }
      least = least.min(device.capacity().minusOrZero(kept));
    }
    return least;
  }

  private Event wake(Effect.Wake effect) throws InterruptedException {
    long generation = effect.generation();
    try {
      Instant begin = load(effect);
      Optional<String> unwell = runtime.probe();
      if (unwell.isPresent()) {
        return new Event.WakeFailed(generation, unwell.get());
      }
      Optional<String> answer = runtime.canary(left(effect.deadline()));
      if (!cold && fingerprint.isPresent() && !fingerprint.equals(answer)) {
        return new Event.WakeFailed(
            generation, "after the wake it answers otherwise than before the sleep");
      }
      Map<GpuId, Bytes> measured = runtime.footprint();
      if (measured.values().stream().allMatch(Bytes::isZero)) {
        return new Event.WakeFailed(generation, "it claims to be awake but holds no GPU memory");
      }
      Bytes largest = measured.values().stream().reduce(Bytes.ZERO, Bytes::max);
      learn(largest);
      if (!cold || !runtime.capabilities().staysAliveAsleep()) {
        costs.learnWake(Duration.between(begin, clock.instant()));
      }
      Optional<String> refused = confirm(effect, measured, MemoryRules.withGrowth(largest));
      if (refused.isPresent()) {
        return new Event.WakeFailed(generation, refused.get());
      }
      serving = measured;
      fingerprint = answer;
      measurements.recordFingerprint(replica, new Measurements.Fingerprint(answer));
      cold = false;
      return new Event.WakeVerified(generation);
    } catch (RuntimeFailure | LedgerUnavailable e) {
      return new Event.WakeFailed(generation, message(e));
    }
  }

  /**
   * Brings the weights; answers when that began, which may be late: others load, too. A start takes
   * long for other reasons than the host's link, so nobody should have to wait for it.
   */
  private Instant load(Effect.Wake effect) throws RuntimeFailure, InterruptedException {
    List<GpuId> devices = ledger.devices();
    HostLink way = cold ? HostLink.WIDE : link;
    try (HostLink.Pass _ = way.enter(wantedSince, devices.size())) {
      Instant begin = clock.instant();
      runtime.wake(devices, left(effect.deadline()));
      return begin;
    }
  }

  /** A wake costs much more than a moment's trouble with the ledger. */
  private Optional<String> confirm(Effect.Wake effect, Map<GpuId, Bytes> measured, Bytes wanted)
      throws InterruptedException {
    while (true) {
      try {
        return ledger.confirm(effect.generation(), measured, wanted, costs.together());
      } catch (LedgerUnavailable e) {
        if (!clock.instant().plus(LEDGER_RETRY).isBefore(effect.deadline())) {
          throw e;
        }
        pause.pause(LEDGER_RETRY);
      }
    }
  }

  private void learn(Bytes measured) {
    Optional<Bytes> known = measurements.servingMemoryPerGpu(replica);
    if (known.isEmpty() || measured.compareTo(known.get()) > 0) {
      measurements.recordServingMemoryPerGpu(replica, measured);
    }
  }

  private Event sleep(Effect.Sleep effect) throws InterruptedException {
    long generation = effect.generation();
    try {
      Instant begin = clock.instant();
      Map<GpuId, Bytes> before = runtime.footprint();
      runtime.sleep(left(effect.deadline()));
      Map<GpuId, Bytes> after = settled(effect.deadline(), before, residue);
      Optional<String> holds = MemoryRules.stillHolds(after, before, residue);
      if (holds.isPresent()) {
        return new Event.SleepFailed(generation, "it claims to sleep, but " + holds.get());
      }
      costs.learnSleep(Duration.between(begin, clock.instant()));
      residue = after;
      cold = !runtime.capabilities().staysAliveAsleep();
      return new Event.SleepVerified(generation, after, cold);
    } catch (RuntimeFailure e) {
      return new Event.SleepFailed(generation, message(e));
    }
  }

  private Event stop(Effect.Stop effect) throws InterruptedException {
    long generation = effect.generation();
    try {
      Map<GpuId, Bytes> left = end(effect.deadline());
      return isGone(left)
          ? new Event.StopVerified(generation, left)
          : new Event.StopFailed(generation, STILL_IN_USE);
    } catch (RuntimeFailure e) {
      return new Event.StopFailed(generation, message(e));
    }
  }

  private static boolean isGone(Map<GpuId, Bytes> footprint) {
    return MemoryRules.stillHolds(footprint, footprint, zero(footprint)).isEmpty();
  }

  private static Map<GpuId, Bytes> zero(Map<GpuId, Bytes> footprint) {
    var zero = new HashMap<GpuId, Bytes>();
    footprint.keySet().forEach(device -> zero.put(device, Bytes.ZERO));
    return zero;
  }

  private static Event tellLedger(long generation, Runnable message) {
    try {
      message.run();
      return new Event.Released(generation);
    } catch (LedgerUnavailable e) {
      return new Event.ReleaseFailed(generation, message(e));
    }
  }

  private void touch(Effect.Touch effect) throws InterruptedException {
    try {
      Map<GpuId, Bytes> measured = runtime.footprint();
      measured.values().stream().reduce(Bytes::max).ifPresent(this::learn);
      ledger.touch(effect.generation(), effect.lastActivity(), effect.idle(), measured);
    } catch (RuntimeFailure | LedgerUnavailable e) {
      // A missed report is no fault: while it matters to somebody the next one comes soon.
      return;
    }
  }

  /** Footprint of the server when it last served; empty before its first wake. */
  public Map<GpuId, Bytes> servingFootprint() {
    return serving;
  }

  private Duration left(Instant deadline) {
    Duration left = Duration.between(clock.instant(), deadline);
    return left.isNegative() ? Duration.ZERO : left;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static String message(Exception e) {
    return Optional.ofNullable(e.getMessage()).orElseGet(() -> e.getClass().getSimpleName());
  }
}
