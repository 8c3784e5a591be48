package ai.greenthread.engine.cluster;

import ai.greenthread.k8s.client.Trees;
import ai.greenthread.scheduling.ledger.Victim;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;

/**
 * When each sidecar put its barrier up, by its own events. All processes of a test cluster read the
 * clock of one machine.
 */
final class Barriers implements AutoCloseable {
  /** Events tell whole milliseconds, and the test may hear of an intent after its victim does. */
  private static final Duration SLACK = Duration.ofMillis(20);

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Thread> readers = new ArrayList<>();
  private final Map<String, ConcurrentSkipListSet<Instant>> raised = new ConcurrentHashMap<>();

  /** Begins to listen to the sidecar of a pod; returns when it has begun. */
  void follow(String pod, URI sidecar) throws IOException, InterruptedException {
    var moments = new ConcurrentSkipListSet<Instant>();
    raised.put(pod, moments);
    HttpResponse<Stream<String>> response =
        http.send(
            HttpRequest.newBuilder(sidecar.resolve("/api/events")).build(),
            HttpResponse.BodyHandlers.ofLines());
    if (response.statusCode() != 200) {
      throw new IOException("events of " + pod + ": " + response.statusCode());
    }
    readers.add(
        Thread.ofVirtual().name("events of " + pod).start(() -> read(response.body(), moments)));
  }

  private static void read(Stream<String> lines, ConcurrentSkipListSet<Instant> moments) {
    try (lines) {
      lines
          .filter(line -> line.startsWith("data:"))
          .map(line -> JsonParser.parseString(line.substring("data:".length())).getAsJsonObject())
          .filter(event -> Trees.text(event, "type").equals(Optional.of("sleep_started")))
          .map((JsonObject event) -> Instant.ofEpochMilli(Trees.number(event, "timestamp")))
          .forEach(moments::add);
    } catch (UncheckedIOException e) {
      // The test has heard enough.
      return;
    }
  }

  /** From being named to the barrier, for each victim whose sidecar is listened to; sorted. */
  List<Duration> after(Map<Victim, Instant> namings) {
    List<Duration> took = new ArrayList<>();
    namings.forEach((victim, named) ->
        Optional.ofNullable(raised.get(victim.replica().podName()))
            .flatMap(moments -> Optional.ofNullable(moments.higher(named.minus(SLACK))))
            .map(up -> Duration.between(named, up))
            .ifPresent(wait -> took.add(wait.isNegative() ? Duration.ZERO : wait)));
    return took.stream().sorted().toList();
  }

  @Override
  public void close() {
    readers.forEach(Thread::interrupt);
    http.shutdownNow();
  }
}
