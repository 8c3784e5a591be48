package ai.greenthread.http.server;

import ai.greenthread.http.relay.ClientGoneException;

/** Answers requests of one route, on the request's own virtual thread. */
@FunctionalInterface
public interface Endpoint {
  /**
   * Answers the exchange before it returns.
   *
   * @throws ai.greenthread.http.openai.ApiException to answer with an error
   * @throws ClientGoneException if the client has left; nothing more is sent
   * @throws InterruptedException if the server is stopped by force
   */
  void handle(Exchange exchange) throws ClientGoneException, InterruptedException;
}
