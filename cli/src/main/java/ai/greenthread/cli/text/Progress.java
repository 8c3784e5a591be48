package ai.greenthread.cli.text;

/** Tells a waiting person what is being done, and for how long already. Thread-safe. */
public interface Progress extends AutoCloseable {

  /** The step that begins now; the one before it is done. */
  void step(String what);

  /** The current step goes on, in another state than its text said. */
  void update(String what);

  /** The current step is done. */
  void done();

  /** The current step is done, and what came of it is said instead of what it was. */
  void done(String result);

  /** A line that stays, without ending the current step. */
  void note(String line);

  /** Nothing more is shown. A step that is not done by now was given up. */
  @Override
  void close();
}
