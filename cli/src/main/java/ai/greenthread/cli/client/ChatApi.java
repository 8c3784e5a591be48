package ai.greenthread.cli.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;

/** The way to the chat API of one Model. */
public interface ChatApi extends AutoCloseable {
  /** Until the first byte of the answer, a wake and its queue included. */
  Duration FIRST_BYTE = Duration.ofMinutes(15);

  /** Where the requests go. */
  URI url();

  /**
   * Asks for a stream of server-sent events.
   *
   * @param request body of the request
   * @throws IOException when no answer came
   */
  Reply ask(String request) throws IOException, InterruptedException;

  @Override
  void close();

  /**
   * An answer that has begun.
   *
   * @param status HTTP status
   * @param body the rest of it; whoever asked closes it
   */
  record Reply(int status, InputStream body) {}
}
