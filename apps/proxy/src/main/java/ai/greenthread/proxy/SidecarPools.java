package ai.greenthread.proxy;

import ai.greenthread.http.relay.UpstreamAddress;
import ai.greenthread.http.relay.UpstreamLimits;
import ai.greenthread.http.relay.UpstreamPool;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Connections to sidecars, a pool each. Pools of sidecars that are gone are closed soon after;
 * requests that still use one of their connections end undisturbed.
 */
final class SidecarPools implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final Map<URI, UpstreamPool> pools = new ConcurrentHashMap<>();
  private final UpstreamLimits limits;
  private final Supplier<Set<URI>> present;
  private final Thread sweeper;

  /**
   * @param present sidecars that there are
   */
  SidecarPools(UpstreamLimits limits, Supplier<Set<URI>> present) {
    this.limits = limits;
    this.present = present;
    this.sweeper = Thread.ofVirtual().name("sidecar-pools").start(this::sweep);
  }

  UpstreamPool of(URI sidecar) {
    UpstreamPool pool = pools.get(sidecar);
    return pool != null
        ? pool
        : pools.computeIfAbsent(sidecar, uri -> new UpstreamPool(UpstreamAddress.of(uri), limits));
  }

  /** Pools now. */
  int size() {
    return pools.size();
  }

  private void sweep() {
    try {
      while (true) {
        Thread.sleep(PERIOD);
        closeForgotten();
      }
    } catch (InterruptedException e) {
      // Closed.
      return;
    }
  }

  private void closeForgotten() {
    if (!pools.isEmpty()) {
      Set<URI> known = present.get();
      pools.forEach((sidecar, pool) -> {
        if (!known.contains(sidecar) && pools.remove(sidecar, pool)) {
          pool.close();
        }
      });
    }
  }

  @Override
  public void close() {
    sweeper.interrupt();
    pools.values().forEach(UpstreamPool::close);
  }
}
