package ai.greenthread.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Optional;

/**
 * Events one by one, each in the engine's envelope. Belongs to one thread, but {@link #close} may
 * come from another.
 */
public interface EventFeed extends AutoCloseable {

  /**
   * The next event, waiting for it; empty when there will be none any more.
   *
   * @throws IOException when the connection broke or the feed was closed
   */
  Optional<JsonNode> next() throws IOException;

  @Override
  void close();
}
