package ai.greenthread.scheduling.check;

import static ai.greenthread.scheduling.check.Setup.cold;
import static ai.greenthread.scheduling.check.Setup.model;
import static ai.greenthread.scheduling.check.Setup.popular;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.scheduling.check.Moves.Machine;
import ai.greenthread.scheduling.check.Setup.Fault;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.lifecycle.Step;
import ai.greenthread.scheduling.policy.DocumentedPolicy;
import ai.greenthread.scheduling.policy.Verdict;
import ai.greenthread.scheduling.policy.WakePolicy;
import ai.greenthread.scheduling.simulation.TestedPolicy;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every state that small fleets can get into. Two models take every order of everything; three have
 * a ledger that takes no time, or else there are too many orders: {@code -Dcheck.slow=true} goes
 * through those too, in minutes and gigabytes.
 */
final class ExhaustiveCheckTest {
  private static final boolean SLOW = Boolean.getBoolean("check.slow");
  private static final int MOST_STATES = SLOW ? 20_000_000 : 1_000_000;

  private static final Setup ONE = Setup.of("alone", 1, model("a", 8, 0));
  private static final Setup TWO = Setup.of("two, one fits", 1, model("a", 8, 0), model("b", 8, 0));
  private static final Setup POPULAR =
      Setup.of("a popular one leaves room for one", 1, popular("a", 5, 0), model("b", 4, 0));
  private static final Setup ACROSS =
      Setup.of("two that need both devices", 2, model("a", 8, 0, 1), model("b", 8, 0, 1));
  private static final Setup THREE =
      Setup.of("three, one fits", 1, model("a", 8, 0), model("b", 8, 0), model("c", 8, 0));
  private static final Setup BIG =
      Setup.of("a big one and two small", 1, model("a", 8, 0), model("b", 4, 0), model("c", 4, 0));
  private static final Setup SPREAD =
      Setup.of(
          "one on both devices, one on each",
          2,
          model("a", 8, 0, 1),
          model("b", 8, 0),
          model("c", 8, 1));
  private static final Setup CHAIN =
      Setup.of("neighbours share", 2, model("a", 6, 0), model("b", 6, 0, 1), cold("c", 6, 1));

  static Stream<Arguments> fleetsUnderPolicies() {
    Stream<Arguments> some = essential().map(fleet -> Arguments.of(fleet, TestedPolicy.DOCUMENTED));
    Stream<Arguments> all = fleets().map(fleet -> Arguments.of(fleet, TestedPolicy.BOUNDED));
    return SLOW
        ? Arrays.stream(TestedPolicy.values())
            .flatMap(policy -> fleets().map(fleet -> Arguments.of(fleet, policy)))
        : Stream.concat(all, some);
  }

  /** What the policy that is not the default has to go through each time. */
  private static Stream<Setup> essential() {
    return Stream.of(
        ONE.with(3, Fault.ANSWERS, Fault.values()), TWO.withPromptLedger().with(1, Fault.ANSWERS));
  }

  private static Stream<Setup> fleets() {
    Stream<Setup> quick =
        Stream.of(
            ONE.with(3, Fault.ANSWERS, Fault.values()),
            TWO.with(1, Fault.SERVERS),
            TWO.with(1, Fault.LEDGER),
            TWO.with(1, Fault.RESTARTS),
            TWO.withPromptLedger().with(1, Fault.ANSWERS),
            Setup.of("two, one ends", 1, cold("a", 8, 0), model("b", 8, 0)),
            Setup.of("two, both fit", 1, model("a", 4, 0), model("b", 4, 0)),
            POPULAR.with(1, Fault.SERVERS),
            ACROSS.with(1, Fault.LEDGER),
            THREE.withPromptLedger(),
            BIG.withPromptLedger(),
            SPREAD.withPromptLedger(),
            CHAIN.withPromptLedger());
    Stream<Setup> slow =
        Stream.of(
            TWO.with(1, Fault.ANSWERS),
            TWO.with(2, Fault.ANSWERS, Fault.values()),
            SPREAD.withPromptLedger().with(1, Fault.ANSWERS, Fault.values()),
            BIG.withPromptLedger().with(1, Fault.ANSWERS, Fault.values()),
            THREE,
            SPREAD);
    return SLOW ? Stream.concat(quick, slow) : quick;
  }

  @ParameterizedTest
  @MethodSource("fleetsUnderPolicies")
  void everyStateThatCanBeReachedKeepsTheRules(Setup setup, TestedPolicy policy) {
    long began = System.nanoTime();
    Explorer.Result result = check(setup, Moves.product(), policy.fresh());
    System.out.printf(
        Locale.ROOT,
        "exhaustive check: %s, %s: %,d states, %,d steps, %.1f s%n",
        policy,
        setup,
        result.states(),
        result.edges(),
        (System.nanoTime() - began) / 1e9);
    assertThat(result.problem()).isEmpty();
    assertThat(result.states()).isGreaterThan(1_000);
  }

  private static Explorer.Result check(Setup setup, Machine machine, WakePolicy policy) {
    return new Explorer(setup, new Moves(setup, machine, new Asking(policy)), MOST_STATES)
        .explore();
  }

  @Test
  void findsAGateThatStaysOpenWhenTheModelLeaves() {
    assertThat(problem(TWO, without(Effect.CloseGate.class))).contains("S3: its gate is open");
  }

  @Test
  void findsAVictimThatIsResurrected() {
    Machine resurrects =
        (member, state, event, load, now) ->
            state instanceof State.Deactivating && event instanceof Event.Demand
                ? new Step(
                    new State.Serving(state.generation(), now, now, false),
                    List.of(new Effect.OpenGate(state.generation())))
                : Moves.product().step(member, state, event, load, now);
    assertThat(problem(TWO, resurrects)).contains("S7: resurrected");
  }

  @Test
  void findsAPlaceInTheQueueThatIsNeverGivenBack() {
    assertThat(problem(TWO, without(Effect.Withdraw.class))).contains("can never be served");
  }

  @Test
  void findsARequestThatIsForgottenWhenAnAnswerGetsLost() {
    Machine trusting =
        (member, state, event, load, now) ->
            state instanceof State.Pending && event instanceof Event.Tick
                ? new Step(state, List.of())
                : Moves.product().step(member, state, event, load, now);
    assertThat(problem(TWO.withPromptLedger().with(1, Fault.ANSWERS), trusting))
        .contains("can never be served");
  }

  @Test
  void theLedgerKeepsTheMinimumRuntimeWhateverThePolicySays() {
    assertThat(check(TWO, Moves.product(), evictsAtOnce()).problem()).isEmpty();
  }

  @Test
  void findsAModelThatThePolicyForgets() {
    WakePolicy forgetful =
        (devices, waiter, now) ->
            waiter.ticket().replica().equals(THREE.members().getLast().id())
                ? new Verdict.WaitUntil(now.plusSeconds(1), "")
                : new DocumentedPolicy().decide(devices, waiter, now);
    assertThat(check(THREE.withPromptLedger(), Moves.product(), forgetful).problem())
        .contains("waits and can never be served");
  }

  private static String problem(Setup setup, Machine machine) {
    return check(setup, machine, new DocumentedPolicy()).problem();
  }

  private static Machine without(Class<? extends Effect> forgotten) {
    return (member, state, event, load, now) -> {
      Step step = Moves.product().step(member, state, event, load, now);
      return new Step(
          step.next(), step.effects().stream().filter(e -> !forgotten.isInstance(e)).toList());
    };
  }

  private static WakePolicy evictsAtOnce() {
    return (devices, waiter, now) -> {
      Verdict verdict = new DocumentedPolicy().decide(devices, waiter, now);
      if (!(verdict instanceof Verdict.WaitUntil)) {
        return verdict;
      }
      var all = new HashSet<Victim>();
      for (DeviceRecord record : devices) {
        for (Occupant occupant : record.occupants()) {
          if (occupant.state() == OccupantState.SERVING && !occupant.popular()) {
            all.add(new Victim(occupant.replica(), occupant.generation()));
          }
        }
      }
      return all.isEmpty() ? verdict : new Verdict.Preempt(all);
    };
  }
}
