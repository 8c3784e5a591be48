package ai.greenthread.cli.simulate;

import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabResult;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * All that a report says, whatever it looks like.
 *
 * @param load what was asked
 * @param fleet who had to answer
 * @param modelShare requests for each model, in the fleet's order
 * @param slo what a user is promised
 * @param seed of everything that was drawn
 * @param policies what came of each
 * @param sizing how many GPUs would do, if that was asked
 * @param verdict what to make of it
 */
public record SimulationReport(
    Load load,
    LabFleet fleet,
    List<Integer> modelShare,
    LabResult.Slo slo,
    long seed,
    List<PolicyFigures> policies,
    Optional<Sizing> sizing,
    Verdict verdict) {

  /**
   * The requests.
   *
   * @param words where they come from, a sentence each
   * @param requests how many
   * @param seconds from the first to the last
   * @param timeline how many came in each of equally long parts of that time
   * @param promptTokens median length of a prompt
   * @param generatedTokens median length of an answer
   */
  public record Load(
      List<String> words,
      int requests,
      double seconds,
      List<Integer> timeline,
      int promptTokens,
      int generatedTokens) {
    public double perSecond() {
      return seconds == 0 ? requests : requests / seconds;
    }
  }

  /**
   * How many GPUs each policy needs.
   *
   * @param target share of requests that have to be answered as promised
   * @param policies in the order of the report
   */
  public record Sizing(double target, List<Need> policies) {
    /** Who needs fewest of those that can be chosen, and what the others need; a sentence. */
    public String words() {
      TreeMap<Integer, List<String>> byNumber =
          policies.stream()
              .filter(need -> need.policy().role().isChoice() && need.fewest().isPresent())
              .collect(
                  Collectors.groupingBy(
                      need -> need.fewest().orElseThrow(),
                      TreeMap::new,
                      Collectors.mapping(need -> need.policy().name(), Collectors.toList())));
      if (byNumber.isEmpty()) {
        return "No policy reaches the target, not even where each model has GPUs of its own.";
      }
      List<String> parts =
          byNumber.entrySet().stream()
              .map(entry -> entry.getKey() + " with " + String.join(", ", entry.getValue()))
              .toList();
      return "GPUs needed: " + String.join("; ", parts) + ".";
    }
  }

  /**
   * What one policy needs.
   *
   * @param fewest GPUs with which it reached the target; empty if not even with {@code most}
   * @param most where the search ended: each model has its own GPUs then
   * @param tried attainment by number of GPUs, for all numbers that were simulated
   */
  public record Need(
      Policies.Policy policy, OptionalInt fewest, int most, SortedMap<Integer, Double> tried) {}

  /**
   * What to make of the figures.
   *
   * @param choice the policy to choose; empty if there is none to choose from
   * @param headline in one sentence
   * @param reasons from the figures
   * @param cautions what the figures do not say, or what is bad in spite of the choice
   */
  public record Verdict(
      Optional<String> choice, String headline, List<String> reasons, List<String> cautions) {}

  /** The figures of a policy by name. */
  public Optional<PolicyFigures> figures(String policy) {
    return policies.stream().filter(figures -> figures.name().equals(policy)).findFirst();
  }

  /** {@code 4 GPUs of 80 GiB}, or what there is where they differ. */
  public String gpusInWords() {
    Map<Bytes, Long> kinds =
        fleet.gpus().stream()
            .collect(Collectors.groupingBy(size -> size, TreeMap::new, Collectors.counting()));
    return kinds.entrySet().stream()
        .map(kind ->
            kind.getValue() + (kind.getValue() == 1 ? " GPU of " : " GPUs of ") + kind.getKey())
        .collect(Collectors.joining(" and "));
  }
}
