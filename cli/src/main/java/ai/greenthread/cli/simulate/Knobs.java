package ai.greenthread.cli.simulate;

import ai.greenthread.domain.DurationText;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabModel;
import ai.greenthread.scheduling.runtime.HostLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What GreenThread can be told, and is told for one policy only, whatever the fleet says: {@code
 * bounded:minRuntime=1s} beside {@code bounded} shows what a setting is worth.
 *
 * @param minRuntime of all models, as in {@link Fairness}; as the fleet has it if empty
 * @param maxWaitTime likewise
 * @param wakesAtOnce GPUs that may load at the same time, as in {@link LabFleet}; likewise
 */
public record Knobs(
    Optional<Duration> minRuntime, Optional<Duration> maxWaitTime, Optional<Integer> wakesAtOnce) {
  public static final Knobs AS_DESCRIBED =
      new Knobs(Optional.empty(), Optional.empty(), Optional.empty());

  private static final String MIN_RUNTIME = "minRuntime";
  private static final String MAX_WAIT_TIME = "maxWaitTime";
  private static final String WAKES_AT_ONCE = "wakesAtOnce";
  private static final List<String> NAMES = List.of(MIN_RUNTIME, MAX_WAIT_TIME, WAKES_AT_ONCE);

  /** That minimum runtime, all else as described. */
  static Knobs minRuntime(Duration time) {
    return new Knobs(Optional.of(time), Optional.empty(), Optional.empty());
  }

  /** The same with that longest wait before force. */
  Knobs maxWaitTime(Duration time) {
    return new Knobs(minRuntime, Optional.of(time), wakesAtOnce);
  }

  /** The same with so many GPUs that may load at once. */
  Knobs wakesAtOnce(int gpus) {
    return new Knobs(minRuntime, maxWaitTime, Optional.of(gpus));
  }

  /**
   * Reads {@code minRuntime=1s:maxWaitTime=12s:wakesAtOnce=2}.
   *
   * @param problems gets all that is wrong with it
   */
  static Knobs parse(String text, List<String> problems) {
    Map<String, String> given = new LinkedHashMap<>();
    for (String setting : text.split(":", -1)) {
      int equals = setting.indexOf('=');
      String name = equals < 0 ? "" : setting.substring(0, equals).strip();
      if (!NAMES.contains(name)) {
        problems.add(
            "'"
                + setting
                + "' is no setting of a policy; write minRuntime=1s, maxWaitTime=5s or"
                + " wakesAtOnce=2");
      } else if (given.putIfAbsent(name, setting.substring(equals + 1).strip()) != null) {
        problems.add("'" + setting + "' sets " + name + " once more; give it once");
      }
    }
    return new Knobs(
        duration(given, MIN_RUNTIME, problems),
        duration(given, MAX_WAIT_TIME, problems),
        Optional.ofNullable(given.get(WAKES_AT_ONCE)).flatMap(value -> gpus(value, problems)));
  }

  private static Optional<Duration> duration(
      Map<String, String> given, String name, List<String> problems) {
    Optional<String> value = Optional.ofNullable(given.get(name));
    Optional<Duration> duration =
        value.flatMap(DurationText::parse).filter(time -> !time.isNegative() && !time.isZero());
    if (value.isPresent() && duration.isEmpty()) {
      problems.add(
          "'"
              + name
              + "="
              + value.get()
              + "' has no duration above 0; write it like "
              + name
              + "=1s");
    }
    return duration;
  }

  private static Optional<Integer> gpus(String value, List<String> problems) {
    try {
      return Optional.of(HostLink.require(Integer.parseInt(value)));
    } catch (IllegalArgumentException e) {
      problems.add(
          "'"
              + WAKES_AT_ONCE
              + "="
              + value
              + "' has no number of GPUs from 1 to "
              + HostLink.MOST_DEVICES
              + ", or 0 for all; write it like wakesAtOnce=2");
      return Optional.empty();
    }
  }

  /** The fleet with these settings; who is never put to sleep stays so. */
  LabFleet on(LabFleet fleet) {
    List<LabModel> models =
        fleet.models().stream()
            .map(model -> {
              Fairness own = model.fairness();
              return model.with(
                  new Fairness(
                      minRuntime.orElse(own.minRuntime()),
                      maxWaitTime.orElse(own.maxWaitTime()),
                      own.popular()));
            })
            .toList();
    return fleet.with(models).withWakesAtOnce(wakesAtOnce.orElse(fleet.wakesAtOnce()));
  }

  /** As {@link #parse} reads it. */
  String text() {
    return String.join(":", settings("="));
  }

  /** For a sentence. */
  String words() {
    return String.join(" and ", settings(" "));
  }

  /** Those of a Model, for a sentence; empty if none is given. */
  String modelWords() {
    return new Knobs(minRuntime, maxWaitTime, Optional.empty()).words();
  }

  private List<String> settings(String between) {
    var settings = new ArrayList<String>();
    minRuntime.ifPresent(time -> settings.add(MIN_RUNTIME + between + DurationText.print(time)));
    maxWaitTime.ifPresent(time -> settings.add(MAX_WAIT_TIME + between + DurationText.print(time)));
    wakesAtOnce.ifPresent(gpus -> settings.add(WAKES_AT_ONCE + between + gpus));
    return settings;
  }
}
