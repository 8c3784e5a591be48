package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * The rules that hold whatever a policy says: never over capacity, a popular occupant is never a
 * victim, the minimum runtime is respected, one wake at a time, and an outdated generation changes
 * nothing.
 */
public final class LedgerRules {
  private LedgerRules() {}

  /** Answer to a change. */
  public sealed interface Ruling {
    /** Allowed; {@code next} equals the record when nothing changed. */
    record Allowed(DeviceRecord next) implements Ruling {}

    /** Refused, and why. */
    record Refused(Refusal refusal, String detail) implements Ruling {}
  }

  /** Why a change was refused. */
  public enum Refusal {
    /** A newer generation of the same replica has written already. */
    FENCED,
    /** Another replica holds the wake lock. */
    LOCKED,
    /** The lock that the change needs is not held. */
    NOT_LOCKED,
    /** The memory is not there. */
    NO_ROOM,
    /** The named victim is popular, too young, or not serving. */
    NOT_A_VICTIM,
    /** The occupant is not in a state that this change starts from. */
    WRONG_STATE
  }

  public static Ruling apply(DeviceRecord record, LedgerChange change, Instant now) {
    Optional<Occupant> mine = record.occupant(change.replica());
    if (mine.isPresent() && change.generation() < mine.get().generation()) {
      return refused(Refusal.FENCED, "generation " + mine.get().generation() + " has taken over");
    }
    return switch (change) {
      case LedgerChange.Enrol enrol -> enrol(record, enrol);
      case LedgerChange.Enlist enlist -> enlist(record, enlist);
      case LedgerChange.NameVictims named -> nameVictims(record, named, now);
      case LedgerChange.TakeLock take -> takeLock(record, take, now);
      case LedgerChange.Claim claim -> claim(record, claim, now);
      case LedgerChange.Confirm confirm -> confirm(record, confirm, now);
      case LedgerChange.Drain drain -> drain(record, drain);
      case LedgerChange.Release release -> release(record, release);
      case LedgerChange.Touch touch -> touch(record, touch);
      case LedgerChange.Forget forget ->
          allowed(leaveQueueAndLock(record, forget).without(forget.replica()));
    };
  }

  private static Ruling enrol(DeviceRecord record, LedgerChange.Enrol enrol) {
    Optional<Occupant> mine = record.occupant(enrol.replica());
    if (mine.isPresent() && mine.get().generation() == enrol.generation()) {
      return refused(Refusal.FENCED, "generation " + enrol.generation() + " is in use already");
    }
    Occupant sleeper =
        new Occupant(
            enrol.replica(),
            enrol.generation(),
            OccupantState.SLEEPING,
            Bytes.ZERO,
            enrol.residual(),
            enrol.residual(),
            enrol.popular(),
            enrol.minRuntime(),
            Instant.EPOCH,
            Instant.EPOCH,
            false,
            Duration.ZERO);
    return allowed(leaveQueueAndLock(record, enrol).with(sleeper));
  }

  private static Ruling enlist(DeviceRecord record, LedgerChange.Enlist enlist) {
    Optional<Occupant> mine = record.occupant(enlist.replica());
    if (mine.isEmpty() || isUp(mine.get())) {
      return refused(Refusal.WRONG_STATE, enlist.replica() + " has nothing to wait for");
    }
    Optional<Intent> present = record.intent(enlist.replica());
    var intent =
        new Intent(
            new Ticket(enlist.since(), enlist.replica()),
            enlist.generation(),
            enlist.need(),
            enlist.ready(),
            present.map(Intent::victims).orElse(Set.of()));
    boolean holdsLock = holdsLock(record, enlist);
    boolean claimed = mine.get().state() == OccupantState.WAKING;
    if (!holdsLock && !claimed && present.isPresent() && present.get().equals(intent)) {
      return allowed(record);
    }
    DeviceRecord next = holdsLock ? record.unlocked() : record;
    if (claimed) {
      next = next.with(mine.get().sleeping(enlist.generation(), mine.get().residual()));
    }
    return allowed(next.with(intent));
  }

  private static boolean isUp(Occupant occupant) {
    return switch (occupant.state()) {
      case SERVING, DRAINING, CONVERTING -> true;
      case SLEEPING, WAKING -> false;
    };
  }

  private static Ruling nameVictims(
      DeviceRecord record, LedgerChange.NameVictims named, Instant now) {
    Optional<Intent> intent = record.intent(named.replica());
    if (intent.isEmpty()) {
      return refused(Refusal.WRONG_STATE, named.replica() + " does not wait on " + record.id());
    }
    for (Victim victim : named.victims()) {
      Optional<Occupant> occupant = record.occupant(victim.replica());
      boolean mayLeave =
          occupant.isPresent()
              && occupant.get().state() == OccupantState.SERVING
              && occupant.get().generation() == victim.generation()
              && !occupant.get().popular()
              && !now.isBefore(occupant.get().eligibleAt())
              && !victim.replica().equals(named.replica());
      if (!mayLeave && !intent.get().victims().contains(victim)) {
        return refused(Refusal.NOT_A_VICTIM, victim.replica() + " may not be put to sleep");
      }
    }
    if (intent.get().victims().equals(named.victims())) {
      return allowed(record);
    }
    return allowed(
        record.with(
            new Intent(
                intent.get().ticket(),
                named.generation(),
                intent.get().need(),
                false,
                named.victims())));
  }

  private static Ruling takeLock(DeviceRecord record, LedgerChange.TakeLock take, Instant now) {
    Optional<Occupant> mine = record.occupant(take.replica());
    if (mine.isEmpty() || isUp(mine.get())) {
      return refused(Refusal.WRONG_STATE, take.replica() + " does not sleep on " + record.id());
    }
    Optional<WakeLock> lock = record.lock();
    if (lock.isPresent()
        && lock.get().isHeldAt(now)
        && !lock.get().holder().equals(take.replica())) {
      return refused(Refusal.LOCKED, lock.get().holder() + " is waking on " + record.id());
    }
    return allowed(record.with(new WakeLock(take.replica(), take.generation(), take.expiresAt())));
  }

  private static Ruling claim(DeviceRecord record, LedgerChange.Claim claim, Instant now) {
    Optional<WakeLock> lock = record.lock();
    if (lock.isEmpty()
        || !lock.get().belongsTo(claim.replica(), claim.generation())
        || !lock.get().isHeldAt(now)) {
      return refused(Refusal.NOT_LOCKED, claim.replica() + " holds no wake lock on " + record.id());
    }
    Optional<Occupant> mine = record.occupant(claim.replica());
    if (mine.isEmpty()) {
      return refused(Refusal.WRONG_STATE, claim.replica() + " is not enrolled on " + record.id());
    }
    if (mine.get().state() == OccupantState.WAKING
        && mine.get().generation() == claim.generation()) {
      return allowed(record);
    }
    if (mine.get().state() != OccupantState.SLEEPING) {
      return refused(Refusal.WRONG_STATE, claim.replica() + " is " + mine.get().state());
    }
    if (!claim.need().fitsIn(record.availableTo(claim.replica()))) {
      return refused(
          Refusal.NO_ROOM,
          claim.need() + " wanted, " + record.availableTo(claim.replica()) + " free");
    }
    Occupant sleeper = mine.get();
    Occupant waking =
        new Occupant(
            sleeper.replica(),
            claim.generation(),
            OccupantState.WAKING,
            claim.need(),
            sleeper.residual(),
            sleeper.measured(),
            sleeper.popular(),
            sleeper.minRuntime(),
            sleeper.becameServingAt(),
            sleeper.lastAccessed(),
            false,
            sleeper.switchCost());
    return allowed(record.with(waking).withoutIntent(claim.replica()));
  }

  private static Ruling confirm(DeviceRecord record, LedgerChange.Confirm confirm, Instant now) {
    Optional<Occupant> mine = record.occupant(confirm.replica());
    if (mine.isPresent()
        && mine.get().state() == OccupantState.SERVING
        && mine.get().generation() == confirm.generation()) {
      return allowed(record);
    }
    if (mine.isEmpty() || mine.get().state() != OccupantState.WAKING) {
      return refused(Refusal.WRONG_STATE, confirm.replica() + " is not waking on " + record.id());
    }
    if (!confirm.measured().fitsIn(record.availableTo(confirm.replica()))) {
      return refused(
          Refusal.NO_ROOM,
          confirm.replica()
              + " uses "
              + confirm.measured()
              + " awake, more than the "
              + record.availableTo(confirm.replica())
              + " it may have on "
              + record.id());
    }
    Occupant serving =
        mine.get()
            .serving(
                confirm.generation(),
                confirm.wanted().min(record.availableTo(confirm.replica())).max(confirm.measured()),
                confirm.measured(),
                confirm.switchCost(),
                now);
    DeviceRecord next = record.with(serving);
    boolean holdsLock =
        record.lock().isPresent()
            && record.lock().get().belongsTo(confirm.replica(), confirm.generation());
    return allowed(holdsLock ? next.unlocked() : next);
  }

  private static Ruling drain(DeviceRecord record, LedgerChange.Drain drain) {
    Optional<Occupant> mine = record.occupant(drain.replica());
    if (mine.isEmpty()
        || mine.get().state() == OccupantState.SLEEPING
        || mine.get().state() == OccupantState.CONVERTING) {
      return refused(Refusal.WRONG_STATE, drain.replica() + " holds nothing on " + record.id());
    }
    return allowed(record.with(mine.get().with(OccupantState.DRAINING, drain.generation())));
  }

  private static Ruling release(DeviceRecord record, LedgerChange.Release release) {
    DeviceRecord left = leaveQueueAndLock(record, release);
    Optional<Occupant> mine = record.occupant(release.replica());
    if (mine.isEmpty()) {
      return allowed(left);
    }
    return allowed(left.with(mine.get().sleeping(release.generation(), release.residual())));
  }

  private static Ruling touch(DeviceRecord record, LedgerChange.Touch touch) {
    Optional<Occupant> mine = record.occupant(touch.replica());
    if (mine.isEmpty() || mine.get().state() == OccupantState.SLEEPING) {
      return refused(Refusal.WRONG_STATE, touch.replica() + " holds nothing on " + record.id());
    }
    Occupant touched = mine.get().touched(touch.accessed(), touch.idle(), touch.measured());
    return allowed(touched.equals(mine.get()) ? record : record.with(touched));
  }

  private static DeviceRecord leaveQueueAndLock(DeviceRecord record, LedgerChange change) {
    boolean place =
        record
            .intent(change.replica())
            .map(intent -> intent.generation() <= change.generation())
            .orElse(false);
    DeviceRecord left = place ? record.withoutIntent(change.replica()) : record;
    return holdsLock(record, change) ? left.unlocked() : left;
  }

  private static boolean holdsLock(DeviceRecord record, LedgerChange change) {
    return record
        .lock()
        .map(held ->
            held.holder().equals(change.replica()) && held.generation() <= change.generation())
        .orElse(false);
  }

  private static Ruling allowed(DeviceRecord next) {
    return new Ruling.Allowed(next);
  }

  private static Ruling refused(Refusal refusal, String detail) {
    return new Ruling.Refused(refusal, detail);
  }
}
