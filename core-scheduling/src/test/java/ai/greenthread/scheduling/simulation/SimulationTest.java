package ai.greenthread.scheduling.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Many runs with many seeds, under each policy. {@code -Dsimulation.events=10000000} makes it a
 * night's work of a thousand seeds at least, {@code -Dsimulation.seed=N} begins elsewhere. A
 * failure names its seed and the command that replays it.
 */
class SimulationTest {
  private static final long EVENTS = Long.getLong("simulation.events", 1_200_000);
  private static final long SEEDS =
      Long.getLong("simulation.seeds", EVENTS >= 10_000_000 ? 1_000 : 1);
  private static final long FIRST_SEED = Long.getLong("simulation.seed", 1);

  /** Kinds of things that have to have happened for a run over many seeds to mean anything. */
  private static final List<String> HAS_TO_HAPPEN =
      List.of(
          "request ANSWERED",
          "request REFUSED",
          "request CANCELLED",
          "request CUT",
          "request BROKEN",
          "request ENGINE_GONE",
          "refused QUEUE_FULL",
          "refused DEADLINE",
          "refused WAKE_FAILED",
          "refused NEVER_FITS",
          "refused DRAINING",
          "refused SHUTTING_DOWN",
          "victim named",
          "conflict met",
          "stopped for good",
          "waits when faults end",
          "replaced while Serving",
          "replaced while Waking",
          "replaced while Pending",
          "interrupted Wake",
          "interrupted Sleep",
          "interrupted Acquire",
          "crash while AWAKE",
          "crash while ASLEEP",
          "crash while LOADING in wake",
          "request met a dead server",
          "physical memory short",
          "restart while Booting",
          "restart while Sleeping",
          "restart while Pending",
          "restart while Waking",
          "restart while Serving",
          "restart while Deactivating",
          "step Booting→Sleeping",
          "step Booting→Pending",
          "step Sleeping→Pending",
          "server taken over",
          "step Sleeping→Deactivating",
          "step Pending→Waking",
          "step Pending→Releasing",
          "step Pending→Deactivating",
          "step Waking→Serving",
          "step Waking→Deactivating",
          "step Serving→Deactivating",
          "step Deactivating→Releasing",
          "step Releasing→Sleeping",
          "step Releasing→Pending",
          "step Releasing→Failed",
          "step Releasing→Stopped",
          "step Failed→Pending",
          "step Failed→Deactivating");

  /** The same for a night's work: what now and then does not come up in minutes. */
  private static final List<String> HAS_TO_HAPPEN_AT_NIGHT =
      List.of(
          "step Booting→Deactivating",
          "step Releasing→Deactivating",
          "crash while AWAKE in sleep",
          "expired lock taken over",
          "granted to nobody",
          "replaced while Releasing",
          "replaced while Deactivating");

  @ParameterizedTest
  @EnumSource
  void everyPromiseHoldsInEveryRun(TestedPolicy policy) {
    var coverage = new Coverage();
    long began = System.nanoTime();
    long events = 0;
    long requests = 0;
    long seed = FIRST_SEED;
    double boundUsed = 0;
    while (events < EVENTS || seed < FIRST_SEED + SEEDS) {
      Simulation.Report report =
          Simulation.run(new Simulation.Run(seed++, policy, Sabotage.NONE), _ -> {});
      events += report.events();
      requests += report.requests();
      coverage.addAll(report.coverage());
      boundUsed = Math.max(boundUsed, report.boundUsed());
    }
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    System.out.printf(
        Locale.ROOT,
        "simulation: %s, %,d runs with seeds %d to %d, %,d events in %.1f s (%,.0f a second), %,d requests, "
            + "longest wait %.0f %% of its bound%n%s",
        policy,
        seed - FIRST_SEED,
        FIRST_SEED,
        seed - 1,
        events,
        took.toMillis() / 1e3,
        events / Math.max(took.toMillis() / 1e3, 1e-3),
        requests,
        boundUsed * 100,
        coverage);

    var never = new ArrayList<String>();
    List<String> wanted = new ArrayList<>(HAS_TO_HAPPEN);
    if (SEEDS >= 1_000) {
      wanted.addAll(HAS_TO_HAPPEN_AT_NIGHT);
    }
    for (String what : wanted) {
      if (coverage.of(what) == 0) {
        never.add(what);
      }
    }
    for (Fault fault : Fault.values()) {
      if (coverage.of("fault " + fault) == 0) {
        never.add("fault " + fault);
      }
    }
    assertThat(never).as("what never happened in %d events", events).isEmpty();
  }

  @Test
  void aSeedReplaysItsRunEventByEvent() {
    for (long seed : new long[] {2, 3, 16}) {
      assertThat(trace(seed)).as("seed %d", seed).isEqualTo(trace(seed));
    }
  }

  private static List<String> trace(long seed) {
    var lines = new ArrayList<String>();
    Simulation.run(Simulation.Run.of(seed), line -> lines.add(line.get()));
    return lines;
  }
}
