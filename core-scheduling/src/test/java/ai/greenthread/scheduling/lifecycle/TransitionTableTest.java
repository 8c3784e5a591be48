package ai.greenthread.scheduling.lifecycle;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.at;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.Fairness;
import ai.greenthread.scheduling.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The table in the comment of {@link Lifecycle} against all that it can do: every event in every
 * state that can be reached, with every kind of load, before and after its deadline.
 */
class TransitionTableTest {
  private static final Path SOURCE =
      Path.of("src/main/java/ai/greenthread/scheduling/lifecycle/Lifecycle.java");
  private static final Pattern ROW = Pattern.compile("^ \\* (\\w*)\\s+→ (\\w+)\\s.*");

  /** Far enough for every deadline to have passed. */
  private static final Instant LATER = T0.plus(Duration.ofDays(1));

  private final Lifecycle lifecycle = new Lifecycle(Samples.settings(Fairness.DEFAULT));

  @Test
  void theTableSaysExactlyWhatCanHappen() throws IOException {
    assertThat(possible()).isEqualTo(documented());
  }

  static Set<String> documented() throws IOException {
    var rows = new TreeSet<String>();
    String from = "";
    for (String line : Files.readAllLines(SOURCE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        from = row.group(1).isEmpty() ? from : row.group(1);
        rows.add(from + " → " + row.group(2));
      }
    }
    return rows;
  }

  private Set<String> possible() {
    var found = new TreeSet<String>();
    explore((before, step) -> {
      if (!before.getClass().equals(step.next().getClass())) {
        found.add(name(before) + " → " + name(step.next()));
      }
    });
    return found;
  }

  @Test
  void generationsNeverGoBackAndEveryTransitionOfTheServerHasItsOwn() {
    explore((before, step) -> {
      assertThat(step.next().generation()).isGreaterThanOrEqualTo(before.generation());
      for (Effect effect : step.effects()) {
        if (effect instanceof Effect.Remote remote && !(effect instanceof Effect.Touch)) {
          assertThat(remote.generation()).isEqualTo(step.next().generation());
        }
      }
    });
  }

  @Test
  void theGateOpensOnlyForAVerifiedWakeAndClosesWheneverServiceEnds() {
    explore((before, step) -> {
      boolean opens = step.effects().stream().anyMatch(Effect.OpenGate.class::isInstance);
      boolean begins = before instanceof State.Waking && step.next() instanceof State.Serving;
      assertThat(opens).isEqualTo(begins);
      boolean ends = before instanceof State.Serving && !(step.next() instanceof State.Serving);
      if (ends) {
        assertThat(step.effects()).hasAtLeastOneElementOfType(Effect.CloseGate.class);
      }
    });
  }

  @Test
  void whoeverWaitsInAStateThatEndsByItselfIsLookedAtAgain() {
    explore((_, step) -> {
      State next = step.next();
      boolean endsByItself =
          !(next instanceof State.Stopped
              || next instanceof State.Serving
              || next instanceof State.Sleeping);
      if (endsByItself) {
        assertThat(lifecycle.nextTick(next, new Load(0, 1, T0, T0, false)))
            .as("%s", next)
            .isPresent();
      }
    });
  }

  private interface Visit {
    void step(State before, Step step);
  }

  private void explore(Visit visit) {
    Map<String, State> seen = new HashMap<>();
    var open = new ArrayDeque<State>();
    State initial = Lifecycle.initial(T0);
    seen.put(key(initial), initial);
    open.add(initial);
    var kinds = new HashSet<Class<?>>();
    while (!open.isEmpty()) {
      State state = open.remove();
      kinds.add(state.getClass());
      for (Event event : events(state.generation())) {
        for (Instant now : List.of(T0, LATER)) {
          for (Load load : loads()) {
            Step step = lifecycle.step(state, event, load, now);
            visit.step(state, step);
            if (seen.putIfAbsent(key(step.next()), step.next()) == null) {
              open.add(step.next());
            }
          }
        }
      }
    }
    assertThat(kinds).hasSize(State.class.getPermittedSubclasses().length);
  }

  private static List<Event> events(long generation) {
    var events = new ArrayList<Event>(Walks.others(generation));
    events.addAll(Walks.replies(generation));
    return events;
  }

  private static List<Load> loads() {
    return List.of(
        new Load(0, 0, T0, T0, false),
        new Load(0, 0, T0, T0, true),
        new Load(1, 0, T0, T0, false),
        new Load(0, 1, T0, T0, false),
        new Load(1, 1, T0, at(1), true));
  }

  private static String name(State state) {
    return state.getClass().getSimpleName();
  }

  /** All that decides what can follow, without the numbers that only count up. */
  private static String key(State state) {
    return switch (state) {
      case State.Booting s -> "booting " + s.shutdown() + (s.generation() == 0) + due(s.retryAt());
      case State.Sleeping s -> "sleeping " + s.cold();
      case State.Pending s ->
          "pending " + s.purpose() + s.cold() + s.answered() + s.dirty() + few(s.failures());
      case State.Waking s -> "waking " + s.purpose() + few(s.failures());
      case State.Serving s -> "serving " + due(s.since()) + due(s.touchAt());
      case State.Deactivating s ->
          "deactivating " + s.phase() + s.cause() + due(s.deadline()) + few(s.failures());
      case State.Releasing s ->
          "releasing "
              + s.cause()
              + s.serverEnded()
              + s.release().getClass().getSimpleName()
              + due(s.deadline())
              + few(s.failures());
      case State.Failed s -> "failed " + due(s.retryAt()) + few(s.failures());
      case State.Stopped _ -> "stopped";
    };
  }

  private static String due(Instant moment) {
    return moment.isAfter(LATER) ? " later" : " now";
  }

  private static int few(int failures) {
    return Math.min(failures, LifecycleSettings.PATIENCE);
  }
}
