package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.EventFeed;
import ai.greenthread.domain.model.ModelRef;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The last events, taken from a stream that has no end of its own. */
final class RecentEvents {
  /** A replay comes out of memory in one go; a pause this long means that it is over. */
  private static final Duration QUIET = Duration.ofMillis(400);

  private RecentEvents() {}

  /** At most {@code count} events, oldest first, the periodic state left out. */
  static List<EventLine> read(Engine engine, Optional<ModelRef> model, int count) {
    BlockingQueue<Optional<EventLine>> arrived = new LinkedBlockingQueue<>();
    try (EventFeed stream = engine.events(model, count)) {
      Thread.ofVirtual().start(() -> pump(stream, arrived));
      List<EventLine> events = new ArrayList<>();
      while (events.size() < count) {
        Optional<EventLine> event = arrived.poll(QUIET.toMillis(), TimeUnit.MILLISECONDS);
        if (event == null || event.isEmpty()) {
          break;
        }
        event.filter(line -> !line.isState()).ifPresent(events::add);
      }
      return events;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  /** The next event; empty at the end of the feed. */
  static Optional<EventLine> next(EventFeed feed) throws IOException {
    return feed.next().map(EventLine::new);
  }

  private static void pump(EventFeed stream, BlockingQueue<Optional<EventLine>> arrived) {
    try {
      Optional<EventLine> event = next(stream);
      while (event.isPresent()) {
        arrived.add(event);
        event = next(stream);
      }
    } catch (IOException closedOrBroken) {
      // The end below says all that the reader needs to know.
    }
    arrived.add(Optional.empty());
  }
}
