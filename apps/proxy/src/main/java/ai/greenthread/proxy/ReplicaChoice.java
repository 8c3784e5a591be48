package ai.greenthread.proxy;

import ai.greenthread.proxy.ReplicaDirectory.Route;
import java.util.Comparator;
import java.util.List;

/**
 * In which order replicas are tried: those awake before those that first have to wake, and among
 * equals the one with the least to do.
 */
final class ReplicaChoice {
  private static final Comparator<Route> NEAREST =
      Comparator.comparing(Route::readiness)
          .thenComparingInt(Route::inFlight)
          .thenComparing(Route::sidecar);

  private ReplicaChoice() {}

  static List<Route> order(List<Route> routes) {
    return routes.size() < 2 ? routes : routes.stream().sorted(NEAREST).toList();
  }
}
