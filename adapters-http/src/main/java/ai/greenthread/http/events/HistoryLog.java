package ai.greenthread.http.events;

import java.util.Map;

/**
 * What becomes of every request and every step of a sidecar, for whoever checks afterwards that
 * none was lost. Unlike the {@link EventJournal} it leaves nothing out, and what was written is
 * still there after {@code kill -9}. Told before the thing is done that it tells of, where others
 * can see that thing. Holds no prompt and no answer. Safe for use by many threads.
 */
public interface HistoryLog {
  /** Keeps nothing. */
  HistoryLog NONE =
      new HistoryLog() {
        @Override
        public boolean isKept() {
          return false;
        }

        @Override
        public void write(String what, Map<String, Object> facts) {}
      };

  /** Whether anything is kept; where it is not, facts need not be gathered. */
  boolean isKept();

  /**
   * Writes one line.
   *
   * @param what the kind of line: {@code step}, {@code received}, {@code forwarded}, ...
   * @param facts strings and numbers
   */
  void write(String what, Map<String, Object> facts);
}
