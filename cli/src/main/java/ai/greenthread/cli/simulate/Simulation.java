package ai.greenthread.cli.simulate;

import ai.greenthread.scheduling.lab.Arrival;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One simulation as it was asked for.
 *
 * @param made requests in order of time; at least one
 * @param policies to be compared
 * @param target share of requests to be answered as promised
 * @param howManyGpus whether it is asked how many GPUs reach the target
 */
public record Simulation(
    LabFleet fleet,
    Loads.Made made,
    LabResult.Slo slo,
    long seed,
    List<Policies.Policy> policies,
    double target,
    boolean howManyGpus) {

  /**
   * Runs it.
   *
   * @param threads how many policies at a time; changes nothing but how long it takes
   * @param progress is told what is done; from several threads
   */
  public SimulationReport run(int threads, Consumer<String> progress) {
    var simulator = new Simulator(fleet, made.arrivals(), slo, threads, progress);
    List<PolicyFigures> figures = simulator.figures(policies);
    Optional<SimulationReport.Sizing> sizing = Optional.empty();
    if (howManyGpus) {
      List<SimulationReport.Need> needs = simulator.gpusFor(policies, target);
      sizing = Optional.of(new SimulationReport.Sizing(target, needs));
      figures = withNeeds(figures, needs);
    }
    int[] share = new int[fleet.models().size()];
    for (Arrival arrival : made.arrivals()) {
      share[arrival.model()]++;
    }
    var shares = new ArrayList<Integer>();
    for (int requests : share) {
      shares.add(requests);
    }
    return new SimulationReport(
        Loads.describe(made),
        fleet,
        shares,
        slo,
        seed,
        figures,
        sizing,
        new VerdictWriter(fleet, slo, target, figures).write());
  }

  private List<PolicyFigures> withNeeds(
      List<PolicyFigures> figures, List<SimulationReport.Need> needs) {
    var more = new ArrayList<PolicyFigures>();
    for (int i = 0; i < figures.size(); i++) {
      PolicyFigures own = figures.get(i);
      if (needs.get(i).fewest().isPresent()) {
        int gpus = needs.get(i).fewest().getAsInt();
        own =
            own.with(Figure.FEWEST_GPUS, gpus)
                .with(Figure.MODELS_PER_GPU, fleet.models().size() / (double) gpus);
      }
      more.add(own);
    }
    return more;
  }
}
