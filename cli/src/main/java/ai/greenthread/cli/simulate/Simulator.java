package ai.greenthread.cli.simulate;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.scheduling.lab.Arrival;
import ai.greenthread.scheduling.lab.Dedicated;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabModel;
import ai.greenthread.scheduling.lab.LabResult;
import ai.greenthread.scheduling.lab.LabRun;
import ai.greenthread.scheduling.lab.PromisedWaits;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Runs policies over one load, several at a time; what comes out does not depend on how many. */
public final class Simulator {
  private final LabFleet fleet;
  private final List<Arrival> arrivals;
  private final LabResult.Slo slo;
  private final int threads;
  private final Consumer<String> progress;

  /**
   * A simulator of one load on one fleet.
   *
   * @param arrivals in order of time
   * @param threads how many policies run at a time
   * @param progress is told what is done; from several threads
   */
  public Simulator(
      LabFleet fleet,
      List<Arrival> arrivals,
      LabResult.Slo slo,
      int threads,
      Consumer<String> progress) {
    this.fleet = fleet;
    this.arrivals = List.copyOf(arrivals);
    this.slo = slo;
    this.threads = threads;
    this.progress = progress;
  }

  /** The figures of each policy, in their order. */
  public List<PolicyFigures> figures(List<Policies.Policy> policies) {
    var done = new AtomicInteger();
    return each(
        policies,
        policy -> {
          LabFleet own = policy.on(fleet);
          LabResult result = LabRun.of(own, arrivals, policy.strategy().get());
          var figures =
              PolicyFigures.of(
                  policy, own.gpus().size(), result, slo, PromisedWaits.of(own, policy.promise()));
          progress.accept(
              "simulated " + done.incrementAndGet() + " of " + policies.size() + " policies");
          return figures;
        });
  }

  /**
   * The fewest GPUs with which each policy answers enough requests as promised. It begins with the
   * fleet as it is, halves or doubles until the target lies between two numbers, and bisects. More
   * GPUs could in theory do worse, so fewer that were not tried may do too.
   *
   * @param target share of requests, 0 to 1
   */
  public List<SimulationReport.Need> gpusFor(List<Policies.Policy> policies, double target) {
    var runs = new AtomicInteger();
    return each(policies, policy -> new Search(policy, target, runs).run());
  }

  private final class Search {
    private final Policies.Policy policy;
    private final double target;
    private final AtomicInteger runs;
    private final TreeMap<Integer, Double> tried = new TreeMap<>();

    Search(Policies.Policy policy, double target, AtomicInteger runs) {
      this.policy = policy;
      this.target = target;
      this.runs = runs;
    }

    SimulationReport.Need run() {
      LabFleet alone = Dedicated.fleetFor(fleet);
      if (policy.role() == Policies.Role.DEDICATED) {
        int needed = fleet.models().stream().mapToInt(LabModel::gpus).sum();
        boolean reached = reaches(needed, Dedicated.resized(alone, needed));
        return need(reached ? OptionalInt.of(needed) : OptionalInt.empty(), needed);
      }
      int most = Math.max(alone.gpus().size(), fleet.gpus().size());
      int least = leastThatHolds();
      int fails = least - 1;
      int does = Math.max(least, Math.min(fleet.gpus().size(), most));
      if (reaches(does)) {
        while (does / 2 > fails && reaches(does / 2)) {
          does /= 2;
        }
        fails = Math.max(fails, does / 2);
      } else {
        while (!reaches(does)) {
          if (does == most) {
            return need(OptionalInt.empty(), most);
          }
          fails = does;
          does = Math.min(most, does * 2);
        }
      }
      while (does - fails > 1) {
        int middle = (does + fails) / 2;
        if (reaches(middle)) {
          does = middle;
        } else {
          fails = middle;
        }
      }
      return need(OptionalInt.of(does), most);
    }

    private SimulationReport.Need need(OptionalInt fewest, int most) {
      return new SimulationReport.Need(policy, fewest, most, tried);
    }

    private boolean reaches(int gpus) {
      return reaches(gpus, Dedicated.resized(fleet, gpus));
    }

    private boolean reaches(int gpus, LabFleet sized) {
      Double before = tried.get(gpus);
      if (before == null) {
        before =
            LabRun.of(policy.knobs().on(sized), arrivals, policy.strategy().get()).attainment(slo);
        tried.put(gpus, before);
        progress.accept("looked at " + runs.incrementAndGet() + " fleets");
      }
      return before >= target;
    }
  }

  /** The fewest GPUs on which every model can wake at all. */
  private int leastThatHolds() {
    int least = fleet.models().stream().mapToInt(LabModel::gpus).max().orElse(1);
    while (least < fleet.gpus().size() && !holds(least)) {
      least++;
    }
    return least;
  }

  private boolean holds(int gpus) {
    var problems = new InputProblems();
    FleetPlan.checkModels(Dedicated.resized(fleet, gpus), _ -> "", problems);
    return problems.count() == 0;
  }

  private interface Job<T> {
    T run(Policies.Policy policy);
  }

  private <T> List<T> each(List<Policies.Policy> policies, Job<T> job) {
    List<Callable<T>> jobs =
        policies.stream().<Callable<T>>map(policy -> () -> job.run(policy)).toList();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      var results = new ArrayList<T>();
      for (Future<T> future : pool.invokeAll(jobs)) {
        results.add(future.get());
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCode.FAILED, "interrupted", "run the command again", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a policy could not be simulated: " + e.getCause(), e);
    }
  }
}
