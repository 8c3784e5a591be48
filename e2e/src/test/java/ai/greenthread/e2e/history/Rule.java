package ai.greenthread.e2e.history;

import java.util.List;

/** Something that holds in every history of an engine without faults. */
public interface Rule {
  /** What is against it; empty where it holds. */
  List<Fault> faults(History history);

  /** A fault of this rule. */
  default Fault fault(String request, String words) {
    return new Fault(getClass().getSimpleName(), request, words);
  }
}
