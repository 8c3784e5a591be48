package ai.greenthread.cli.simulate;

import ai.greenthread.cli.text.DidYouMean;
import ai.greenthread.scheduling.lab.Dedicated;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.Rivals;
import ai.greenthread.scheduling.lab.Strategy;
import ai.greenthread.scheduling.policy.PolicyName;
import ai.greenthread.scheduling.policy.WakePolicy;
import ai.greenthread.scheduling.runtime.HostLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The policies that can be simulated, and how each works in a sentence. */
public final class Policies {
  private static final Map<String, String> HOW =
      Map.ofEntries(
          Map.entry(
              "bounded",
              "First come, first served, for all waiting models side by side: a model that nobody"
                  + " uses may be asked to leave at once, one in use when the waiter has waited for"
                  + " its maxWaitTime and the other has had a turn worth the switch. Nobody waits"
                  + " longer than a bound known beforehand."),
          Map.entry(
              "documented",
              "One waiting model at a time makes room: a model leaves after its minRuntime, the"
                  + " least recently used first, and one in use only after the waiter's"
                  + " maxWaitTime."),
          Map.entry(
              "reactive-fifo",
              "Switches at the first request for another model, whoever is being served."),
          Map.entry(
              "fifo-collation",
              "First come, first served, but a model with requests in hand is never put to"
                  + " sleep, so a busy model can starve others."),
          Map.entry(
              "idle-ttl-lru",
              "A model that was idle for 10 s may go, the least recently used first; a busy one"
                  + " never does."),
          Map.entry(
              "ollama",
              "Loads one model at a time and only idle ones make room; everybody waits behind the"
                  + " first in line."),
          Map.entry(
              "time-slice",
              "Never interrupts a model with requests in hand; the longest queue is next; who has"
                  + " waited for 15 s takes its turn all the same."),
          Map.entry(
              "cost-aware",
              "Weighs a switch against its cost: a busy model goes only for a queue that is worth"
                  + " the load, or for who has waited for 15 s."),
          Map.entry(
              "landlord",
              "A caching rule (GreedyDual): each model has credit for what its load costs per byte;"
                  + " who has least makes room."),
          Map.entry(
              "deficit-round-robin",
              "Each model serves for a turn worth four times its load time, then the longest"
                  + " waiter comes."),
          Map.entry(
              "clairvoyant-greedy",
              "Knows when each model is asked for next and sends away what is needed last: nobody"
                  + " can run it, it shows what knowing the future would be worth."),
          Map.entry(
              Dedicated.NAME,
              "Each model has GPUs of its own and never leaves them: the fastest and the most"
                  + " expensive fleet."));

  private static final List<String> OURS =
      Arrays.stream(PolicyName.values()).map(PolicyName::text).toList();

  private static final Duration LONG_WAIT = Duration.ofSeconds(30);

  private Policies() {}

  /** What a policy can be taken for. */
  public enum Role {
    /** Ships with this program. */
    OURS("GreenThread"),
    /** The rule of another system, or of the literature. */
    RIVAL("rival"),
    /** Shares nothing: another fleet, not another rule. */
    DEDICATED("no sharing"),
    /** Knows the future. */
    CLAIRVOYANT("clairvoyant");

    private final String words;

    Role(String words) {
      this.words = words;
    }

    /** For people. */
    public String words() {
      return words;
    }

    /** Whether somebody could choose it for this fleet. */
    public boolean isChoice() {
      return this == OURS || this == RIVAL;
    }
  }

  /**
   * One policy.
   *
   * @param rule its name without its settings
   * @param how it works, in a sentence
   * @param strategy a fresh one for each run
   * @param knobs settings that it has to itself
   */
  public record Policy(
      String rule, Role role, String how, Supplier<Strategy> strategy, Knobs knobs) {
    /** As options and reports have it: {@code bounded}, {@code bounded:minRuntime=1s}. */
    public String name() {
      return knobs.equals(Knobs.AS_DESCRIBED) ? rule : rule + ":" + knobs.text();
    }

    /** Whose bound its waits are held against: its own if it promises one, else the default's. */
    WakePolicy promise() {
      return (role == Role.OURS ? PolicyName.of(rule) : PolicyName.BOUNDED).policy();
    }

    /** The fleet as it is with this policy. */
    LabFleet on(LabFleet fleet) {
      LabFleet own = knobs.on(fleet);
      return role == Role.DEDICATED ? Dedicated.fleetFor(own) : own;
    }

    private Policy with(Knobs other) {
      return new Policy(
          rule, role, "As " + rule + ", but with " + other.words() + ".", strategy, other);
    }
  }

  /** All of them: ours, the rivals, then those that nobody can choose. */
  public static List<Policy> all() {
    var policies = new ArrayList<Policy>();
    for (Supplier<Strategy> rival : Rivals.all()) {
      policies.add(policy(rival));
    }
    policies.add(policy(Dedicated::new));
    policies.sort((a, b) -> a.role().compareTo(b.role()));
    return List.copyOf(policies);
  }

  /**
   * What is worth comparing on a fleet: all, and ours with other settings too, where the fleet has
   * not got them. The rivals know no {@code minRuntime}, so a difference to them may be the rule's
   * or the setting's; this tells which.
   */
  public static List<Policy> compared(LabFleet fleet) {
    List<Knobs> worthTrying = worthTrying(fleet);
    var compared = new ArrayList<Policy>();
    for (Policy policy : all()) {
      compared.add(policy);
      if (policy.role() == Role.OURS) {
        worthTrying.stream()
            .filter(knobs -> !knobs.on(fleet).equals(fleet))
            .limit(policy.rule().equals(PolicyName.BOUNDED.text()) ? worthTrying.size() : 1)
            .forEach(knobs -> compared.add(policy.with(knobs)));
      }
    }
    return compared;
  }

  /**
   * The shortest grant that the product allows; beside it a wait so long that models in use are
   * hardly ever forced out; or no more wakes at once than the host can feed at full speed.
   */
  private static List<Knobs> worthTrying(LabFleet fleet) {
    Knobs shortGrant = Knobs.minRuntime(Duration.ofSeconds(1));
    var worth = new ArrayList<>(List.of(shortGrant, shortGrant.maxWaitTime(LONG_WAIT)));
    int atOnce = fleet.devicesAtFullSpeed();
    if (atOnce < fleet.gpus().size() && atOnce <= HostLink.MOST_DEVICES) {
      worth.add(shortGrant.wakesAtOnce(atOnce));
    }
    return worth;
  }

  /**
   * The policy that a user names, with settings or without.
   *
   * @param name {@code bounded}, {@code bounded:minRuntime=1s:maxWaitTime=10s}
   * @param problems gets all that is wrong with it; then the answer means nothing
   */
  public static Policy named(String name, List<String> problems) {
    int colon = name.indexOf(':');
    String rule = colon < 0 ? name : name.substring(0, colon);
    Optional<Policy> known =
        all().stream().filter(policy -> policy.rule().equals(rule)).findFirst();
    if (known.isEmpty()) {
      List<String> names = all().stream().map(Policy::rule).toList();
      problems.add(
          "there is no policy "
              + rule
              + DidYouMean.among(names, rule)
                  .map(close -> "; did you mean " + close + "?")
                  .orElse("; there are: " + String.join(", ", names)));
    }
    Policy policy = known.orElse(all().getFirst());
    if (colon < 0) {
      return policy;
    }
    if (known.isPresent() && policy.role() != Role.OURS) {
      problems.add(rule + " has no settings: only GreenThread's own have");
    }
    return policy.with(Knobs.parse(name.substring(colon + 1), problems));
  }

  private static Policy policy(Supplier<Strategy> strategy) {
    Strategy one = strategy.get();
    return new Policy(
        one.name(), role(one), HOW.getOrDefault(one.name(), ""), strategy, Knobs.AS_DESCRIBED);
  }

  private static Role role(Strategy strategy) {
    if (strategy.isClairvoyant()) {
      return Role.CLAIRVOYANT;
    }
    if (strategy.name().equals(Dedicated.NAME)) {
      return Role.DEDICATED;
    }
    return OURS.contains(strategy.name()) ? Role.OURS : Role.RIVAL;
  }
}
