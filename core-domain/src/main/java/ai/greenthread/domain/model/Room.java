package ai.greenthread.domain.model;

import ai.greenthread.domain.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Searches whether Models can be awake on some devices at the same time. For one thread. */
final class Room {
  /** Placements that are tried before the search gives up and assumes that there is room. */
  private static final int MOST_STEPS = 20_000;

  /** What one replica takes of each of its devices. */
  record Need(Model model, Optional<Bytes> measured) {
    ModelRef ref() {
      return model.ref();
    }

    boolean popular() {
      return model.spec().fairness().popular();
    }

    boolean known() {
      return measured.isPresent()
          || model.spec().runtime().memory().isPresent()
          || model.spec().runtime().type() == RuntimeType.VLLM;
    }

    /** Only for a need that is {@link #known}. */
    Bytes on(FleetRules.Device device) {
      return measured
          .or(() -> model.spec().runtime().memory().map(memory -> memory.bytes()))
          .orElseGet(() ->
              device
                  .capacity()
                  .times(model.spec().gpuMemoryUtilization().doubleValue())
                  .min(device.capacity()));
    }

    List<Need> replicas() {
      List<Need> replicas = new ArrayList<>();
      for (int i = 0; i < model.spec().replicas(); i++) {
        replicas.add(this);
      }
      return replicas;
    }
  }

  private final List<FleetRules.Device> devices;

  Room(Collection<FleetRules.Device> devices) {
    this.devices = devices.stream().sorted(Comparator.comparing(FleetRules.Device::id)).toList();
  }

  List<FleetRules.Device> suitable(Need need) {
    String product = need.model().spec().product();
    return devices.stream()
        .filter(device -> product.isEmpty() || device.product().equals(product))
        .toList();
  }

  FleetRules.Device largest(List<FleetRules.Device> some) {
    return some.stream()
        .max(Comparator.comparing(FleetRules.Device::capacity))
        .orElseThrow(() -> new IllegalArgumentException("there is no device"));
  }

  /** Every run of neighbouring devices of one node that is as wide as a replica. */
  List<List<FleetRules.Device>> groups(Need need) {
    int width = need.model().spec().parallelism().gpus();
    List<FleetRules.Device> suitable = suitable(need);
    List<List<FleetRules.Device>> groups = new ArrayList<>();
    for (int first = 0; first + width <= suitable.size(); first++) {
      List<FleetRules.Device> group = suitable.subList(first, first + width);
      FleetRules.Device start = group.getFirst();
      FleetRules.Device end = group.getLast();
      if (start.id().node().equals(end.id().node())
          && end.id().index() - start.id().index() == width - 1) {
        groups.add(group);
      }
    }
    return groups;
  }

  /** Whether a replica fits when nothing else is awake. */
  boolean fits(Need need, List<FleetRules.Device> group) {
    return group.stream().allMatch(device -> need.on(device).fitsIn(device.capacity()));
  }

  /**
   * Whether two can never be awake at once, each of which fits alone. Where each has devices to
   * itself nothing is searched for, so that a large fleet takes no longer than a look at it.
   */
  boolean apart(Need one, Need other) {
    List<List<FleetRules.Device>> places =
        groups(one).stream().filter(group -> fits(one, group)).toList();
    List<List<FleetRules.Device>> ends = List.of(places.getFirst(), places.getLast());
    boolean disjoint =
        groups(other).stream()
            .filter(group -> fits(other, group))
            .anyMatch(group -> ends.stream().anyMatch(end -> areDisjoint(end, group)));
    return !disjoint && !holds(List.of(one, other));
  }

  /** Of runs of neighbours. */
  private static boolean areDisjoint(List<FleetRules.Device> one, List<FleetRules.Device> other) {
    return one.getLast().id().compareTo(other.getFirst().id()) < 0
        || other.getLast().id().compareTo(one.getFirst().id()) < 0;
  }

  /** Whether all of these can be awake at once, in some placement. */
  boolean holds(List<Need> needs) {
    Map<Need, Resident> known = new HashMap<>();
    List<Resident> widestFirst =
        needs.stream()
            .map(need -> known.computeIfAbsent(need, Resident::new))
            .sorted(Comparator.comparingInt(resident -> -resident.width))
            .toList();
    return new Search(widestFirst).place(0);
  }

  /** A replica to be placed; devices are numbered by their place in {@code devices}. */
  private final class Resident {
    private final int width;
    private final int[] starts;
    private final long[] need;

    Resident(Need need) {
      width = need.model().spec().parallelism().gpus();
      starts = groups(need).stream().mapToInt(g -> devices.indexOf(g.getFirst())).toArray();
      this.need = devices.stream().mapToLong(device -> need.on(device).count()).toArray();
    }
  }

  private final class Search {
    /** Devices that make no difference to a Model on one device. */
    private record Alike(String product, Bytes capacity, long free) {}

    private final List<Resident> residents;
    private final long[] free =
        devices.stream().mapToLong(device -> device.capacity().count()).toArray();
    private int steps;

    Search(List<Resident> residents) {
      this.residents = residents;
    }

    boolean place(int next) {
      if (next == residents.size() || ++steps > MOST_STEPS) {
        return true;
      }
      Resident resident = residents.get(next);
      Set<Alike> tried = new HashSet<>();
      for (int start : resident.starts) {
        // Once a resident takes one device all later ones do, and neighbours no longer matter.
        boolean repeats = resident.width == 1 && !tried.add(alike(start));
        if (!repeats && fits(resident, start)) {
          take(resident, start, 1);
          boolean placed = place(next + 1);
          take(resident, start, -1);
          if (placed) {
            return true;
          }
        }
      }
      return false;
    }

    private boolean fits(Resident resident, int start) {
      for (int i = start; i < start + resident.width; i++) {
        if (resident.need[i] > free[i]) {
          return false;
        }
      }
      return true;
    }

    private void take(Resident resident, int start, int times) {
      for (int i = start; i < start + resident.width; i++) {
        free[i] -= times * resident.need[i];
      }
    }

    private Alike alike(int device) {
      FleetRules.Device d = devices.get(device);
      return new Alike(d.product(), d.capacity(), free[device]);
    }
  }
}
