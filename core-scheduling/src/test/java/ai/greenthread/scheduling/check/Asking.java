package ai.greenthread.scheduling.check;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.check.Setup.Member;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.policy.Verdict;
import ai.greenthread.scheduling.policy.Waiter;
import ai.greenthread.scheduling.policy.WakePolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a sidecar asks of the ledger, as {@code Procedures} does it, with the product's ledger and
 * policy, in one go; or cut short after any of its writes.
 */
final class Asking {
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** Locks outlast every history: their expiry is not part of this check. */
  static final Duration LOCK_TIME = Duration.ofDays(1);

  private final WakePolicy policy;

  Asking(WakePolicy policy) {
    this.policy = policy;
  }

  /**
   * What came of it.
   *
   * @param failed the ledger failed on the way
   */
  record Outcome(List<DeviceRecord> records, Event.Reply reply, boolean failed) {}

  /** The one good outcome, and one for each write that may be the last to arrive. */
  List<Outcome> ask(Setup setup, Sys sys, int i, Effect.Remote question) {
    var outcomes = new ArrayList<Outcome>();
    var book = new Notebook(sys.records(), -1);
    Event.Reply reply = ask(setup, sys, i, question, book);
    outcomes.add(new Outcome(book.records(), reply, false));
    boolean mayFail = sys.faults() > 0 && setup.may(Setup.Fault.LEDGER);
    for (int write = 0; mayFail && write < book.writes(); write++) {
      var torn = new Notebook(sys.records(), write);
      Event.Reply failed = ask(setup, sys, i, question, torn);
      outcomes.add(new Outcome(torn.records(), failed, true));
    }
    return outcomes;
  }

  private Event.Reply ask(Setup setup, Sys sys, int i, Effect.Remote question, Notebook book) {
    Ledger ledger = ledger(setup, sys, i, book);
    long generation = question.generation();
    return switch (question) {
      case Effect.Acquire acquire -> acquire(setup, sys, i, acquire, ledger);
      case Effect.Release release ->
          told(generation, () -> ledger.release(generation, release.residual()));
      case Effect.Withdraw _ -> told(generation, () -> ledger.withdraw(generation));
      case Effect.Reconcile _,
          Effect.Wake _,
          Effect.MarkDraining _,
          Effect.EnterAgain _,
          Effect.Sleep _,
          Effect.Stop _,
          Effect.Touch _ ->
          throw new IllegalStateException("no question: " + question);
    };
  }

  private static Event.Reply told(long generation, Runnable message) {
    try {
      message.run();
      return new Event.Released(generation);
    } catch (LedgerUnavailable _) {
      return new Event.ReleaseFailed(generation, "");
    }
  }

  private Event.Reply acquire(Setup setup, Sys sys, int i, Effect.Acquire question, Ledger ledger) {
    Member member = setup.members().get(i);
    long generation = question.generation();
    Instant later = sys.now().plus(RETRY);
    try {
      List<DeviceRecord> devices = ledger.read();
      if (ledger.holds(devices, generation)) {
        return new Event.Claimed(generation, false);
      }
      var waiter =
          new Waiter(
              new Ticket(question.since(), member.id()),
              member.need(),
              member.settings().fairness().maxWaitTime());
      return switch (policy.decide(devices, waiter, sys.now())) {
        case Verdict.WakeNow() ->
            switch (ledger.claim(
                generation, question.since(), member.need(), sys.now().plus(LOCK_TIME))) {
              case Ledger.ClaimOutcome.Claimed() -> new Event.Claimed(generation, false);
              case Ledger.ClaimOutcome.NotNow _, Ledger.ClaimOutcome.Fenced _ ->
                  new Event.MustWait(generation, later, "");
            };
        case Verdict.Never _ -> new Event.NeverFits(generation, "never");
        case Verdict.WaitUntil wait -> {
          ledger.enlist(generation, question.since(), member.need(), false);
          yield new Event.MustWait(generation, wait.recheckAt(), "");
        }
        case Verdict.Preempt preempt -> {
          ledger.enlist(generation, question.since(), member.need(), false);
          ledger.nameVictims(generation, preempt.victims());
          yield new Event.MustWait(generation, later, "");
        }
      };
    } catch (LedgerUnavailable _) {
      return new Event.MustWait(generation, later, "");
    }
  }

  static List<DeviceRecord> drain(Setup setup, Sys sys, int i, Effect.MarkDraining report) {
    var book = new Notebook(sys.records(), -1);
    ledger(setup, sys, i, book).drain(report.generation());
    return book.records();
  }

  /** As idle is all that a policy asks a report of use for, its times are left as they were. */
  static List<DeviceRecord> touch(Setup setup, Sys sys, int i, Effect.Touch touch) {
    Map<GpuId, Bytes> measured = new HashMap<>();
    Member member = setup.members().get(i);
    member.devices().forEach(device -> measured.put(device, member.need()));
    var book = new Notebook(sys.records(), -1);
    ledger(setup, sys, i, book).touch(touch.generation(), Instant.EPOCH, touch.idle(), measured);
    return book.records();
  }

  static Outcome confirm(Setup setup, Sys sys, int i, Effect.Wake wake) {
    Member member = setup.members().get(i);
    Map<GpuId, Bytes> measured = new HashMap<>();
    member.devices().forEach(device -> measured.put(device, member.need()));
    var book = new Notebook(sys.records(), -1);
    Optional<String> refused =
        ledger(setup, sys, i, book)
            .confirm(wake.generation(), measured, member.need(), Duration.ZERO);
    Event.Reply reply =
        refused.isPresent()
            ? new Event.WakeFailed(wake.generation(), "")
            : new Event.WakeVerified(wake.generation());
    return new Outcome(book.records(), reply, false);
  }

  static Outcome enrol(Setup setup, Sys sys, int i, Effect.Reconcile reconcile) {
    Member member = setup.members().get(i);
    var book = new Notebook(sys.records(), -1);
    Ledger ledger = ledger(setup, sys, i, book);
    long next = ledger.firstGenerationOfNewLife();
    ledger.enrol(next, member.popular(), member.settings().fairness().minRuntime());
    return new Outcome(
        book.records(),
        new Event.Reconciled(reconcile.generation(), next, member.staysAlive()),
        false);
  }

  private static Ledger ledger(Setup setup, Sys sys, int i, Notebook book) {
    Member member = setup.members().get(i);
    return new Ledger(book, member.id(), member.devices(), sys::now, () -> {});
  }
}
