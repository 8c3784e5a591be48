package ai.greenthread.cli.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Engine events out of a stream of server-sent events; anything else in it is passed over. */
public final class SseEvents implements EventFeed {
  private final SseReader stream;

  public SseEvents(InputStream source) {
    this.stream = new SseReader(source);
  }

  @Override
  public Optional<JsonNode> next() throws IOException {
    while (true) {
      Optional<String> data = stream.next();
      if (data.isEmpty()) {
        return Optional.empty();
      }
      try {
        return Optional.of(Json.parse(data.get()));
      } catch (JsonProcessingException notAnEvent) {
        // A newer engine may send what this gtctl does not know.
      }
    }
  }

  @Override
  public void close() {
    stream.close();
  }
}
