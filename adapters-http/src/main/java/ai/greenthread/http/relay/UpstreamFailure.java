package ai.greenthread.http.relay;

/** The ways in which an upstream can fail a request. */
public enum UpstreamFailure {
  /** Nothing listens there: the connection was refused. */
  REFUSED,
  /** The name does not resolve, or no way leads there. */
  UNREACHABLE,
  /**
   * This machine could not even try, for want of a file descriptor or a port for example; it says
   * nothing about the upstream.
   */
  NO_CONNECTION,
  /** No connection within the connect timeout. */
  CONNECT_TIMEOUT,
  /** The limit of open connections is reached. */
  TOO_MANY_CONNECTIONS,
  /** It answered that it takes no request any more, and that this one went nowhere. */
  DECLINED,
  /** The request was sent; no complete head came in time. */
  HEAD_TIMEOUT,
  /** The connection broke before one byte of the answer was read. */
  BROKEN_BEFORE_FIRST_BYTE,
  /** The connection broke within the head. */
  BROKEN_IN_HEAD,
  /** The head was read; the connection broke before the body was complete. */
  BROKEN_MID_BODY,
  /** The head was read; the body then stayed silent for too long. */
  SILENT_MID_BODY,
  /** What came is not HTTP/1.1 that can be trusted: bad framing, too large, malformed. */
  INVALID_RESPONSE,
  /** The request was cancelled from outside before a byte of it was sent. */
  CANCELLED_UNSENT,
  /** The request was cancelled from outside when it was sent, or on its way. */
  CANCELLED
}
