package ai.greenthread.cli.simulate;

import ai.greenthread.domain.DurationText;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Fairness that all models of a fleet have for one policy only, whatever the fleet says: {@code
 * bounded:minRuntime=1s} beside {@code bounded} shows what a setting is worth.
 *
 * @param minRuntime as in {@link Fairness}; as the fleet has it if empty
 * @param maxWaitTime likewise
 */
public record Knobs(Optional<Duration> minRuntime, Optional<Duration> maxWaitTime) {
  public static final Knobs AS_DESCRIBED = new Knobs(Optional.empty(), Optional.empty());

  private static final List<String> NAMES = List.of("minRuntime", "maxWaitTime");

  /**
   * Reads {@code minRuntime=1s:maxWaitTime=12s}.
   *
   * @param problems gets all that is wrong with it
   */
  static Knobs parse(String text, List<String> problems) {
    var values = new ArrayList<Optional<Duration>>(List.of(Optional.empty(), Optional.empty()));
    for (String setting : text.split(":", -1)) {
      int equals = setting.indexOf('=');
      int which = equals < 0 ? -1 : NAMES.indexOf(setting.substring(0, equals).strip());
      Optional<Duration> value =
          equals < 0
              ? Optional.empty()
              : DurationText.parse(setting.substring(equals + 1).strip())
                  .filter(duration -> !duration.isNegative() && !duration.isZero());
      if (which < 0) {
        problems.add(
            "'" + setting + "' is no setting of a policy; write minRuntime=1s or maxWaitTime=5s");
      } else if (value.isEmpty()) {
        problems.add(
            "'" + setting + "' has no duration above 0; write it like " + NAMES.get(which) + "=1s");
      } else if (values.get(which).isPresent()) {
        problems.add("'" + setting + "' sets " + NAMES.get(which) + " once more; give it once");
      } else {
        values.set(which, value);
      }
    }
    return new Knobs(values.getFirst(), values.getLast());
  }

  /** The fleet with these settings; who is never put to sleep stays so. */
  LabFleet on(LabFleet fleet) {
    if (equals(AS_DESCRIBED)) {
      return fleet;
    }
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
    return new LabFleet(
        fleet.gpus(), models, fleet.linkBytesPerSecond(), fleet.hostBytesPerSecond());
  }

  /** As {@link #parse} reads it. */
  String text() {
    return String.join(":", settings("="));
  }

  /** For a sentence. */
  String words() {
    return String.join(" and ", settings(" "));
  }

  private List<String> settings(String between) {
    var settings = new ArrayList<String>();
    minRuntime.ifPresent(time -> settings.add("minRuntime" + between + DurationText.print(time)));
    maxWaitTime.ifPresent(time -> settings.add("maxWaitTime" + between + DurationText.print(time)));
    return settings;
  }
}
