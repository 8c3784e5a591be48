package ai.greenthread.runtimes.surface;

/**
 * One answer being written. Whoever began it asks for pieces until the end, also after cancelling.
 */
public interface Generation {

  /** A piece of the answer, or its end. */
  sealed interface Chunk permits Text, End, Failed, Cut {}

  /** Text of one token or a few; the text may be empty, where a character is not complete yet. */
  record Text(String text, int tokens) implements Chunk {}

  /** The engine has stopped working on this answer. */
  record End(FinishReason reason) implements Chunk {}

  /** The engine could not go on. */
  record Failed(ApiError error) implements Chunk {}

  /** The connection is to break off here. */
  record Cut() implements Chunk {}

  /**
   * Waits for the next piece. After anything but a text there is none.
   *
   * @throws InterruptedException where the waiting thread was interrupted
   */
  Chunk next() throws InterruptedException;

  /**
   * Asks the engine to stop soon; {@link #next} then answers with an end once it has. Any thread,
   * any number of times.
   */
  void cancel();

  /** True once the request's turn has come. */
  boolean started();

  /** How long the request waited for its turn, in nanoseconds; 0 while it waits. */
  long queuedNanos();
}
