package ai.greenthread.e2e.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What failed, failed because something was killed: a request while the engine was down, or when
 * the runtime of its model was killed and it had been sent; a sidecar's runtime died only of a
 * kill. A refusal that says that the request is wrong is never explained.
 */
final class NothingIsUnexplained implements Rule {
  /** How long after a kill of a runtime its consequences may show, in microseconds. */
  static final long NEARBY = 5_000_000;

  /** A stream that was told of its failure in an event has a status of success. */
  private static final Set<Integer> EXCUSABLE = Set.of(200, 502, 503, 504);

  @Override
  public List<Fault> faults(History history) {
    var faults = new ArrayList<Fault>();
    for (Seen.Outcome end : history.all(Seen.Outcome.class)) {
      boolean fine =
          switch (end) {
            case Seen.Answered _ -> true;
            case Seen.Refused refused ->
                EXCUSABLE.contains(refused.status()) && explained(history, end);
            case Seen.Cut _, Seen.Unreached _ -> explained(history, end);
          };
      if (!fine) {
        faults.add(fault(end.request(), "has no kill to explain it: " + end));
      }
    }
    deaths(history, faults);
    return faults;
  }

  private static boolean explained(History history, Seen.Outcome end) {
    return history
        .sent(end.request())
        .filter(sent ->
            history.all(Seen.Killed.class).stream()
                .anyMatch(kill -> explains(history, kill, sent, end)))
        .isPresent();
  }

  private static boolean explains(
      History history, Seen.Killed kill, Seen.Sent sent, Seen.Outcome end) {
    if (kill.at() > end.at() + History.SKEW) {
      return false;
    }
    return kill.engine()
        ? sent.at() <= history.upAfter(kill) + History.SKEW
        : kill.model().equals(sent.model()) && end.at() <= kill.at() + NEARBY;
  }

  private void deaths(History history, List<Fault> faults) {
    Map<String, String> models = new HashMap<>();
    history
        .all(Seen.Received.class)
        .forEach(received -> models.put(received.replica(), received.model()));
    for (Seen.Step step : history.all(Seen.Step.class)) {
      boolean bad = step.event().equals("RuntimeDied") || step.after().equals("failed");
      String model = models.getOrDefault(step.replica(), "");
      boolean killed =
          history.all(Seen.Killed.class).stream()
              .anyMatch(kill ->
                  !kill.engine()
                      && kill.model().equals(model)
                      && kill.at() <= step.at() + History.SKEW
                      && step.at() <= kill.at() + NEARBY);
      if (bad && !killed) {
        faults.add(fault("", "no kill explains that a runtime died: " + step));
      }
    }
  }
}
