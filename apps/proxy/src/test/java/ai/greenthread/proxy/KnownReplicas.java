package ai.greenthread.proxy;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

/** A directory that a test fills. */
final class KnownReplicas implements ReplicaDirectory {
  static final Instant CREATED = Instant.ofEpochSecond(1_700_000_000);

  private final Map<String, List<Route>> models = new ConcurrentSkipListMap<>();
  volatile boolean ready = true;

  /** What happens as soon as somebody was told the routes. */
  volatile Runnable afterRoutes = () -> {};

  volatile CompletableFuture<Boolean> settled = CompletableFuture.completedFuture(true);

  void serve(String model, Route... routes) {
    models.put(model, List.of(routes));
  }

  void serve(String model, FakeSidecar... sidecars) {
    serve(
        model,
        List.of(sidecars).stream()
            .map(sidecar -> new Route(sidecar.uri(), Readiness.AWAKE, 0))
            .toArray(Route[]::new));
  }

  void forget(String model) {
    models.remove(model);
  }

  @Override
  public boolean isReady() {
    return ready;
  }

  @Override
  public List<ServedModel> models() {
    return models.keySet().stream().map(name -> new ServedModel(name, CREATED)).toList();
  }

  @Override
  public Optional<List<Route>> routes(String modelName) {
    Optional<List<Route>> routes = Optional.ofNullable(models.get(modelName));
    afterRoutes.run();
    return routes;
  }

  @Override
  public CompletableFuture<Boolean> settled(String modelName) {
    return settled;
  }

  @Override
  public Set<URI> sidecars() {
    return models.values().stream()
        .flatMap(List::stream)
        .map(Route::sidecar)
        .collect(Collectors.toSet());
  }
}
