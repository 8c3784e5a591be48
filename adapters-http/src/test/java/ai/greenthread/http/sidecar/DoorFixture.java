package ai.greenthread.http.sidecar;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.domain.model.SleepSettings;
import ai.greenthread.http.events.EventJournal;
import ai.greenthread.http.events.HistoryLog;
import ai.greenthread.http.events.SidecarEvents;
import ai.greenthread.http.relay.UpstreamLimits;
import ai.greenthread.http.server.ServerSettings;
import ai.greenthread.http.testkit.Await;
import ai.greenthread.http.testkit.HandTime;
import ai.greenthread.http.testkit.RawClient;
import ai.greenthread.http.testkit.RawUpstream;
import ai.greenthread.scheduling.ledger.InMemoryLedger;
import ai.greenthread.scheduling.lifecycle.LifecycleSettings;
import ai.greenthread.scheduling.sidecar.Mailbox;
import ai.greenthread.scheduling.sidecar.Sidecar;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import ai.greenthread.scheduling.sidecar.SidecarSettings;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** An open front door with a real sidecar behind it, whose effects do as they are told. */
@Timeout(60)
abstract class DoorFixture {
  static final String CHAT = "/v1/chat/completions";
  static final String BODY = "{\"model\":\"org/tiny\",\"messages\":[]}";
  static final String STREAM = "{\"model\":\"org/tiny\",\"stream\":true}";
  static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  static final String SSE = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";
  static final Duration KEEP_ALIVE = Duration.ofMillis(50);
  static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(30);
  static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(5);
  static final GpuId GPU = new GpuId("here", 0);
  static final ReplicaId REPLICA = new ReplicaId(new ModelRef("default", "tiny"), 0);

  final HandTime time = new HandTime();
  final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  final ToldEffects effects = new ToldEffects();

  /** What went into the history, a line each: what it is and its facts in order of their names. */
  final List<String> kept = new CopyOnWriteArrayList<>();

  final EventJournal journal =
      new EventJournal(
          time,
          100,
          new HistoryLog() {
            @Override
            public boolean isKept() {
              return true;
            }

            @Override
            public void write(String what, Map<String, Object> facts) {
              kept.add(what + " " + new TreeMap<>(facts));
            }
          });
  volatile RawUpstream.Script script =
      peer -> {
        while (peer.readRequest()) {
          peer.send(OK);
        }
      };
  volatile Duration promised = Duration.ofMinutes(5);
  volatile URI endpoint = URI.create("http://127.0.0.1:1");
  RawUpstream runtime;
  Sidecar sidecar;
  FrontDoor door;
  RawClient client;

  @BeforeEach
  void open() {
    runtime = new RawUpstream(peer -> script.run(peer));
    endpoint = URI.create("http://127.0.0.1:" + runtime.port());
    var ledger = new InMemoryLedger();
    ledger.add(GPU, Bytes.ofGiB(1));
    var metrics = new SidecarMetrics(REPLICA, List.of(GPU), ledger);
    var orders = new Orders();
    sidecar =
        new Sidecar(
            REPLICA,
            settings(),
            List.of(GPU),
            ledger,
            effects,
            new Mailbox(threads),
            time,
            time,
            SidecarListener.all(
                List.of(new SidecarEvents(journal, metrics::charged), metrics, orders)));
    metrics.observe(sidecar);
    metrics.promise(() -> Optional.of(promised));
    door =
        FrontDoor.open(
            new FrontDoor.Settings(
                ServerSettings.loopback(0).withDrainTimeout(Duration.ofSeconds(20)),
                UpstreamLimits.DEFAULT,
                KEEP_ALIVE),
            new FrontDoor.Identity("tiny", "org/tiny", false, Instant.EPOCH),
            sidecar,
            new RuntimeAt(() -> endpoint),
            metrics,
            orders,
            journal,
            new SplittableRandom(1));
    client = client();
    sidecar.start();
  }

  @AfterEach
  void close() {
    client.close();
    door.close();
    sidecar.close();
    runtime.close();
    threads.shutdownNow();
  }

  static SidecarSettings settings() {
    Duration hour = Duration.ofHours(1);
    return new SidecarSettings(
        new LifecycleSettings(
            new Fairness(Duration.ZERO, Duration.ZERO, false),
            new SleepSettings(hour, DRAIN_TIMEOUT),
            hour,
            hour,
            hour,
            hour,
            Duration.ofSeconds(1)),
        2,
        REQUEST_TIMEOUT,
        false);
  }

  RawClient client() {
    return new RawClient(door.uri().getPort());
  }

  void booted() {
    effects.boot.complete(true);
    awaitState("sleeping");
  }

  void awake() {
    booted();
    sidecar.wake();
    awaitState("serving");
  }

  void awaitState(String label) {
    Await.until("it is " + label, () -> sidecar.status().state().label().equals(label));
  }

  String metric(String name) {
    try (RawClient other = client()) {
      return other
          .get("/metrics")
          .read()
          .body()
          .lines()
          .filter(line -> line.startsWith(name + " "))
          .findFirst()
          .map(line -> line.substring(name.length() + 1))
          .orElse("none");
    }
  }
}
