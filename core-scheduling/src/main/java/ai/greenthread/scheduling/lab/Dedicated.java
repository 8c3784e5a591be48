package ai.greenthread.scheduling.lab;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;

/**
 * Each model has devices of its own and never leaves them: what a fleet costs and how fast it is
 * when nothing is shared. A model is loaded once, at its first request.
 */
public final class Dedicated implements Strategy {
  public static final String NAME = "dedicated";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean idleModelsSleep() {
    return false;
  }

  @Override
  public void act(Board board) {
    for (int model = 0; model < board.fleet().models().size(); model++) {
      if (board.parked(model) > 0 && board.fits(model)) {
        board.wake(model);
      }
    }
  }

  /**
   * The fleet on which no two models of {@code fleet} share a device: itself if it is large enough,
   * else as many of its largest device as the models need.
   */
  public static LabFleet fleetFor(LabFleet fleet) {
    if (nothingIsShared(fleet)) {
      return fleet;
    }
    int needed = fleet.models().stream().mapToInt(LabModel::gpus).sum();
    LabFleet large = resized(fleet, Math.max(needed, fleet.gpus().size()));
    return new LabFleet(
        Collections.nCopies(needed, Collections.max(fleet.gpus())),
        large.models(),
        large.linkBytesPerSecond(),
        large.hostBytesPerSecond(),
        large.wakesAtOnce());
  }

  private static boolean nothingIsShared(LabFleet fleet) {
    var seen = new HashSet<Integer>();
    return fleet.placements().stream().flatMap(List::stream).allMatch(seen::add);
  }

  /**
   * The same models with another number of devices. Those added are like the fleet's largest, and
   * come with their share of host bandwidth, as another host would bring it.
   *
   * @param gpus at least 1; the first ones stay if they are fewer than the fleet has
   */
  public static LabFleet resized(LabFleet fleet, int gpus) {
    var devices = new ArrayList<>(fleet.gpus());
    var largest = Collections.max(devices);
    while (devices.size() < gpus) {
      devices.add(largest);
    }
    double hosts = Math.max(1, gpus / (double) fleet.gpus().size());
    return new LabFleet(
        devices.subList(0, gpus),
        fleet.models(),
        fleet.linkBytesPerSecond(),
        fleet.hostBytesPerSecond() * hosts,
        (int) (fleet.wakesAtOnce() * hosts));
  }
}
