package ai.greenthread.http.events;

import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.relay.Cancellation;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.HeaderFields;
import ai.greenthread.http.relay.ResponseChannel;
import ai.greenthread.http.server.Endpoint;
import ai.greenthread.http.server.Exchange;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * {@code GET /api/events}: the journal as server-sent events, for as long as the client stays.
 * Begins with {@code system_state} and repeats it every half minute; {@code ?replay=N} adds the
 * last N events, {@code ?model=NAME} and {@code ?namespace=NAMESPACE} leave out those of other
 * models. A comment every few seconds keeps what stands between from closing.
 */
public final class EventStream implements Endpoint {
  private static final Duration HEARTBEAT = Duration.ofSeconds(5);
  private static final Duration STATE_PERIOD = Duration.ofSeconds(30);
  private static final int MAX_REPLAY = 1_000;
  private static final byte[] COMMENT = ": still here\n\n".getBytes(StandardCharsets.UTF_8);

  private final EventJournal journal;
  private final EventFilter own;
  private final Supplier<Map<String, Object>> systemState;
  private final Duration heartbeat;
  private final Duration statePeriod;

  /**
   * @param own only these events; those who ask may narrow them down where they are all
   * @param systemState metadata of {@code system_state}: models and GPUs as they are
   */
  public EventStream(
      EventJournal journal, EventFilter own, Supplier<Map<String, Object>> systemState) {
    this(journal, own, systemState, HEARTBEAT, STATE_PERIOD);
  }

  EventStream(
      EventJournal journal,
      EventFilter own,
      Supplier<Map<String, Object>> systemState,
      Duration heartbeat,
      Duration statePeriod) {
    this.journal = journal;
    this.own = own;
    this.systemState = systemState;
    this.heartbeat = heartbeat;
    this.statePeriod = statePeriod;
  }

  @Override
  public void handle(Exchange exchange) throws ClientGoneException, InterruptedException {
    int replay = replay(exchange);
    EventFilter wanted =
        own.equals(EventFilter.ALL)
            ? new EventFilter(
                exchange.queryParameter("model").orElse(""),
                exchange.queryParameter("namespace").orElse(""))
            : own;
    Cancellation cancellation = exchange.cancellation();
    try (EventJournal.Follower follower = journal.follow(replay, wanted)) {
      exchange.endWithServer();
      cancellation.bind(follower::wake);
      follow(exchange, follower);
    } finally {
      cancellation.unbind();
    }
    if (cancellation.reason().orElse(null) == Cancellation.Reason.SHUTTING_DOWN) {
      exchange.channel().end();
    }
  }

  private void follow(Exchange exchange, EventJournal.Follower follower)
      throws ClientGoneException, InterruptedException {
    ResponseChannel channel = exchange.channel();
    channel.head(
        200,
        HeaderFields.of("Content-Type", "text/event-stream", "Cache-Control", "no-cache"),
        ResponseChannel.UNKNOWN_LENGTH);
    write(channel, state());
    channel.watchClient();
    long stateAt = System.nanoTime();
    while (!exchange.cancellation().isCancelled()) {
      Optional<EngineEvent> event = follower.next(heartbeat);
      write(channel, event.map(EventJson::sse).orElse(COMMENT));
      if (System.nanoTime() - stateAt >= statePeriod.toNanos()) {
        stateAt = System.nanoTime();
        write(channel, state());
      }
    }
  }

  private byte[] state() {
    return EventJson.sse(journal.snapshot(systemState.get()));
  }

  private static int replay(Exchange exchange) {
    String asked = exchange.queryParameter("replay").orElse("0");
    try {
      return Math.clamp(Integer.parseInt(asked), 0, MAX_REPLAY);
    } catch (NumberFormatException e) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST, "replay must be a number of events, not " + asked);
    }
  }

  private static void write(ResponseChannel channel, byte[] bytes) throws ClientGoneException {
    channel.write(bytes, 0, bytes.length);
  }
}
