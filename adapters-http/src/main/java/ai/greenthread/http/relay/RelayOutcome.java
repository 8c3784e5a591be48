package ai.greenthread.http.relay;

/** How a relayed request ended. Every request ends in exactly one of these. */
public sealed interface RelayOutcome {
  /**
   * The upstream's whole answer was passed on, whatever its status.
   *
   * @param bodyBytes body bytes passed on
   */
  record Completed(int status, long bodyBytes) implements RelayOutcome {}

  /** Nothing of an answer came; the client has not been told yet. */
  record NotAnswered(UpstreamException failure) implements RelayOutcome {}

  /** The answer broke off; the client has been told and its connection is broken. */
  record Broken(int status, UpstreamException failure, long bodyBytes) implements RelayOutcome {}

  /** The client left; the upstream's connection was closed at once. */
  record ClientGone(long bodyBytes) implements RelayOutcome {}
}
