package ai.greenthread.http.relay;

/**
 * Sees an answer in passing, for example to read its token usage. Called on the relaying thread:
 * must be quick, must not throw, must not keep or change the bytes.
 */
public interface RelayObserver {
  RelayObserver NONE = new RelayObserver() {};

  /** The upstream's status and header fields. */
  default void head(int status, HeaderFields headers) {}

  /** Body bytes, before they are sent to the client. */
  default void bytes(byte[] buffer, int offset, int length) {}

  /** How it ended; the last call. */
  default void end(RelayOutcome outcome) {}
}
