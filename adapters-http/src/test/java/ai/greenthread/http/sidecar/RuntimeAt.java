package ai.greenthread.http.sidecar;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeCapabilities;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A runtime that is only an address: the effects of the test never ask it for anything else. */
record RuntimeAt(Supplier<URI> place) implements InferenceRuntime {
  @Override
  public URI endpoint() {
    return place.get();
  }

  @Override
  public RuntimeCapabilities capabilities() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void wake(List<GpuId> devices, Duration limit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void sleep(Duration limit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void stop(Duration limit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<String> probe() {
    return Optional.empty();
  }

  @Override
  public OptionalInt inFlight() {
    return OptionalInt.empty();
  }

  @Override
  public Map<GpuId, Bytes> footprint() {
    return Map.of();
  }

  @Override
  public Optional<String> canary(Duration limit) {
    return Optional.empty();
  }

  @Override
  public void onDeath(Consumer<String> listener) {}
}
