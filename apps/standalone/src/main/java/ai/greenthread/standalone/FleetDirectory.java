package ai.greenthread.standalone;

import ai.greenthread.proxy.ReplicaDirectory;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.SidecarStatus;
import java.util.List;

/** The fleet as lc-proxy sees it. */
final class FleetDirectory implements ReplicaDirectory {
  private final Fleet fleet;

  FleetDirectory(Fleet fleet) {
    this.fleet = fleet;
  }

  @Override
  public List<ServedModel> models() {
    return fleet.all().stream()
        .map(each -> new ServedModel(each.model().spec().modelName(), each.since()))
        .toList();
  }

  @Override
  public List<Route> routes(String modelName) {
    for (Fleet.Deployed each : fleet.all()) {
      if (each.model().spec().modelName().equals(modelName)) {
        return each.replicas().stream().map(FleetDirectory::route).toList();
      }
    }
    return List.of();
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
