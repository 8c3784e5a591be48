package ai.greenthread.scheduling.lab;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The least time that any policy, even one that knows the future, spends on loading weights, if
 * every request has to be served within a longest wait.
 *
 * <p>Between two requests of one model, at t₁ and t₂, the model either stays in memory over at
 * least [t₁ + wait, t₂] or is loaded once more. Such intervals of one model do not overlap, so what
 * can be kept in all is limited by memory × time, and a fractional knapsack keeps the most
 * valuable. This relaxes everything else: service takes no time, memory of all devices is one, and
 * a model that was woken is there at once. So it is a bound from below, and not a tight one where
 * waits are long beside the gaps between requests.
 */
public final class LowerBound {
  private LowerBound() {}

  /**
   * Seconds of loading.
   *
   * @param arrivals in order of time
   * @param fleet sizes, and the cost of a load when nobody else loads
   * @param longestWait in microseconds: no request waits longer
   */
  public static double loadSeconds(List<Arrival> arrivals, LabFleet fleet, long longestWait) {
    if (arrivals.isEmpty()) {
      return 0;
    }
    long[] last = new long[fleet.models().size()];
    Arrays.fill(last, -1);
    double[] costs = new double[last.length];
    double[] sizes = new double[last.length];
    for (int i = 0; i < last.length; i++) {
      LabModel model = fleet.models().get(i);
      costs[i] = fleet.loadSeconds(i);
      sizes[i] =
          (model.needPerGpu().count()
                  - Math.min(model.residual().count(), model.needPerGpu().count()))
              * (double) model.gpus();
    }
    double least = 0;
    var gaps = new ArrayList<Gap>();
    for (Arrival arrival : arrivals) {
      int model = arrival.model();
      if (last[model] < 0) {
        least += costs[model];
      } else {
        long kept = Math.max(0, arrival.micros() - last[model] - longestWait);
        gaps.add(new Gap(kept * sizes[model], costs[model]));
        least += costs[model];
      }
      last[model] = arrival.micros();
    }
    double horizon = arrivals.getLast().micros() - arrivals.getFirst().micros();
    double room = 0;
    for (var gpu : fleet.gpus()) {
      room += gpu.count();
    }
    for (LabModel model : fleet.models()) {
      // Residues of sleepers take room of their own; sizes above do not count them.
      room -= model.residual().count() * (double) model.gpus();
    }
    return least - mostKept(gaps, Math.max(0, room) * horizon);
  }

  /** Memory × time that keeping a model over a gap takes, and the load that it saves. */
  private record Gap(double area, double cost) {}

  private static double mostKept(List<Gap> gaps, double budget) {
    gaps.sort(Comparator.comparingDouble(gap -> gap.area() / gap.cost()));
    double kept = 0;
    double left = budget;
    for (Gap gap : gaps) {
      if (gap.area() > left) {
        return kept + gap.cost() * left / gap.area();
      }
      kept += gap.cost();
      left -= gap.area();
    }
    return kept;
  }
}
