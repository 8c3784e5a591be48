package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.SleepLevel;
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
import java.util.function.Consumer;

/**
 * vLLM, or what speaks its admin API. The process stays alive asleep.
 *
 * <p>Level 1 moves the weights to host memory and takes one call back; level 2 drops them and needs
 * four: memory for the weights, the weights themselves, memory for the KV cache, and an empty
 * prefix cache. Leaving out the second gives garbage with status 200, which the canary finds. Any
 * error while waking leaves memory half mapped; the engine ends the process then.
 */
final class VllmRuntime implements InferenceRuntime {
  private static final Duration ADMIN_LIMIT = Duration.ofSeconds(5);
  private static final long LOOK_AGAIN_MS = 20;

  private final Model model;
  private final SleepLevel level;
  private final AdminClient client;
  private final Server server;
  private final HealthWatch health;
  private volatile Consumer<String> onDeath = reason -> {};

  VllmRuntime(Model model, SleepLevel level, AdminClient client, Server server) {
    this.model = model;
    this.level = level;
    this.client = client;
    this.server = server;
    this.health = new HealthWatch(server::probe);
    server.onDeath(this::died);
  }

  private void died(String reason) {
    health.stop();
    onDeath.accept(reason);
  }

  @Override
  public RuntimeCapabilities capabilities() {
    return new RuntimeCapabilities(true, true);
  }

  @Override
  public URI endpoint() {
    return client.base();
  }

  @Override
  public void wake(List<GpuId> devices, Duration limit)
      throws RuntimeFailure, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    if (!server.isRunning()) {
      server.start(devices, limit);
    }
    if (isSleeping()) {
      wakeUp(end);
    }
    awaitSleeping(false, end);
    server.awake(devices);
    health.start(this::died);
  }

  private void wakeUp(long end) throws RuntimeFailure, InterruptedException {
    if (level != SleepLevel.TWO) {
      client.command("/wake_up", "", left(end));
      return;
    }
    client.command("/wake_up?tags=weights", "", left(end));
    client.command("/collective_rpc", "{\"method\":\"reload_weights\"}", left(end));
    client.command("/wake_up?tags=kv_cache", "", left(end));
    client.command("/reset_prefix_cache", "", left(end));
  }

  @Override
  public void sleep(Duration limit) throws RuntimeFailure, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    health.stop();
    if (!server.isRunning()) {
      throw new RuntimeFailure("the server does not run");
    }
    String number = level == SleepLevel.TWO ? "2" : "1";
    AdminClient.Answer answer = client.post("/sleep?level=" + number + "&mode=wait", "", left(end));
    if (answer.status() == 404) {
      throw new RuntimeFailure(
          "vLLM has no sleep routes: start it with VLLM_SERVER_DEV_MODE=1 and --enable-sleep-mode");
    }
    if (!answer.ok()) {
      throw new RuntimeFailure(AdminClient.refusal("POST", "/sleep", answer));
    }
    awaitSleeping(true, end);
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

  /** A server without sleep mode counts as awake. */
  private boolean isSleeping() throws RuntimeFailure, InterruptedException {
    AdminClient.Answer answer = client.get("/is_sleeping", ADMIN_LIMIT);
    return answer.ok() && answer.body().replace(" ", "").contains("\"is_sleeping\":true");
  }

  private void awaitSleeping(boolean wanted, long end) throws RuntimeFailure, InterruptedException {
    while (isSleeping() != wanted) {
      if (System.nanoTime() >= end) {
        throw new RuntimeFailure(wanted ? "/is_sleeping stays false" : "/is_sleeping stays true");
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MS);
    }
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
  }
}
