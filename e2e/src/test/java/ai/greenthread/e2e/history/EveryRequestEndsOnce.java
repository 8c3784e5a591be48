package ai.greenthread.e2e.history;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Every request that a client sent ended exactly once for it: answered, refused with a reason, cut
 * with an error, or never connected.
 */
final class EveryRequestEndsOnce implements Rule {
  @Override
  public List<Fault> faults(History history) {
    var faults = new ArrayList<Fault>();
    var ids = new HashSet<String>();
    for (Seen.Sent sent : history.all(Seen.Sent.class)) {
      if (!ids.add(sent.request())) {
        faults.add(fault(sent.request(), "was sent twice under one id"));
      }
      List<Seen.Outcome> ends = history.of(sent.request(), Seen.Outcome.class);
      if (ends.isEmpty()) {
        faults.add(fault(sent.request(), "was sent and never ended"));
      } else if (ends.size() > 1) {
        faults.add(fault(sent.request(), "ended " + ends.size() + " times: " + ends));
      } else if (ends.getFirst().at() < sent.at()) {
        faults.add(fault(sent.request(), "ended before it was sent"));
      }
    }
    for (Seen.Outcome end : history.all(Seen.Outcome.class)) {
      if (!ids.contains(end.request())) {
        faults.add(fault(end.request(), "ended and was never sent: " + end));
      }
    }
    return faults;
  }
}
