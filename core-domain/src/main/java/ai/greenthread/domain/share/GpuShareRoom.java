package ai.greenthread.domain.share;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.Quantity;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Warning;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Claims that can be made and that no devices there are can ever fulfil. */
public final class GpuShareRoom {
  private GpuShareRoom() {}

  /** Why a claim can never be bound on these devices; nothing is said that is not certain. */
  public static Optional<Warning> never(
      GpuShareClaim claim, Collection<FleetRules.Device> devices) {
    if (devices.isEmpty()) {
      return Optional.of(new Warning("spec", "waits until there is a GPU; there is none yet"));
    }
    List<FleetRules.Device> suiting =
        devices.stream()
            .filter(device -> claim.product().isEmpty() || device.product().equals(claim.product()))
            .toList();
    if (suiting.isEmpty()) {
      Set<String> products = new TreeSet<>();
      devices.forEach(device -> products.add(device.product()));
      return Optional.of(
          new Warning(
              "spec.product",
              "can never be bound: no GPU is a "
                  + claim.product()
                  + "; there are "
                  + String.join(", ", products)));
    }
    Bytes memory = claim.memory().map(Quantity::bytes).orElse(Bytes.ZERO);
    List<FleetRules.Device> large =
        suiting.stream().filter(device -> memory.fitsIn(device.capacity())).toList();
    if (large.isEmpty()) {
      Bytes most = suiting.stream().map(FleetRules.Device::capacity).reduce(Bytes.ZERO, Bytes::max);
      return Optional.of(
          new Warning(
              "spec.memory",
              "can never be bound: the largest GPU that suits hands out " + most.human()));
    }
    return neighbours(large, claim.count())
        ? Optional.empty()
        : Optional.of(
            new Warning(
                "spec.count",
                "can never be bound: no node has "
                    + claim.count()
                    + " neighbouring GPUs that suit"));
  }

  private static boolean neighbours(List<FleetRules.Device> devices, int count) {
    Set<GpuId> ids = new HashSet<>();
    devices.forEach(device -> ids.add(device.id()));
    return ids.stream()
        .anyMatch(first -> {
          int run = 1;
          while (run < count && ids.contains(new GpuId(first.node(), first.index() + run))) {
            run++;
          }
          return run >= count;
        });
  }
}
