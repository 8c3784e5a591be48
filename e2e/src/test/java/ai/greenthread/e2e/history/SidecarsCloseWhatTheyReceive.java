package ai.greenthread.e2e.history;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * What a sidecar received it closed, once, unless its engine was killed in between; and whatever a
 * runtime's answer came to, it had been received.
 */
final class SidecarsCloseWhatTheyReceive implements Rule {
  private record Stay(String life, String replica, String request) {}

  @Override
  public List<Fault> faults(History history) {
    var faults = new ArrayList<Fault>();
    var seen = new HashSet<Stay>();
    for (Seen.Received received : history.all(Seen.Received.class)) {
      String request = received.request();
      if (!seen.add(new Stay(received.life(), received.replica(), request))) {
        faults.add(fault(request, "was received twice by " + received.replica()));
      }
      long closings =
          history.of(request, Seen.Closed.class).stream()
              .filter(closed ->
                  closed.life().equals(received.life())
                      && closed.replica().equals(received.replica()))
              .count();
      if (closings > 1 || (closings == 0 && !engineKilledAfter(history, received))) {
        faults.add(fault(request, "was closed " + closings + " times by " + received.replica()));
      }
    }
    for (Seen.Answered answer : history.all(Seen.Answered.class)) {
      if (history.of(answer.request(), Seen.Received.class).isEmpty()) {
        faults.add(fault(answer.request(), "was answered and received by no sidecar"));
      }
    }
    return faults;
  }

  private static boolean engineKilledAfter(History history, Seen.Received received) {
    Optional<Seen.EngineLife> life =
        history.all(Seen.EngineLife.class).stream()
            .filter(each -> each.life().equals(received.life()))
            .findFirst();
    return life.isPresent() && history.killed(life.get().pid(), received.at(), Long.MAX_VALUE / 2);
  }
}
