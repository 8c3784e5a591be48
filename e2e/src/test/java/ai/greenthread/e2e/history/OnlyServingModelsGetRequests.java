package ai.greenthread.e2e.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A runtime is given a request only by the sidecar of the model that was asked for, under a
 * generation that this sidecar has confirmed as serving, and not after the requests of that
 * generation were drained. All requests of a generation go to one life of the runtime.
 */
final class OnlyServingModelsGetRequests implements Rule {
  /** One serving period of one replica in one life of its engine. */
  private record Period(String life, String replica, long generation) {}

  /** What is known of the periods when the engine's lines have been read in their order. */
  private static final class Periods {
    /** When each was over: nothing of it was in flight any more. */
    final Map<Period, Long> over = new HashMap<>();

    /** Forwardings whose period had been confirmed before. */
    final Map<Seen.Forwarded, Period> confirmed = new HashMap<>();

    private final Map<List<String>, Period> current = new HashMap<>();

    void read(Seen seen) {
      if (seen instanceof Seen.Step step) {
        List<String> where = List.of(step.life(), step.replica());
        if (step.after().equals("serving")) {
          var period = new Period(step.life(), step.replica(), step.generation());
          Optional.ofNullable(current.put(where, period))
              .filter(before -> !before.equals(period))
              .ifPresent(before -> over.putIfAbsent(before, step.at()));
          over.put(period, Long.MAX_VALUE / 2);
        } else if (!step.phase().equals("draining") && !step.phase().equals("cutting")) {
          Optional.ofNullable(current.remove(where))
              .ifPresent(before -> over.put(before, step.at()));
        }
      }
      if (seen instanceof Seen.Forwarded to) {
        var period = new Period(to.life(), to.replica(), to.generation());
        if (over.containsKey(period)) {
          confirmed.put(to, period);
        }
      }
    }
  }

  @Override
  public List<Fault> faults(History history) {
    var periods = new Periods();
    history.all().forEach(periods::read);
    var faults = new ArrayList<Fault>();
    for (Seen.Forwarded to : history.all(Seen.Forwarded.class)) {
      if (!periods.confirmed.containsKey(to)) {
        faults.add(
            fault(
                to.request(),
                "was forwarded by "
                    + to.replica()
                    + ", which had not confirmed generation "
                    + to.generation()
                    + " as serving"));
      }
      if (history.sent(to.request()).filter(it -> !it.model().equals(to.model())).isPresent()) {
        faults.add(fault(to.request(), "was forwarded by the sidecar of " + to.model()));
      }
    }
    Map<Period, String> lives = new HashMap<>();
    for (Seen.Begun begun : history.all(Seen.Begun.class)) {
      if (history.sent(begun.request()).isPresent()) {
        judge(history, periods, begun, lives, faults);
      }
    }
    return faults;
  }

  private void judge(
      History history,
      Periods periods,
      Seen.Begun begun,
      Map<Period, String> lives,
      List<Fault> faults) {
    String request = begun.request();
    List<Seen.Forwarded> forwards = history.of(request, Seen.Forwarded.class);
    Optional<Seen.Forwarded> giver =
        forwards.stream()
            .filter(to -> to.at() <= begun.at())
            .reduce((_, later) -> later)
            .or(() ->
                forwards.stream().filter(to -> to.at() <= begun.at() + History.SKEW).findFirst());
    if (giver.isEmpty()) {
      faults.add(fault(request, "was begun by " + begun.life() + " and forwarded by nobody"));
      return;
    }
    Period period = periods.confirmed.get(giver.get());
    if (period == null) {
      return;
    }
    Long over = periods.over.get(period);
    if (over != null && begun.at() > over + History.SKEW) {
      faults.add(
          fault(
              request,
              "was begun by "
                  + begun.life()
                  + " when "
                  + period.replica()
                  + " no longer served its generation "
                  + period.generation()));
    }
    String life = lives.putIfAbsent(period, begun.life());
    if (life != null && !life.equals(begun.life())) {
      faults.add(fault(request, "went to " + begun.life() + ", others of its wake to " + life));
    }
  }
}
