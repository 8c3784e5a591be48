package ai.greenthread.engine.agent;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.HeaderFields;
import ai.greenthread.http.relay.ResponseChannel;
import ai.greenthread.http.server.Endpoint;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.http.sidecar.CountedHostLink;
import ai.greenthread.scheduling.runtime.HostLink;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;

/**
 * {@code POST /v1/host-link?devices=1&devicesAtOnce=2&since=1767348000000}: the way from this
 * host's memory to its devices. Answers once weights for that many devices may travel, without an
 * end: whoever has loaded closes the connection, and so does the end of whoever asked.
 */
final class HostLinkEndpoint implements Endpoint {
  static final String PATH = "/v1/host-link";

  private static final long LONGEST_LOAD_MINUTES = 15;

  /** Less than sidecars wait for an answer. */
  private static final Duration PATIENCE = HostLink.PATIENCE.minusSeconds(1);

  /** A host has no more sidecars that wake; whoever asks beside them loads at once. */
  private static final int MOST_OPEN = 256;

  /** Nobody's request is older, so nobody gets in front of all by saying so. */
  private static final Duration OLDEST = Duration.ofHours(1);

  private static final byte[] GO = "go\n".getBytes(StandardCharsets.UTF_8);

  /** By how many devices it lets in: Models are told so when their pods are made. */
  private final Map<Integer, HostLink> links = new ConcurrentHashMap<>();

  private final Semaphore open = new Semaphore(MOST_OPEN);
  private final IntFunction<HostLink> link;
  private final InstantSource clock;
  private final LongConsumer onEntry;

  /**
   * @param onEntry called with the nanoseconds that one had to wait
   */
  HostLinkEndpoint(InstantSource clock, LongConsumer onEntry) {
    this(atOnce -> new CountedHostLink(atOnce, PATIENCE), clock, onEntry);
  }

  /**
   * @param link where so many devices may load at once
   */
  HostLinkEndpoint(IntFunction<HostLink> link, InstantSource clock, LongConsumer onEntry) {
    this.link = link;
    this.clock = clock;
    this.onEntry = onEntry;
  }

  @Override
  public void handle(Exchange exchange) throws ClientGoneException, InterruptedException {
    int devices = number(exchange, "devices");
    int atOnce = number(exchange, "devicesAtOnce");
    Instant since = since(exchange);
    if (!open.tryAcquire()) {
      throw new ApiException(ErrorCode.QUEUE_FULL, "too many ask for the way to the GPUs");
    }
    try {
      hold(exchange, links.computeIfAbsent(atOnce, link::apply), since, devices);
    } finally {
      open.release();
    }
  }

  private void hold(Exchange exchange, HostLink way, Instant since, int devices)
      throws ClientGoneException, InterruptedException {
    exchange.endWithServer();
    var left = new CountDownLatch(1);
    exchange.cancellation().bind(left::countDown);
    long asked = System.nanoTime();
    try (HostLink.Pass _ = way.enter(since, devices)) {
      onEntry.accept(System.nanoTime() - asked);
      ResponseChannel channel = exchange.channel();
      channel.head(
          200, HeaderFields.of("Content-Type", "text/plain"), ResponseChannel.UNKNOWN_LENGTH);
      channel.write(GO, 0, GO.length);
      channel.watchClient();
      boolean over = left.await(LONGEST_LOAD_MINUTES, TimeUnit.MINUTES);
      if (!over) {
        channel.breakOff();
      }
    } finally {
      exchange.cancellation().unbind();
    }
  }

  /** Milliseconds since 1970, by the clock of this node: whoever asks runs on it. */
  private Instant since(Exchange exchange) {
    try {
      Instant since =
          Instant.ofEpochMilli(Long.parseLong(exchange.queryParameter("since").orElse("")));
      Instant oldest = clock.instant().minus(OLDEST);
      return since.isBefore(oldest) ? oldest : since;
    } catch (NumberFormatException e) {
      throw new ApiException(
          ApiError.of(
                  ErrorCode.INVALID_REQUEST,
                  "the parameter since has to be a number of milliseconds since 1970")
              .withParam("since"));
    }
  }

  private static int number(Exchange exchange, String name) {
    try {
      int number = Integer.parseInt(exchange.queryParameter(name).orElse(""));
      if (number >= 1 && number <= HostLink.MOST_DEVICES) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, as what is out of range.
    }
    throw new ApiException(
        ApiError.of(
                ErrorCode.INVALID_REQUEST,
                "the parameter " + name + " has to be a number from 1 to " + HostLink.MOST_DEVICES)
            .withParam(name));
  }
}
