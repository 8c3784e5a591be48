package ai.greenthread.engine.agent;

import java.util.List;

/** Logs failures that come again and again: when they begin, change and end. For one thread. */
final class Told {
  private static final System.Logger LOG = System.getLogger(Told.class.getName());

  private final String what;
  private List<String> last = List.of();

  Told(String what) {
    this.what = what;
  }

  /** What fails at present. */
  void now(List<String> failures) {
    if (failures.equals(last)) {
      return;
    }
    if (failures.isEmpty()) {
      LOG.log(System.Logger.Level.INFO, "{0}: works again", what);
    } else {
      LOG.log(System.Logger.Level.WARNING, "{0}: {1}", what, String.join("; ", failures));
    }
    last = List.copyOf(failures);
  }

  /** Something that happened once. */
  void remark(String text) {
    LOG.log(System.Logger.Level.INFO, "{0}: {1}", what, text);
  }
}
