package ai.greenthread.e2e.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * No runtime begins a request that another one has begun, unless that one was killed and the client
 * has no byte of an answer yet.
 */
final class NothingIsBegunAgain implements Rule {
  @Override
  public List<Fault> faults(History history) {
    var faults = new ArrayList<Fault>();
    for (Seen.Sent sent : history.all(Seen.Sent.class)) {
      String request = sent.request();
      List<Seen.Begun> begins = history.of(request, Seen.Begun.class);
      Optional<Seen.FirstByte> first =
          history.of(request, Seen.FirstByte.class).stream().findFirst();
      for (int i = 1; i < begins.size(); i++) {
        Seen.Begun before = begins.get(i - 1);
        Seen.Begun again = begins.get(i);
        if (!history.runtimeKilled(before.life(), again.at())) {
          faults.add(
              fault(
                  request, "was begun by " + again.life() + " while " + before.life() + " had it"));
        }
        if (first.isPresent() && first.get().at() < again.at() - History.SKEW) {
          faults.add(
              fault(request, "was begun again by " + again.life() + " after its first byte"));
        }
      }
    }
    return faults;
  }
}
