package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.HttpStep;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeCapabilities;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Any server that goes to sleep and wakes by HTTP calls that the user named. */
final class StepsRuntime implements InferenceRuntime {
  private final AdminClient client;
  private final Server server;
  private final Steps steps;
  private final HealthWatch health;
  private final AtomicBoolean told = new AtomicBoolean();
  private volatile boolean asleep;
  private volatile Consumer<String> onDeath = reason -> {};

  /**
   * @param sleep in order
   * @param wake in order
   * @param verify after a wake, in order
   */
  record Steps(List<HttpStep> sleep, List<HttpStep> wake, List<HttpStep> verify) {}

  StepsRuntime(AdminClient client, Server server, Steps steps) {
    this.client = client;
    this.server = server;
    this.steps = steps;
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
    return new RuntimeCapabilities(true, false);
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
      asleep = false;
    }
    if (asleep) {
      run(steps.wake(), deadline);
    }
    asleep = false;
    server.awake(devices);
    told.set(false);
    health.start(this::died);
  }

  @Override
  public void sleep(Duration limit) throws RuntimeFailure, InterruptedException {
    health.stop();
    if (!server.isRunning()) {
      throw new RuntimeFailure("the server does not run");
    }
    if (asleep) {
      // What sleeps may well refuse to be put to sleep.
      return;
    }
    run(steps.sleep(), Deadline.in(limit));
    asleep = true;
    server.asleep();
  }

  @Override
  public void stop(Duration limit) throws RuntimeFailure, InterruptedException {
    health.stop();
    server.end(limit);
    asleep = server.outlivesEnd();
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

  /** The user's own proof; it has no answer to compare. */
  @Override
  public Optional<String> canary(Duration limit) throws RuntimeFailure, InterruptedException {
    run(steps.verify(), Deadline.in(limit));
    return Optional.empty();
  }

  @Override
  public void onDeath(Consumer<String> listener) {
    onDeath = listener;
  }

  private void run(List<HttpStep> all, Deadline deadline)
      throws RuntimeFailure, InterruptedException {
    for (HttpStep step : all) {
      client.step(step, deadline);
    }
  }
}
