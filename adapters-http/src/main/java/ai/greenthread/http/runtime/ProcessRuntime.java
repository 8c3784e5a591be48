package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeCapabilities;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** A server that cannot sleep: it gives its memory back by ending, and wakes by starting. */
final class ProcessRuntime implements InferenceRuntime {
  private final Model model;
  private final AdminClient client;
  private final Server server;

  ProcessRuntime(Model model, AdminClient client, Server server) {
    this.model = model;
    this.client = client;
    this.server = server;
  }

  @Override
  public RuntimeCapabilities capabilities() {
    return new RuntimeCapabilities(false, false);
  }

  @Override
  public Optional<String> obstacle() {
    return server.obstacle();
  }

  @Override
  public URI endpoint() {
    return client.base();
  }

  @Override
  public void wake(List<GpuId> devices, Duration limit)
      throws RuntimeFailure, InterruptedException {
    if (server.probe().isPresent()) {
      server.start(devices, limit);
    }
  }

  @Override
  public void sleep(Duration limit) throws RuntimeFailure, InterruptedException {
    server.end(limit);
  }

  @Override
  public void stop(Duration limit) throws RuntimeFailure, InterruptedException {
    server.end(limit);
  }

  @Override
  public Optional<String> probe() throws InterruptedException {
    return server.probe();
  }

  @Override
  public OptionalInt inFlight() {
    return OptionalInt.empty();
  }

  @Override
  public Map<GpuId, Bytes> footprint() throws RuntimeFailure, InterruptedException {
    return server.footprint();
  }

  @Override
  public Optional<String> canary(Duration limit) throws RuntimeFailure, InterruptedException {
    return Canary.ask(client, model, limit);
  }

  @Override
  public void onDeath(Consumer<String> listener) {
    server.onDeath(listener);
  }
}
