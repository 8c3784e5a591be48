package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.testing.Client;
import ai.greenthread.runtimes.testing.Client.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;

/** A simulator in this JVM and a client of it. */
abstract class SimulatorTest {
  static final String CHAT = "/v1/chat/completions";

  private final List<AutoCloseable> open = new ArrayList<>();

  SimulatedVllm start(SimulatorConfig config) throws Exception {
    SimulatedVllm simulator = SimulatedVllm.start(config);
    open.add(simulator);
    return simulator;
  }

  Client client(SimulatedVllm simulator) {
    Client client = new Client(simulator.url());
    open.add(client);
    return client;
  }

  static SimulatorConfig config() {
    return SimulatorConfig.defaults();
  }

  static Map<String, Object> question(String text) {
    return Client.question("simulated", text);
  }

  /** Asks without waiting for the answer. */
  static CompletableFuture<Answer> later(
      Client client, String path, Map<String, ?> body, String... headers) {
    return async(() -> client.post(path, body, headers));
  }

  static CompletableFuture<Answer> later(Client client, String path) {
    return async(() -> client.post(path));
  }

  private static CompletableFuture<Answer> async(Callable<Answer> call) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return call.call();
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        },
        task -> Thread.ofVirtual().start(task));
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }
}
