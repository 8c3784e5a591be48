package ai.greenthread.cli.text;

/** Tells a waiting person what is being done, and for how long already. Thread-safe. */
public interface Progress extends AutoCloseable {

  /** The step that begins now; the one before it is done. */
  void step(String what);

  /** Changes the text of the current step in place, for counts and states that move. */
  void update(String what);

  /** A line that stays, without ending the current step. */
  void note(String line);

  /** The current step is done; nothing more is shown. */
  @Override
  void close();
}
