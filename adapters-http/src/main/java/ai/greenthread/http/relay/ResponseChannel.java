package ai.greenthread.http.relay;

/**
 * The wire towards one client for one answer. Confined to the thread that handles the request.
 * {@link #head} sends nothing by itself: head and first bytes go out together.
 */
public interface ResponseChannel {
  /** An answer whose length is not known beforehand. */
  long UNKNOWN_LENGTH = -1;

  /**
   * Sets status and header fields; may be called once.
   *
   * @param contentLength bytes that will follow, or {@link #UNKNOWN_LENGTH}
   */
  void head(int status, HeaderFields headers, long contentLength);

  /** Sends these bytes now; blocks while the client reads too slowly. */
  void write(byte[] bytes, int offset, int length) throws ClientGoneException;

  /** Ends the answer properly. */
  void end() throws ClientGoneException;

  /** Ends the connection without a proper end of the answer, so that the client sees a failure. */
  void breakOff();

  /** Whether a head was set: the status can no longer be changed. */
  boolean committed();

  /** Starts to watch for the client leaving: it is quiet now, no write would find out. */
  void watchClient();
}
