package ai.greenthread.runtimes.http;

import java.io.IOException;

/** Answers requests, each on a virtual thread of its own. */
public interface HttpHandler {

  /** Answers the exchange; returning without an answer closes the connection. */
  void handle(Exchange exchange) throws IOException, InterruptedException;

  /** Writes the refusal of a request that could not be read; the connection is closed after it. */
  void refuse(Exchange exchange, int status, String message) throws IOException;
}
