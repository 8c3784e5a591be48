package ai.greenthread.standalone;

import ai.greenthread.proxy.ReplicaDirectory;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.SidecarStatus;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** The fleet as lc-proxy sees it. */
final class FleetDirectory implements ReplicaDirectory {
  private final Fleet fleet;
  private volatile boolean ready;

  FleetDirectory(Fleet fleet) {
    this.fleet = fleet;
  }

  /** All that is declared at the start is in the fleet. */
  void filled() {
    ready = true;
  }

  @Override
  public boolean isReady() {
    return ready;
  }

  @Override
  public List<ServedModel> models() {
    return fleet.all().stream()
        .map(each -> new ServedModel(each.model().spec().modelName(), each.since()))
        .toList();
  }

  @Override
  public Optional<List<Route>> routes(String modelName) {
    return fleet.serving(modelName).map(FleetDirectory::routes);
  }

  private static List<Route> routes(List<Replica> replicas) {
    // Nearly always one, and asked for every request.
    return replicas.size() == 1
        ? List.of(route(replicas.getFirst()))
        : replicas.stream().map(FleetDirectory::route).toList();
  }

  @Override
  public CompletableFuture<Boolean> settled(String modelName) {
    return fleet.replaced(modelName);
  }

  @Override
  public Set<URI> sidecars() {
    return fleet.replicas().stream().map(Replica::url).collect(Collectors.toUnmodifiableSet());
  }

  private static Route route(Replica replica) {
    SidecarStatus status = replica.status();
    return new Route(replica.url(), readiness(status.state()), status.inFlight());
  }

  private static Readiness readiness(State state) {
    return switch (state) {
      case State.Serving _ -> Readiness.AWAKE;
      case State.Waking _ -> Readiness.WAKING;
      case State.Booting _,
          State.Sleeping _,
          State.Pending _,
          State.Deactivating _,
          State.Releasing _ ->
          Readiness.ASLEEP;
      case State.Failed _, State.Stopped _ -> Readiness.FAILED;
    };
  }
}
