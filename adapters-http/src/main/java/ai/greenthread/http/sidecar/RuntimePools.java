package ai.greenthread.http.sidecar;

import ai.greenthread.http.relay.UpstreamAddress;
import ai.greenthread.http.relay.UpstreamLimits;
import ai.greenthread.http.relay.UpstreamPool;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.net.URI;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Connections to the runtime, which may be at another port after each start. */
final class RuntimePools implements AutoCloseable {
  private final InferenceRuntime runtime;
  private final UpstreamLimits limits;
  private final AtomicReference<@Nullable Place> present = new AtomicReference<>();

  private record Place(URI endpoint, UpstreamPool pool) {}

  RuntimePools(InferenceRuntime runtime, UpstreamLimits limits) {
    this.runtime = runtime;
    this.limits = limits;
  }

  UpstreamPool current() {
    URI endpoint = runtime.endpoint();
    Place place = present.get();
    if (place != null && place.endpoint().equals(endpoint)) {
      return place.pool();
    }
    var next = new Place(endpoint, new UpstreamPool(UpstreamAddress.of(endpoint), limits));
    if (present.compareAndSet(place, next)) {
      if (place != null) {
        place.pool().close();
      }
      return next.pool();
    }
    next.pool().close();
    return current();
  }

  @Override
  public void close() {
    Place place = present.getAndSet(null);
    if (place != null) {
      place.pool().close();
    }
  }
}
