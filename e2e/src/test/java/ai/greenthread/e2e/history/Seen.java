package ai.greenthread.e2e.history;

import java.util.List;

/** One thing that somebody saw, at a moment of the machine's clock in microseconds since 1970. */
public sealed interface Seen {
  long at();

  /** Seen of one request, which is known by its {@code x-request-id}. */
  sealed interface OfRequest extends Seen {
    String request();
  }

  /** How a request ended for its client. */
  sealed interface Outcome extends OfRequest {}

  /** Written by an engine; {@code life} is one run of its process. */
  sealed interface OfEngine extends Seen {
    String life();
  }

  /** A client is about to send a request. */
  record Sent(long at, String request, String model) implements OfRequest {}

  /** A client has the first byte of an answer; comments that keep a connection alive are none. */
  record FirstByte(long at, String request) implements OfRequest {}

  /**
   * A client has a whole answer.
   *
   * @param answerTo the request that the answer says it is for
   * @param answerModel the model that the answer says it is from
   * @param digest of the text
   */
  record Answered(long at, String request, String answerTo, String answerModel, String digest)
      implements Outcome {}

  /** A client was told that it gets no answer, before anything of one had come. */
  record Refused(long at, String request, int status, String code) implements Outcome {}

  /** A client's connection broke after the request was sent, or its answer ended with an error. */
  record Cut(long at, String request, String how) implements Outcome {}

  /** A client could not connect. */
  record Unreached(long at, String request, String how) implements Outcome {}

  /** A process is about to be killed; {@code model} is empty for the engine. */
  record Killed(long at, long pid, String model) implements Seen {
    boolean engine() {
      return model.isEmpty();
    }
  }

  /** An engine that was killed has been started again and can be used. */
  record EngineUp(long at) implements Seen {}

  /** An engine's process has started. */
  record EngineLife(long at, String life, long pid) implements OfEngine {}

  /** A sidecar moved, or heard of the end of its runtime; effects of the step come later. */
  record Step(
      long at,
      String life,
      String replica,
      String event,
      String after,
      String phase,
      long generation)
      implements OfEngine {}

  /** A sidecar has a request. */
  record Received(long at, String life, String request, String replica, String model)
      implements OfEngine, OfRequest {}

  /** A sidecar is about to send a request to the runtime of that generation. */
  record Forwarded(
      long at, String life, String request, String replica, String model, long generation)
      implements OfEngine, OfRequest {}

  /** A sidecar is done with a request. */
  record Closed(long at, String life, String request, String replica, String how)
      implements OfEngine, OfRequest {}

  /** A runtime's process has started. */
  record RuntimeLife(long at, String life, long pid, List<String> models) implements Seen {
    public RuntimeLife {
      models = List.copyOf(models);
    }
  }

  /** A runtime got a request. */
  record Begun(long at, String life, String request) implements OfRequest {}

  /** A runtime is done with a request, its answer complete or not; the client does not know yet. */
  record Ended(long at, String life, String request, boolean finished) implements OfRequest {}

  /** A runtime has handed a whole answer to the network. */
  record HandedOver(long at, String life, String request) implements OfRequest {}
}
