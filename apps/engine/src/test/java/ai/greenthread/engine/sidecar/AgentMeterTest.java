package ai.greenthread.engine.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An agent that is updated while a sleep has to be proved. */
@Timeout(90)
class AgentMeterTest {
  private static final GpuId GPU = new GpuId("here", 0);

  /** Longer than an agent that is only started again is away. */
  private static final Duration UPDATE = Duration.ofSeconds(12);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Semaphore asked = new Semaphore(0);
  private volatile boolean away = true;
  private HttpServer server;
  private AgentMeter meter;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/v1/pods/uid/memory", this::answer);
    server.start();
    meter =
        new AgentMeter(
            http, URI.create("http://127.0.0.1:" + server.getAddress().getPort()), "uid");
  }

  @AfterEach
  void stop() {
    server.stop(0);
    http.shutdownNow();
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String told = "{\"complete\": true, \"devices\": {\"" + GPU.objectName() + "\": 7}}";
    byte[] bytes = told.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(away ? 503 : 200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
    asked.release();
  }

  @Test
  void anUpdateOfTheAgentIsWaitedFor() throws Exception {
    Future<Map<GpuId, Bytes>> measured = threads.submit(() -> meter.measure(List.of(GPU)));
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < UPDATE.toNanos()) {
      asked.acquire();
    }
    away = false;
    assertThat(measured.get()).isEqualTo(Map.of(GPU, Bytes.of(7)));
  }

  @Test
  void whoHasNoTimeLeftInterruptsIt() throws Exception {
    var thrown = new AtomicReference<Throwable>();
    Thread waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                meter.measure(List.of(GPU));
              } catch (RuntimeFailure | InterruptedException e) {
                thrown.set(e);
              }
            });
    asked.acquire(2);
    waiting.interrupt();
    assertThat(waiting.join(Duration.ofSeconds(20))).isTrue();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
  }
}
