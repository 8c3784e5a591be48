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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** vLLM, or what speaks its admin API. The process stays alive asleep. */
final class VllmRuntime implements InferenceRuntime {
  private static final Duration ADMIN_LIMIT = Duration.ofSeconds(5);
  private static final long LOOK_AGAIN_MS = 20;

  private final Model model;
  private final AdminClient client;
  private final VllmAdmin admin;
  private final Server server;
  private final HealthWatch health;
  private final AtomicBoolean told = new AtomicBoolean();
  private volatile Consumer<String> onDeath = reason -> {};

  VllmRuntime(Model model, VllmAdmin admin, AdminClient client, Server server) {
    this.model = model;
    this.client = client;
    this.admin = admin;
    this.server = server;
    this.health = new HealthWatch(server::health);
    server.onDeath(this::died);
  }

  private void died(String reason) {
    health.stop();
    if (told.compareAndSet(false, true)) {
      onDeath.accept(reason);
    }
  }

  @Override
  public RuntimeCapabilities capabilities() {
    return new RuntimeCapabilities(true, true);
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
    Deadline deadline = Deadline.in(limit);
    if (!server.isRunning()) {
      server.start(devices, limit);
    }
    if (admin.isSleeping(deadline)) {
      admin.wakeUp(deadline);
    }
    awaitSleeping(false, deadline);
    server.awake(devices);
    told.set(false);
    health.start(this::died);
  }

  @Override
  public void sleep(Duration limit) throws RuntimeFailure, InterruptedException {
    Deadline deadline = Deadline.in(limit);
    health.stop();
    if (!server.isRunning()) {
      throw new RuntimeFailure("the server does not run");
    }
    if (!admin.isSleeping(deadline)) {
      admin.sleep(deadline);
      awaitSleeping(true, deadline);
    }
    server.asleep();
  }

  @Override
  public void stop(Duration limit) throws RuntimeFailure, InterruptedException {
    health.stop();
    server.end(limit);
  }

  @Override
  public Optional<String> probe() throws InterruptedException {
    return server.probe();
  }

  /** Counts by the server's own metrics, whichever of their names it uses. */
  @Override
  public OptionalInt inFlight() throws InterruptedException {
    Optional<AdminClient.Answer> metrics = client.tryGet("/metrics", ADMIN_LIMIT);
    if (metrics.isEmpty() || !metrics.get().ok()) {
      return OptionalInt.empty();
    }
    boolean[] found = {false};
    double sum =
        metrics
            .get()
            .body()
            .lines()
            .filter(line ->
                line.startsWith("vllm:num_requests_running")
                    || line.startsWith("vllm:num_requests_waiting"))
            .mapToDouble(line -> {
              found[0] = true;
              return number(line);
            })
            .sum();
    return found[0] ? OptionalInt.of((int) sum) : OptionalInt.empty();
  }

  private static double number(String line) {
    try {
      return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    } catch (NumberFormatException e) {
      return 0;
    }
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
    onDeath = listener;
  }

  private void awaitSleeping(boolean wanted, Deadline deadline)
      throws RuntimeFailure, InterruptedException {
    while (admin.isSleeping(deadline) != wanted) {
      Optional<String> dead = server.probe();
      if (dead.isPresent()) {
        throw new RuntimeFailure(dead.get());
      }
      if (deadline.passed()) {
        throw new RuntimeFailure(wanted ? "/is_sleeping stays false" : "/is_sleeping stays true");
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MS);
    }
  }
}
