package ai.greenthread.k8s.gpus;

import java.util.ArrayList;
import java.util.List;

/**
 * What one round of reports did.
 *
 * @param created objects that were made
 * @param written objects whose spec or status was written
 * @param deleted objects of devices that have gone
 * @param remarks what people should know: a device that was replaced, or changed its size
 * @param failures what could not be done and is tried again in the next round
 */
public record ReportOutcome(
    int created, int written, int deleted, List<String> remarks, List<String> failures) {
  public ReportOutcome {
    remarks = List.copyOf(remarks);
    failures = List.copyOf(failures);
  }

  public boolean complete() {
    return failures.isEmpty();
  }

  /** Collects while the round goes on. */
  static final class Tally {
    int created;
    int written;
    int deleted;
    final List<String> remarks = new ArrayList<>();
    final List<String> failures = new ArrayList<>();

    ReportOutcome outcome() {
      return new ReportOutcome(created, written, deleted, remarks, failures);
    }
  }
}
