package ai.greenthread.scheduling.lifecycle;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.State.Booting;
import ai.greenthread.scheduling.lifecycle.State.Cause;
import ai.greenthread.scheduling.lifecycle.State.Deactivating;
import ai.greenthread.scheduling.lifecycle.State.Failed;
import ai.greenthread.scheduling.lifecycle.State.Pending;
import ai.greenthread.scheduling.lifecycle.State.Phase;
import ai.greenthread.scheduling.lifecycle.State.Purpose;
import ai.greenthread.scheduling.lifecycle.State.Releasing;
import ai.greenthread.scheduling.lifecycle.State.Serving;
import ai.greenthread.scheduling.lifecycle.State.Sleeping;
import ai.greenthread.scheduling.lifecycle.State.Stopped;
import ai.greenthread.scheduling.lifecycle.State.Waking;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The sidecar's state machine: a pure function of state, event, load and time.
 *
 * <pre>
 * Booting      → Sleeping      what was left behind has ended; nothing to measure
 *              → Pending       ... a first wake is wanted
 *              → Deactivating  ... a shutdown came before that
 * Sleeping     → Pending       a request is parked, or an operator wants it awake
 *              → Deactivating  shutdown, or the sleeping server died (its residue is given back)
 * Pending      → Waking        memory and locks are held
 *              → Releasing     nobody waits any more, or it can never fit
 *              → Deactivating  ... and its server does not run, or may have died meanwhile; its
 *                              server cannot start; or shutdown
 * Waking       → Serving       verified by memory and canary
 *              → Deactivating  the wake failed or took too long, the server died, a first wake is
 *                              done and nobody waits, or shutdown
 * Serving      → Deactivating  idle, preempted, ordered, lost by the ledger, the server died, or
 *                              shutdown
 * Deactivating → Releasing     memory is proved to be back
 * Releasing    → Sleeping      the ledger knows
 *              → Pending       ... and requests are parked
 *              → Failed        ... after a failed wake
 *              → Stopped       ... after a shutdown
 *              → Deactivating  shutdown, and the server still runs; or that died meanwhile
 * Failed       → Pending       its time is up and requests are parked, or an operator's order
 *              → Deactivating  shutdown
 * </pre>
 *
 * A phase that gets no answer by its deadline counts as failed: the server is then ended, because
 * the memory of a server that does not answer cannot be reasoned about. Memory stays claimed until
 * it is measured to be back.
 */
public final class Lifecycle implements Machine {
  private final LifecycleSettings settings;

  public Lifecycle(LifecycleSettings settings) {
    this.settings = settings;
  }

  /** Where every replica begins. */
  public static State initial(Instant now) {
    return new Booting(0, now, now, "", false);
  }

  @Override
  public Step step(State state, Event event, Load load, Instant now) {
    if (event instanceof Event.Reply reply && reply.generation() != state.generation()) {
      return Step.stay(state);
    }
    return switch (state) {
      case Booting booting -> onBooting(booting, event, load, now);
      case Sleeping sleeping -> onSleeping(sleeping, event, load, now);
      case Pending pending -> onPending(pending, event, load, now);
      case Waking waking -> onWaking(waking, event, load, now);
      case Serving serving -> onServing(serving, event, load, now);
      case Deactivating leaving -> onDeactivating(leaving, event, load, now);
      case Releasing releasing -> onReleasing(releasing, event, load, now);
      case Failed failed -> onFailed(failed, event, load, now);
      case Stopped stopped -> onStopped(stopped, load);
    };
  }

  @Override
  public Optional<Instant> nextTick(State state, Load load) {
    return switch (state) {
      case Booting booting -> Optional.of(booting.retryAt());
      case Sleeping _ -> Optional.empty();
      case Pending pending ->
          Optional.of(
              pending.answered()
                  ? pending.askAgainAt()
                  : pending.asked().plus(LifecycleSettings.LEDGER_TIMEOUT));
      case Waking waking -> Optional.of(waking.deadline());
      case Serving serving -> nextServingTick(serving, load);
      case Deactivating leaving -> Optional.of(leaving.deadline());
      case Releasing releasing -> Optional.of(releasing.deadline());
      case Failed failed -> load.parked() > 0 ? Optional.of(failed.retryAt()) : Optional.empty();
      case Stopped _ -> Optional.empty();
    };
  }

  /**
   * Requests that pass the gate tell nobody, so the use of a server is looked at again and again
   * while it serves: the ledger has to know who was used last.
   */
  private Optional<Instant> nextServingTick(Serving serving, Load load) {
    Instant touch = touchAt(serving, load);
    if (settings.fairness().popular() || load.inFlight() > 0 || load.parked() > 0) {
      return Optional.of(touch);
    }
    Instant idle = idleAt(serving, load);
    return Optional.of(touch.isBefore(idle) ? touch : idle);
  }

  private Step onBooting(Booting booting, Event event, Load load, Instant now) {
    return switch (event) {
      case Event.Start() when booting.generation() == 0 -> reconcile(booting, now);
      case Event.Tick() when !now.isBefore(booting.retryAt()) -> reconcile(booting, now);
      case Event.Reconciled reply when booting.shutdown() ->
          stop(reply.nextGeneration(), Cause.SHUTDOWN, "", 0, now);
      case Event.Reconciled reply when !reply.bootWake() ->
          demandOr(new Sleeping(reply.nextGeneration(), now, true), load, now);
      case Event.Reconciled reply -> pend(reply.nextGeneration(), now, Purpose.BOOT, true, 0, now);
      case Event.ReconcileFailed reply ->
          Step.to(
              new Booting(
                  booting.generation(),
                  booting.since(),
                  now.plus(LifecycleSettings.FIRST_BACKOFF),
                  reply.reason(),
                  booting.shutdown()));
      case Event.ShutdownOrdered() ->
          Step.to(
              new Booting(
                  booting.generation(), booting.since(), booting.retryAt(), booting.reason(), true),
              refuseForShutdown());
      case Event.Demand() when booting.shutdown() -> Step.to(booting, refuseForShutdown());
      default -> Step.stay(booting);
    };
  }

  /** A generation for each try: the answer to one given up must not start what a later one ends. */
  private Step reconcile(Booting booting, Instant now) {
    long attempt = booting.generation() + 1;
    Instant deadline = now.plus(settings.reconcileTimeout());
    return Step.to(
        new Booting(
            attempt,
            booting.since(),
            deadline.plus(LifecycleSettings.LEDGER_TIMEOUT),
            booting.reason(),
            booting.shutdown()),
        new Effect.Reconcile(attempt, deadline));
  }

  private Step onSleeping(Sleeping sleeping, Event event, Load load, Instant now) {
    return switch (event) {
      case Event.WakeOrdered() ->
          pend(sleeping.generation() + 1, now, Purpose.MANUAL, sleeping.cold(), 0, now);
      case Event.EntryLost() -> Step.to(sleeping, new Effect.EnterAgain(sleeping.generation()));
      case Event.RuntimeDied(String reason) ->
          stop(sleeping.generation(), Cause.FAILURE, reason, 0, now);
      case Event.ShutdownOrdered() -> stop(sleeping.generation(), Cause.SHUTDOWN, "", 0, now);
      default -> demandOr(sleeping, load, now);
    };
  }

  /** Requests that were parked while nobody listened for them still count. */
  private Step demandOr(Sleeping sleeping, Load load, Instant now) {
    return load.parked() > 0
        ? pend(
            sleeping.generation() + 1,
            load.wantedSince(now),
            Purpose.DEMAND,
            sleeping.cold(),
            0,
            now)
        : Step.to(sleeping);
  }

  private Step onPending(Pending pending, Event event, Load load, Instant now) {
    return switch (event) {
      case Event.Claimed _ -> wake(pending, now);
      case Event.MustWait reply when pending.dirty() -> ask(pending, reply.reason(), now);
      case Event.MustWait reply ->
          Step.to(answered(pending, later(reply.until(), now), reply.reason()));
      case Event.NeverFits reply -> abandon(pending, reply.reason(), now);
      case Event.WakeFailed reply ->
          stop(pending.generation(), Cause.FAILURE, reply.reason(), pending.failures() + 1, now);
      case Event.LedgerMoved() when pending.answered() -> ask(pending, pending.reason(), now);
      case Event.LedgerMoved() -> Step.to(dirty(pending));
      case Event.Tick() when isDue(pending, now) -> ask(pending, pending.reason(), now);
      case Event.Departure() when pending.purpose() == Purpose.DEMAND && load.parked() == 0 ->
          abandon(pending, "", now);
      case Event.SleepOrdered() when load.parked() == 0 -> abandon(pending, "", now);
      case Event.WakeOrdered() -> Step.to(with(pending, Purpose.MANUAL, pending.cold()));
      case Event.RuntimeDied _ -> Step.to(with(pending, pending.purpose(), true));
      case Event.ShutdownOrdered() ->
          stop(pending.generation(), Cause.SHUTDOWN, "", pending.failures(), now);
      default -> Step.stay(pending);
    };
  }

  /** Guards against a policy that would have it asked again without end. */
  private static Instant later(Instant until, Instant now) {
    Instant soonest = now.plusMillis(1);
    return until.isAfter(soonest) ? until : soonest;
  }

  private boolean isDue(Pending pending, Instant now) {
    return pending.answered()
        ? !now.isBefore(pending.askAgainAt())
        : !now.isBefore(pending.asked().plus(LifecycleSettings.LEDGER_TIMEOUT));
  }

  private Step ask(Pending pending, String reason, Instant now) {
    return Step.to(
        new Pending(
            pending.generation(),
            pending.since(),
            pending.purpose(),
            pending.cold(),
            now,
            false,
            false,
            now,
            reason,
            pending.failures()),
        new Effect.Acquire(pending.generation(), pending.since()));
  }

  private static Pending answered(Pending pending, Instant askAgainAt, String reason) {
    return new Pending(
        pending.generation(),
        pending.since(),
        pending.purpose(),
        pending.cold(),
        pending.asked(),
        true,
        false,
        askAgainAt,
        reason,
        pending.failures());
  }

  private static Pending with(Pending pending, Purpose purpose, boolean cold) {
    return new Pending(
        pending.generation(),
        pending.since(),
        purpose,
        cold,
        pending.asked(),
        pending.answered(),
        pending.dirty(),
        pending.askAgainAt(),
        pending.reason(),
        pending.failures());
  }

  private static Pending dirty(Pending pending) {
    return new Pending(
        pending.generation(),
        pending.since(),
        pending.purpose(),
        pending.cold(),
        pending.asked(),
        pending.answered(),
        true,
        pending.askAgainAt(),
        pending.reason(),
        pending.failures());
  }

  /**
   * @param since its place in line
   */
  private Step pend(
      long generation, Instant since, Purpose purpose, boolean cold, int failures, Instant now) {
    return Step.to(
        new Pending(generation, since, purpose, cold, now, false, false, now, "", failures),
        new Effect.Acquire(generation, since));
  }

  private Step wake(Pending pending, Instant now) {
    Instant deadline = now.plus(wakeLimit(pending.cold()));
    return Step.to(
        new Waking(pending.generation(), now, pending.purpose(), deadline, pending.failures()),
        new Effect.Wake(pending.generation(), deadline));
  }

  private Duration wakeLimit(boolean cold) {
    return cold ? settings.bootTimeout() : settings.wakeTimeout();
  }

  /** Gives up waiting; the higher generation fences off a claim that may still be under way. */
  private Step abandon(Pending pending, String never, Instant now) {
    var effects = new ArrayList<Effect>();
    if (!never.isEmpty()) {
      effects.add(
          new Effect.RefuseParked(new Refusal(Refusal.Cause.NEVER_FITS, never, Duration.ZERO)));
    }
    if (pending.cold()) {
      // Its server may have died meanwhile: what it still holds has to be looked at.
      Step stop = stop(pending.generation(), Cause.ABANDONED, never, pending.failures(), now);
      effects.addAll(stop.effects());
      return new Step(stop.next(), effects);
    }
    long generation = pending.generation() + 1;
    var withdraw = new Effect.Withdraw(generation);
    effects.add(withdraw);
    return new Step(
        new Releasing(
            generation,
            now,
            Cause.ABANDONED,
            false,
            withdraw,
            now.plus(LifecycleSettings.LEDGER_TIMEOUT),
            never,
            pending.failures()),
        effects);
  }

  private Step onWaking(Waking waking, Event event, Load load, Instant now) {
    return switch (event) {
      case Event.WakeVerified _ when waking.purpose() == Purpose.BOOT && load.parked() == 0 ->
          sleep(
              new Deactivating(
                  waking.generation() + 1, now, Phase.DRAINING, Cause.BOOTED, now, "", 0),
              now,
              true);
      case Event.WakeVerified _ ->
          Step.to(
              new Serving(waking.generation(), now, now, false),
              new Effect.OpenGate(waking.generation()));
      case Event.WakeOrdered() ->
          Step.to(
              new Waking(
                  waking.generation(),
                  waking.since(),
                  Purpose.MANUAL,
                  waking.deadline(),
                  waking.failures()));
      case Event.WakeFailed reply -> wakeFailed(waking, reply.reason(), now);
      case Event.RuntimeDied(String reason) -> wakeFailed(waking, reason, now);
      case Event.Tick() when !now.isBefore(waking.deadline()) ->
          wakeFailed(
              waking,
              "not awake after " + Duration.between(waking.since(), now).toSeconds() + " s",
              now);
      case Event.ShutdownOrdered() ->
          stop(waking.generation(), Cause.SHUTDOWN, "", waking.failures(), now);
      default -> Step.stay(waking);
    };
  }

  private Step wakeFailed(Waking waking, String reason, Instant now) {
    return stop(waking.generation(), Cause.FAILURE, reason, waking.failures() + 1, now);
  }

  private Step onServing(Serving serving, Event event, Load load, Instant now) {
    return switch (event) {
      case Event.VictimNamed named when mayBeVictim(serving, named) ->
          drain(serving, Cause.PREEMPTED, now);
      case Event.EntryLost() -> drain(serving, Cause.UNLISTED, now);
      case Event.SleepOrdered() -> drain(serving, Cause.MANUAL, now);
      case Event.ShutdownOrdered() -> drain(serving, Cause.SHUTDOWN, now);
      case Event.RuntimeDied(String reason) -> crashed(serving.generation(), reason, now);
      case Event.Tick() when isIdle(serving, load, now) -> drain(serving, Cause.IDLE, now);
      case Event.Tick() when !now.isBefore(touchAt(serving, load)) -> touch(serving, load, now);
      default -> owesWord(serving, load) ? touch(serving, load, now) : Step.stay(serving);
    };
  }

  /** Somebody waits for the memory and does not know yet that nobody uses it. */
  private static boolean owesWord(Serving serving, Load load) {
    return load.awaited() && load.inFlight() == 0 && !serving.toldIdle();
  }

  /** The minimum runtime is the ledger's to judge: it knows when the wake was confirmed. */
  private boolean mayBeVictim(Serving serving, Event.VictimNamed named) {
    return named.servingGeneration() == serving.generation() && !settings.fairness().popular();
  }

  private boolean isIdle(Serving serving, Load load, Instant now) {
    return !settings.fairness().popular()
        && load.inFlight() == 0
        && load.parked() == 0
        && !now.isBefore(idleAt(serving, load));
  }

  private Instant idleAt(Serving serving, Load load) {
    Instant last =
        load.lastActivity().isAfter(serving.since()) ? load.lastActivity() : serving.since();
    Instant idle = last.plus(settings.sleep().idleTimeout());
    Instant granted = serving.since().plus(settings.fairness().minRuntime());
    return idle.isAfter(granted) ? idle : granted;
  }

  private Instant touchAt(Serving serving, Load load) {
    Duration period = settings.touchPeriod();
    Duration often = LifecycleSettings.AWAITED_PERIOD;
    boolean soon = load.awaited() && serving.toldIdle() && often.compareTo(period) < 0;
    return serving.touchAt().plus(soon ? often : period);
  }

  /** To who waits, idleness is said again and again, as what was said may have been lost. */
  private static Step touch(Serving serving, Load load, Instant now) {
    boolean idle = load.inFlight() == 0;
    var looked = new Serving(serving.generation(), serving.since(), now, idle);
    boolean used = !idle || load.lastActivity().isAfter(serving.touchAt());
    return used || load.awaited() || idle != serving.toldIdle()
        ? Step.to(looked, new Effect.Touch(serving.generation(), load.lastActivity(), idle))
        : Step.stay(looked);
  }

  private Step drain(Serving serving, Cause cause, Instant now) {
    long generation = serving.generation() + 1;
    return Step.to(
        new Deactivating(
            generation,
            now,
            Phase.DRAINING,
            cause,
            now.plus(settings.sleep().drainTimeout()),
            "",
            0),
        new Effect.MarkDraining(generation),
        new Effect.CloseGate());
  }

  /** Streams of a dead server are dead too; say so at once rather than by a timeout. */
  private Step crashed(long generation, String reason, Instant now) {
    Step stop = stop(generation, Cause.FAILURE, reason, 0, now);
    var effects = new ArrayList<Effect>();
    effects.add(new Effect.CloseGate());
    effects.add(new Effect.CutInFlight(reason));
    effects.addAll(stop.effects());
    return new Step(stop.next(), effects);
  }

  private Step onDeactivating(Deactivating leaving, Event event, Load load, Instant now) {
    if (event instanceof Event.ShutdownOrdered) {
      return shutDownWhileLeaving(leaving);
    }
    if (event instanceof Event.Demand && leaving.cause() == Cause.SHUTDOWN) {
      return Step.to(leaving, refuseForShutdown());
    }
    return switch (leaving.phase()) {
      case DRAINING, CUTTING -> onDraining(leaving, event, load, now);
      case SLEEPING -> onFallingAsleep(leaving, event, now);
      case STOPPING -> onStopping(leaving, event, now);
    };
  }

  private static Step shutDownWhileLeaving(Deactivating leaving) {
    return Step.to(
        new Deactivating(
            leaving.generation(),
            leaving.since(),
            leaving.phase(),
            Cause.SHUTDOWN,
            leaving.deadline(),
            leaving.problem(),
            leaving.failures()),
        refuseForShutdown());
  }

  private Step onDraining(Deactivating leaving, Event event, Load load, Instant now) {
    boolean late = event instanceof Event.Tick && !now.isBefore(leaving.deadline());
    if (event instanceof Event.RuntimeDied(String reason)) {
      return crashed(leaving.generation(), reason, now, leaving.cause());
    }
    boolean empty = event instanceof Event.Drained && load.inFlight() == 0;
    if (empty || (late && leaving.phase() == Phase.CUTTING)) {
      return sleep(leaving, now, false);
    }
    if (late) {
      return Step.to(
          in(leaving, Phase.CUTTING, now.plus(LifecycleSettings.CUT_GRACE)),
          new Effect.CutInFlight(
              "the model was put to sleep after its drain timeout of "
                  + settings.sleep().drainTimeout().toSeconds()
                  + " s"));
    }
    return Step.stay(leaving);
  }

  private Step crashed(long generation, String reason, Instant now, Cause cause) {
    Step step = crashed(generation, reason, now);
    return cause == Cause.SHUTDOWN && step.next() instanceof Deactivating stopping
        ? new Step(
            new Deactivating(
                stopping.generation(),
                stopping.since(),
                stopping.phase(),
                Cause.SHUTDOWN,
                stopping.deadline(),
                reason,
                0),
            step.effects())
        : step;
  }

  /** Nobody is in any more: the memory may go. For good, the server goes with it. */
  private Step sleep(Deactivating leaving, Instant now, boolean markDraining) {
    if (leaving.cause() == Cause.SHUTDOWN) {
      return stop(leaving.generation(), Cause.SHUTDOWN, "", leaving.failures(), now);
    }
    Instant deadline = now.plus(settings.sleepTimeout());
    var effects = new ArrayList<Effect>();
    if (markDraining) {
      effects.add(new Effect.MarkDraining(leaving.generation()));
    }
    effects.add(new Effect.Sleep(leaving.generation(), deadline));
    return new Step(in(leaving, Phase.SLEEPING, deadline), effects);
  }

  private Step onFallingAsleep(Deactivating leaving, Event event, Instant now) {
    return switch (event) {
      case Event.SleepVerified reply when leaving.cause() != Cause.SHUTDOWN ->
          release(leaving, reply.serverEnded(), reply.residual(), now);
      case Event.SleepVerified _ ->
          stop(leaving.generation(), Cause.SHUTDOWN, "", leaving.failures(), now);
      case Event.SleepFailed reply -> sleepFailed(leaving, reply.reason(), now);
      case Event.RuntimeDied(String reason) -> sleepFailed(leaving, reason, now);
      case Event.Tick() when !now.isBefore(leaving.deadline()) ->
          sleepFailed(
              leaving, "not asleep after " + settings.sleepTimeout().toSeconds() + " s", now);
      default -> Step.stay(leaving);
    };
  }

  /** A failed sleep is mended by ending the server; it counts against nobody's wakes. */
  private Step sleepFailed(Deactivating leaving, String reason, Instant now) {
    Cause cause = leaving.cause() == Cause.SHUTDOWN ? Cause.SHUTDOWN : Cause.FAILURE;
    return stop(leaving.generation(), cause, reason, leaving.failures(), now);
  }

  private Step onStopping(Deactivating leaving, Event event, Instant now) {
    return switch (event) {
      case Event.StopVerified reply -> release(leaving, true, reply.residual(), now);
      case Event.StopFailed reply ->
          Step.to(
              new Deactivating(
                  leaving.generation(),
                  leaving.since(),
                  Phase.STOPPING,
                  leaving.cause(),
                  now.plus(LifecycleSettings.FIRST_BACKOFF),
                  reply.reason(),
                  leaving.failures()));
      case Event.Tick() when !now.isBefore(leaving.deadline()) ->
          stop(leaving.generation(), leaving.cause(), leaving.problem(), leaving.failures(), now);
      default -> Step.stay(leaving);
    };
  }

  private static Step release(
      Deactivating leaving, boolean serverEnded, Map<GpuId, Bytes> residual, Instant now) {
    var release = new Effect.Release(leaving.generation(), residual);
    return Step.to(
        new Releasing(
            leaving.generation(),
            leaving.since(),
            leaving.cause(),
            serverEnded,
            release,
            now.plus(LifecycleSettings.LEDGER_TIMEOUT),
            leaving.problem(),
            leaving.failures()),
        release);
  }

  private Step onReleasing(Releasing releasing, Event event, Load load, Instant now) {
    return switch (event) {
      case Event.Released _ when releasing.cause() == Cause.SHUTDOWN ->
          releasing.serverEnded()
              ? Step.to(new Stopped(releasing.generation(), now), refuseForShutdown())
              : stop(releasing.generation(), Cause.SHUTDOWN, "", releasing.failures(), now);
      case Event.Released _ when releasing.cause() == Cause.FAILURE && releasing.failures() > 0 ->
          fail(releasing, now);
      case Event.Released _ ->
          demandOr(new Sleeping(releasing.generation(), now, releasing.serverEnded()), load, now);
      case Event.ReleaseFailed _ ->
          Step.to(releaseAgain(releasing, releasing.cause(), LifecycleSettings.FIRST_BACKOFF, now));
      case Event.Tick() when !now.isBefore(releasing.deadline()) ->
          Step.to(
              releaseAgain(releasing, releasing.cause(), LifecycleSettings.LEDGER_TIMEOUT, now),
              releasing.release());
      case Event.ShutdownOrdered() ->
          Step.to(
              releaseAgain(
                  releasing, Cause.SHUTDOWN, Duration.between(now, releasing.deadline()), now),
              refuseForShutdown());
      case Event.Demand() when releasing.cause() == Cause.SHUTDOWN ->
          Step.to(releasing, refuseForShutdown());
      case Event.RuntimeDied(String reason) when !releasing.serverEnded() ->
          stop(
              releasing.generation(),
              releasing.cause() == Cause.SHUTDOWN ? Cause.SHUTDOWN : Cause.FAILURE,
              reason,
              0,
              now);
      default -> Step.stay(releasing);
    };
  }

  private static Releasing releaseAgain(
      Releasing releasing, Cause cause, Duration after, Instant now) {
    return new Releasing(
        releasing.generation(),
        releasing.since(),
        cause,
        releasing.serverEnded(),
        releasing.release(),
        now.plus(after),
        releasing.problem(),
        releasing.failures());
  }

  private static Step fail(Releasing releasing, Instant now) {
    Duration backoff = LifecycleSettings.backoff(releasing.failures());
    var failed =
        new Failed(
            releasing.generation(),
            now,
            now.plus(backoff),
            releasing.problem(),
            releasing.failures());
    List<Effect> effects =
        releasing.failures() < LifecycleSettings.PATIENCE
            ? List.of()
            : List.of(
                new Effect.RefuseParked(
                    new Refusal(
                        Refusal.Cause.WAKE_FAILED,
                        "the model could not be woken: " + releasing.problem(),
                        backoff)));
    return new Step(failed, effects);
  }

  private Step onFailed(Failed failed, Event event, Load load, Instant now) {
    return switch (event) {
      case Event.WakeOrdered() ->
          pend(failed.generation() + 1, now, Purpose.MANUAL, true, failed.failures(), now);
      case Event.ShutdownOrdered() -> stop(failed.generation(), Cause.SHUTDOWN, "", 0, now);
      default ->
          load.parked() > 0 && !now.isBefore(failed.retryAt())
              ? pend(
                  failed.generation() + 1,
                  load.wantedSince(now),
                  Purpose.DEMAND,
                  true,
                  failed.failures(),
                  now)
              : Step.stay(failed);
    };
  }

  private static Step onStopped(Stopped stopped, Load load) {
    return load.parked() > 0 ? Step.to(stopped, refuseForShutdown()) : Step.stay(stopped);
  }

  private Step stop(long generation, Cause cause, String problem, int failures, Instant now) {
    Instant deadline = now.plus(settings.stopTimeout());
    var stopping =
        new Deactivating(generation + 1, now, Phase.STOPPING, cause, deadline, problem, failures);
    var stop = new Effect.Stop(generation + 1, deadline);
    return cause == Cause.SHUTDOWN
        ? Step.to(stopping, refuseForShutdown(), stop)
        : Step.to(stopping, stop);
  }

  private static Effect refuseForShutdown() {
    return new Effect.RefuseParked(
        new Refusal(
            Refusal.Cause.SHUTTING_DOWN,
            "the engine is shutting down; send the request again later",
            Duration.ofSeconds(5)));
  }

  private static Deactivating in(Deactivating leaving, Phase phase, Instant deadline) {
    return new Deactivating(
        leaving.generation(),
        leaving.since(),
        phase,
        leaving.cause(),
        deadline,
        leaving.problem(),
        leaving.failures());
  }
}
