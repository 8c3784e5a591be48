package ai.greenthread.cli.simulate;

import ai.greenthread.cli.text.Human;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Says which policy to choose, and why, from the figures alone. Only GreenThread's own can be
 * chosen, in so far as any was simulated: the others are the measure. A policy that loses requests
 * is out, then one that keeps somebody waiting beyond the bound, as long as others are left. Of the
 * rest the one that answers most requests as promised is best; where that is about equal, the one
 * with the shorter waits; where these are too, the one that loads less.
 */
final class VerdictWriter {
  /** Differences in attainment below this are called none: another hour would shuffle them. */
  static final double EQUAL_SHARE = 0.01;

  /** Waits that differ by less than this factor, or this many seconds, are called equal. */
  static final double EQUAL_FACTOR = 1.10;

  static final double EQUAL_SECONDS = 0.1;

  private final LabFleet fleet;
  private final LabResult.Slo slo;
  private final double target;
  private final List<PolicyFigures> all;

  /**
   * A writer for one report.
   *
   * @param target share of requests to be answered as promised, 0 to 1
   */
  VerdictWriter(LabFleet fleet, LabResult.Slo slo, double target, List<PolicyFigures> all) {
    this.fleet = fleet;
    this.slo = slo;
    this.target = target;
    this.all = all;
  }

  SimulationReport.Verdict write() {
    List<PolicyFigures> rules = all.stream().filter(f -> f.role().isChoice()).toList();
    if (rules.isEmpty()) {
      return new SimulationReport.Verdict(
          Optional.empty(),
          "There is nothing to choose from: none of the simulated policies can be run.",
          List.of(),
          List.of());
    }
    List<PolicyFigures> ours = rules.stream().filter(f -> f.role() == Policies.Role.OURS).toList();
    List<PolicyFigures> choices = ours.isEmpty() ? rules : ours;
    List<PolicyFigures> fit = asGood(least(least(choices, Figure.LOST), Figure.BOUND_VIOLATIONS));
    PolicyFigures best =
        fit.stream()
            .min(
                Comparator.comparingDouble((PolicyFigures f) -> f.get(Figure.SWAP_SECONDS))
                    .thenComparing(PolicyFigures::name))
            .orElseThrow();
    return new SimulationReport.Verdict(
        Optional.of(best.name()),
        headline(best, fit, choices, rules),
        reasons(best, fit, rules),
        cautions(best));
  }

  /** Those without, or all if there are none. */
  private static List<PolicyFigures> least(List<PolicyFigures> of, Figure figure) {
    List<PolicyFigures> without = of.stream().filter(f -> f.get(figure) == 0).toList();
    return without.isEmpty() ? of : without;
  }

  private static List<PolicyFigures> asGood(List<PolicyFigures> of) {
    double most = of.stream().mapToDouble(f -> f.get(Figure.SLO_ATTAINMENT)).max().orElse(0);
    List<PolicyFigures> close =
        of.stream().filter(f -> f.get(Figure.SLO_ATTAINMENT) >= most - EQUAL_SHARE).toList();
    double shortest = close.stream().mapToDouble(f -> f.get(Figure.WAIT_P99)).min().orElse(0);
    return close.stream().filter(f -> isAsShort(f.get(Figure.WAIT_P99), shortest)).toList();
  }

  private static boolean isAsShort(double wait, double shortest) {
    return wait <= shortest * EQUAL_FACTOR || wait <= shortest + EQUAL_SECONDS;
  }

  private static String headline(
      PolicyFigures best,
      List<PolicyFigures> fit,
      List<PolicyFigures> choices,
      List<PolicyFigures> rules) {
    if (rules.size() == 1) {
      return "Only " + best.name() + " was simulated, so there is nothing to compare it with.";
    }
    if (choices.size() > 1 && fit.size() == choices.size()) {
      return "It hardly matters which policy you choose here: all "
          + choices.size()
          + (best.role() == Policies.Role.OURS ? " of GreenThread's" : "")
          + " answer about as many requests in time, after about the same waits. "
          + best.name()
          + " loads least.";
    }
    String others =
        fit.stream()
            .filter(f -> !f.equals(best))
            .map(PolicyFigures::name)
            .reduce((a, b) -> a + " and " + b)
            .map(names ->
                names + (fit.size() == 2 ? " does" : " do") + " about as well and load more.")
            .orElse("");
    return "Choose "
        + best.name()
        + ": it answers "
        + Figure.share(best.get(Figure.SLO_ATTAINMENT))
        + " of the requests as promised, and 99 of 100 wait no longer than "
        + Figure.seconds(best.get(Figure.WAIT_P99))
        + " for their model."
        + (others.isEmpty() ? "" : " " + others);
  }

  private List<String> reasons(
      PolicyFigures best, List<PolicyFigures> fit, List<PolicyFigures> rules) {
    var reasons = new ArrayList<String>();
    Optional<PolicyFigures> next =
        rules.stream()
            .filter(f -> !f.equals(best))
            .max(Comparator.comparingDouble(f -> f.get(Figure.SLO_ATTAINMENT)));
    next.ifPresent(other -> reasons.add(attainments(best, other)));
    rules.stream()
        .filter(f -> !f.equals(best))
        .min(Comparator.comparingDouble(f -> f.get(Figure.WAIT_P99)))
        .ifPresent(other -> reasons.add(waits(best, other)));
    // Whoever was never served waits still, whatever the run's end makes of the wait.
    if (best.get(Figure.BOUND_VIOLATIONS) == 0 && best.get(Figure.LOST) == 0) {
      reasons.add(
          "No request waited longer for its model than the bound that is computed for this fleet;"
              + " the longest waited "
              + Figure.seconds(best.get(Figure.WAIT_MAX))
              + (best.get(Figure.CUT) == 0 ? "." : ", though not all were answered to the end."));
    }
    rules.stream()
        .filter(f ->
            f.get(Figure.LOST) > best.get(Figure.LOST)
                || f.get(Figure.BOUND_VIOLATIONS) > best.get(Figure.BOUND_VIOLATIONS))
        .forEach(f ->
            reasons.add(
                f.get(Figure.LOST) > best.get(Figure.LOST)
                    ? f.name()
                        + " is out: "
                        + Human.count((long) f.get(Figure.LOST), "request")
                        + " never got an answer with it."
                    : f.name()
                        + " is out: with it "
                        + Human.count((long) f.get(Figure.BOUND_VIOLATIONS), "request")
                        + " waited longer than the bound, up to "
                        + Figure.seconds(f.get(Figure.WAIT_MAX))
                        + "."));
    toHaveIt(best.policy().knobs()).ifPresent(reasons::add);
    if (fit.size() > 1) {
      reasons.add(
          "Of those that do about as well it loads least: "
              + Figure.seconds(best.get(Figure.SWAP_SECONDS))
              + " of loading in all.");
    }
    return reasons;
  }

  private static Optional<String> toHaveIt(Knobs knobs) {
    var steps = new ArrayList<String>();
    if (!knobs.modelWords().isEmpty()) {
      steps.add("give each Model in spec.fairness: " + knobs.modelWords());
    }
    knobs
        .wakesAtOnce()
        .ifPresent(gpus ->
            steps.add(
                "start the engine with --wakes-at-once "
                    + gpus
                    + " (sidecar.wakesAtOnce of the chart)"));
    return steps.isEmpty()
        ? Optional.empty()
        : Optional.of("To have it, " + String.join(", and ", steps) + ".");
  }

  private String attainments(PolicyFigures best, PolicyFigures other) {
    double difference = best.get(Figure.SLO_ATTAINMENT) - other.get(Figure.SLO_ATTAINMENT);
    String figures =
        Figure.share(best.get(Figure.SLO_ATTAINMENT))
            + " against "
            + Figure.share(other.get(Figure.SLO_ATTAINMENT))
            + " with "
            + other.name();
    String promise =
        " (first token within "
            + Figure.seconds(slo.firstToken().toNanos() / 1e9)
            + ", then one every "
            + Figure.seconds(slo.betweenTokens().toNanos() / 1e9)
            + ")";
    if (Math.abs(difference) < EQUAL_SHARE) {
      return "Answered as promised"
          + promise
          + ": "
          + figures
          + ", the best of the others, which is no difference to speak of.";
    }
    return "Answered as promised"
        + promise
        + ": "
        + figures
        + (difference > 0
            ? ", the next best."
            : other.role() == Policies.Role.OURS
                ? ", which is out for another reason."
                : ", the rule of another system.");
  }

  private static String waits(PolicyFigures best, PolicyFigures other) {
    double own = best.get(Figure.WAIT_P99);
    double others = other.get(Figure.WAIT_P99);
    String figures =
        "One request in a hundred waits longer than "
            + Figure.seconds(own)
            + "; with "
            + other.name()
            + " longer than "
            + Figure.seconds(others);
    if (isAsShort(own, others) && isAsShort(others, own)) {
      return figures + ": about the same.";
    }
    return figures + (own < others ? ", the next best." : ", which is shorter.");
  }

  private List<String> cautions(PolicyFigures best) {
    var cautions = new ArrayList<String>();
    all.stream()
        .filter(f -> f.role() == Policies.Role.RIVAL && best.role() == Policies.Role.OURS)
        .filter(f -> isSoundAs(best, f))
        .max(Comparator.comparingDouble(f -> f.get(Figure.SLO_ATTAINMENT)))
        .filter(f -> f.get(Figure.SLO_ATTAINMENT) > best.get(Figure.SLO_ATTAINMENT) + EQUAL_SHARE)
        .ifPresent(rival -> cautions.add(better(rival, best)));
    double most =
        all.stream()
            .filter(f -> f.role() != Policies.Role.DEDICATED)
            .mapToDouble(f -> f.get(Figure.SLO_ATTAINMENT))
            .max()
            .orElse(0);
    if (most < target) {
      String asked = Figure.share(target);
      String reached = Figure.share(most);
      cautions.add(
          "This fleet is too small for this load: the best of these policies answers "
              + (reached.equals(asked) ? "just under " : "")
              + reached
              + " of the requests as promised, and --slo-attainment asks for "
              + asked
              + ". gtctl simulate --how-many-gpus says how many GPUs would do.");
    }
    if (best.get(Figure.JAIN) < 0.9) {
      cautions.add(
          "It is not even-handed: the models differ much in how many of their requests are answered"
              + " as promised (Jain index "
              + Figure.JAIN.words(best.get(Figure.JAIN))
              + ", 1 is even).");
    }
    worstModel(best).ifPresent(cautions::add);
    if (best.get(Figure.LOST) > 0) {
      cautions.add(
          "Even with it "
              + Human.count((long) best.get(Figure.LOST), "request")
              + " never got an answer.");
    }
    if (best.get(Figure.BOUND_VIOLATIONS) > 0) {
      cautions.add(
          "Even with it "
              + Human.count((long) best.get(Figure.BOUND_VIOLATIONS), "request")
              + " waited longer than the bound.");
    }
    if (best.get(Figure.CUT) > 0) {
      cautions.add(
          Human.count((long) best.get(Figure.CUT), "answer")
              + " cut off when a model had to leave and its drain timeout was over; counted as not"
              + " answered as promised.");
    }
    if (all.stream().allMatch(f -> f.get(Figure.SWAPS) <= fleet.models().size())) {
      cautions.add(
          "Hardly anything was shared: no policy had to load a model twice. A smaller fleet would"
              + " tell more.");
    }
    cautions.add(
        "This is one load and one seed; policies that lie close together may change places in"
            + " another hour. Servers are simulated by their speed, not run.");
    return cautions;
  }

  private static boolean isSoundAs(PolicyFigures best, PolicyFigures other) {
    return other.get(Figure.LOST) <= best.get(Figure.LOST)
        && other.get(Figure.BOUND_VIOLATIONS) <= best.get(Figure.BOUND_VIOLATIONS);
  }

  /** What GreenThread would owe to its users here. */
  private static String better(PolicyFigures rival, PolicyFigures best) {
    double longer = rival.get(Figure.WAIT_P99);
    return "Another rule answers more of this load in time, and GreenThread has not got it: "
        + rival.name()
        + ", "
        + Figure.share(rival.get(Figure.SLO_ATTAINMENT))
        + ", where one request in a hundred waits longer than "
        + Figure.seconds(longer)
        + (longer > best.get(Figure.WAIT_P99) && !isAsShort(longer, best.get(Figure.WAIT_P99))
            ? "; that is the price."
            : ".");
  }

  private Optional<String> worstModel(PolicyFigures best) {
    int worst = 0;
    for (int i = 1; i < best.modelWaits().size(); i++) {
      if (best.modelWaits().get(i) > best.modelWaits().get(worst)) {
        worst = i;
      }
    }
    double wait = best.modelWaits().isEmpty() ? 0 : best.modelWaits().get(worst);
    if (wait < 1 || wait < 2 * best.get(Figure.WAIT_P99)) {
      return Optional.empty();
    }
    return Optional.of(
        "Not every model fares alike: of the requests for "
            + fleet.models().get(worst).name()
            + " one in a hundred waits longer than "
            + Figure.seconds(wait)
            + ".");
  }
}
