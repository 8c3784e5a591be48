package ai.greenthread.cli.simulate;

import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The fleet that is described, before it is known whether it can be.
 *
 * @param gpus memory of each device
 * @param link bytes per second from host memory to one device
 * @param hostLink bytes per second from host memory to all devices together
 * @param models one replica of each; empty where the log says which there are
 * @param shape what a model is like of which nothing else is said
 */
public record FleetPlan(
    List<Bytes> gpus, double link, double hostLink, List<LabModel> models, ModelShape shape) {
  public static final int MAX_MODELS = 2_000;
  public static final int MAX_GPUS = 1_024;

  public FleetPlan {
    gpus = List.copyOf(gpus);
    models = List.copyOf(models);
  }

  /** The same with models of these names, all of the same shape. */
  public FleetPlan withModels(List<String> names) {
    return new FleetPlan(gpus, link, hostLink, names.stream().map(shape::named).toList(), shape);
  }

  /** Names for models that have none: {@code model-01}, {@code model-02}. */
  public static List<String> madeUpNames(int count) {
    int digits = Math.max(2, Integer.toString(count).length());
    var names = new ArrayList<String>();
    for (int i = 1; i <= count; i++) {
      String number = Integer.toString(i);
      names.add("model-" + "0".repeat(digits - number.length()) + number);
    }
    return names;
  }

  /** Says everything that keeps this from being simulated. */
  public void check(InputProblems problems) {
    int before = problems.count();
    if (gpus.isEmpty() || gpus.size() > MAX_GPUS) {
      problems.add("a fleet has 1 to " + MAX_GPUS + " GPUs, this one has " + gpus.size());
    }
    if (models.isEmpty() || models.size() > MAX_MODELS) {
      problems.add("a fleet has 1 to " + MAX_MODELS + " models, this one has " + models.size());
    }
    var names = new HashSet<String>();
    models.stream()
        .map(LabModel::name)
        .filter(name -> !names.add(name))
        .distinct()
        .forEach(name -> problems.add("there are two models called " + name));
    if (problems.count() == before) {
      checkModels(lab(), _ -> "", problems);
    }
  }

  /**
   * Says which models can never serve on a fleet, and why.
   *
   * @param where words to begin with, for the model at an index of the fleet
   */
  static void checkModels(LabFleet fleet, IntFunction<String> where, InputProblems problems) {
    int before = problems.count();
    for (int i = 0; i < fleet.models().size(); i++) {
      int index = i;
      whyNever(fleet.models().get(i), fleet.gpus())
          .ifPresent(why -> problems.add(where.apply(index) + why));
    }
    if (problems.count() == before) {
      checkPlacement(fleet, where, problems);
    }
  }

  /** Why a model could not serve on such GPUs even if it were alone; empty if it could. */
  static Optional<String> whyNever(LabModel model, List<Bytes> gpus) {
    Bytes largest = gpus.stream().max(Bytes::compareTo).orElse(Bytes.ZERO);
    if (model.gpus() > gpus.size()) {
      return Optional.of(
          model.name() + " spans " + model.gpus() + " GPUs, the fleet has " + gpus.size());
    }
    if (model.needPerGpu().compareTo(largest) > 0) {
      return Optional.of(
          model.name()
              + " needs "
              + model.needPerGpu()
              + " on each of its GPUs, the largest has "
              + largest);
    }
    if (model.weightsPerGpu().compareTo(model.needPerGpu()) > 0) {
      return Optional.of(
          model.name()
              + " brings "
              + model.weightsPerGpu()
              + " of weights to each GPU and takes only "
              + model.needPerGpu()
              + " there");
    }
    return Optional.empty();
  }

  /** Whoever is placed also has to find room beside the popular and what sleepers leave behind. */
  private static void checkPlacement(
      LabFleet fleet, IntFunction<String> where, InputProblems problems) {
    List<LabModel> models = fleet.models();
    List<List<Integer>> places;
    try {
      places = fleet.placements();
    } catch (IllegalArgumentException e) {
      problems.add(String.valueOf(e.getMessage()));
      return;
    }
    long[] left = fleet.gpus().stream().mapToLong(Bytes::count).toArray();
    for (int i = 0; i < models.size(); i++) {
      for (int gpu : places.get(i)) {
        left[gpu] -= kept(models.get(i));
      }
    }
    for (int i = 0; i < models.size(); i++) {
      LabModel model = models.get(i);
      long more = model.needPerGpu().count() - kept(model);
      for (int gpu : places.get(i)) {
        if (more > left[gpu]) {
          problems.add(
              where.apply(i)
                  + model.name()
                  + " can never wake: it needs "
                  + model.needPerGpu()
                  + " on GPU "
                  + gpu
                  + ", and popular models and sleepers keep all but "
                  + Bytes.of(Math.max(0, left[gpu] + kept(model)))
                  + "; give fewer models, fewer popular ones, or a smaller residual");
          break;
        }
      }
    }
  }

  /** Bytes on each of its GPUs that no policy can get back. */
  private static long kept(LabModel model) {
    return (model.fairness().popular()
            ? model.needPerGpu().max(model.residual())
            : model.residual())
        .count();
  }

  public LabFleet lab() {
    return new LabFleet(gpus, models, link, hostLink);
  }
}
