package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A server that somebody else started and will end. It is asked to sleep, never ended; its memory
 * cannot be measured without its process, so the declared amount counts while it is awake.
 */
final class AttachedServer implements Server {
  private static final Duration PROBE_LIMIT = Duration.ofSeconds(2);

  private final AdminClient client;
  private final String healthPath;
  private final Bytes declared;
  private final Sleep sleep;
  private volatile List<GpuId> awakeOn = List.of();

  /** How this kind of server is asked to give its memory back. */
  @FunctionalInterface
  interface Sleep {
    void sleep(Duration limit) throws RuntimeFailure, InterruptedException;
  }

  AttachedServer(AdminClient client, String healthPath, Bytes declared, Sleep sleep) {
    this.client = client;
    this.healthPath = healthPath;
    this.declared = declared;
    this.sleep = sleep;
  }

  @Override
  public void awake(List<GpuId> devices) {
    awakeOn = List.copyOf(devices);
  }

  @Override
  public void asleep() {
    awakeOn = List.of();
  }

  @Override
  public boolean isRunning() throws InterruptedException {
    return client.tryGet(healthPath, PROBE_LIMIT).isPresent();
  }

  @Override
  public void start(List<GpuId> devices, Duration limit) throws RuntimeFailure {
    throw new RuntimeFailure(
        "no server answers at " + client.base() + ": start it, or correct spec.runtime.url");
  }

  @Override
  public void end(Duration limit) throws RuntimeFailure, InterruptedException {
    if (isRunning()) {
      sleep.sleep(limit);
    }
    asleep();
  }

  @Override
  public Health health() throws InterruptedException {
    return client.health(healthPath, PROBE_LIMIT);
  }

  @Override
  public Map<GpuId, Bytes> footprint() {
    var footprint = new HashMap<GpuId, Bytes>();
    awakeOn.forEach(device -> footprint.put(device, declared));
    return footprint;
  }

  @Override
  public boolean outlivesEnd() {
    return true;
  }

  @Override
  public void onDeath(Consumer<String> listener) {
    // Its process is not ours to watch; the health watch tells.
  }
}
