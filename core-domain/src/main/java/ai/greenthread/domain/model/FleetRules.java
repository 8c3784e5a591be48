package ai.greenthread.domain.model;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.DurationText;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The rules that several Models have to keep together: names that do not clash, and room for each
 * of them.
 */
public final class FleetRules {
  private FleetRules() {}

  /**
   * A device as these rules see it.
   *
   * @param product as the node label writes it, with hyphens for spaces
   * @param capacity memory that may be handed out
   * @param headroom memory that never is
   */
  public record Device(GpuId id, String product, Bytes capacity, Bytes headroom) {
    /** One whose whole memory may be handed out. */
    public Device(GpuId id, String product, Bytes capacity) {
      this(id, product, capacity, Bytes.ZERO);
    }
  }

  /** A Model that cannot be declared beside the others. */
  public record Clash(ModelRef model, Violation violation) {
    @Override
    public String toString() {
      return model + ": " + violation;
    }
  }

  /** A Model that can be declared and will not work as its user expects. */
  public record Remark(ModelRef model, Warning warning) {
    @Override
    public String toString() {
      return model + ": " + warning;
    }
  }

  /**
   * Clashes among Models that are declared together, as in one folder; the later one is at fault.
   * Names are unique within a namespace. {@code modelName} is unique over all namespaces, because a
   * request is routed by it alone: more copies of one model are {@code replicas}, not more Models.
   */
  public static List<Clash> clashes(List<Model> together) {
    List<Clash> clashes = new ArrayList<>();
    Map<ModelRef, Model> byRef = new HashMap<>();
    Map<String, Model> byName = new HashMap<>();
    for (Model model : together) {
      if (byRef.putIfAbsent(model.ref(), model) != null) {
        clashes.add(
            new Clash(
                model.ref(),
                Violation.duplicate(
                    "metadata.name",
                    model.ref().name(),
                    "namespace "
                        + model.ref().namespace()
                        + " declares a Model of this name already; rename one of the two")));
        continue;
      }
      Model first = byName.putIfAbsent(model.spec().modelName(), model);
      if (first != null) {
        clashes.add(new Clash(model.ref(), takenBy(first)));
      }
    }
    return clashes;
  }

  /**
   * Why {@code candidate} cannot join those {@code declared}. One of its own reference among them
   * is what it replaces, and no clash.
   */
  public static Optional<Violation> clash(Model candidate, Collection<Model> declared) {
    return declared.stream()
        .filter(other -> !other.ref().equals(candidate.ref()))
        .filter(other -> other.spec().modelName().equals(candidate.spec().modelName()))
        .findFirst()
        .map(FleetRules::takenBy);
  }

  private static Violation takenBy(Model first) {
    return Violation.duplicate(
        "spec.modelName",
        first.spec().modelName(),
        "Model "
            + first.ref()
            + " serves it already and requests are routed by this name; for more copies raise"
            + " spec.replicas there");
  }

  /**
   * Models that can never wake on these devices, and Models that can never wake beside the popular
   * ones, which are never put to sleep. A Model's need per device is what was measured, else what
   * it declares, else for vLLM the share of the device that it may take; a Model whose need is
   * unknown is not spoken about and takes no room. Nothing is said that is not certain: the popular
   * Models leave no room only if no way to place them does.
   *
   * @param measured bytes per device while serving, for the Models that were measured
   */
  public static List<Remark> room(
      Collection<Model> models, Map<ModelRef, Bytes> measured, Collection<Device> devices) {
    List<Room.Need> needs = needs(models, measured);
    Room room = new Room(devices);
    List<Remark> remarks = new ArrayList<>();
    Set<Room.Need> fitting = new LinkedHashSet<>();
    for (Room.Need need : needs) {
      Optional<Warning> never = neverFits(need, room, devices);
      never.ifPresent(warning -> remarks.add(new Remark(need.ref(), warning)));
      if (never.isEmpty() && need.known()) {
        fitting.add(need);
      }
    }
    List<Room.Need> popular = fitting.stream().filter(Room.Need::popular).toList();
    for (Room.Need need : fitting) {
      besidePopular(need, popular, room)
          .ifPresent(warning -> remarks.add(new Remark(need.ref(), warning)));
    }
    return remarks;
  }

  private static List<Room.Need> needs(Collection<Model> models, Map<ModelRef, Bytes> measured) {
    return models.stream()
        .filter(model -> model.spec().replicas() > 0)
        .map(model -> new Room.Need(model, Optional.ofNullable(measured.get(model.ref()))))
        .toList();
  }

  /**
   * What is to be said to whoever declares {@code model} where a minimum runtime outlasts the
   * requests of another Model: its own those of others, or that of others its own. The two are
   * never awake together, and one is granted more time than requests for the other wait. As in
   * {@link #room}, nothing is said that is not certain: of two Models that could be awake together
   * on some of these devices, and of those whose need is not known, nothing.
   *
   * @param others those declared; one of its own reference among them is passed over
   * @param measured bytes per device while serving, for the Models that were measured
   */
  public static List<Warning> outlasted(
      Model model,
      Collection<Model> others,
      Map<ModelRef, Bytes> measured,
      Collection<Device> devices) {
    Room room = new Room(devices);
    List<Room.Need> self = needs(List.of(model), measured);
    if (self.isEmpty() || !takesTurns(self.getFirst(), room)) {
      return List.of();
    }
    List<Model> apart =
        needs(others, measured).stream()
            .filter(other -> !other.ref().equals(model.ref()))
            .filter(other -> isOutlasted(model, other.model()) || isOutlasted(other.model(), model))
            .filter(other -> takesTurns(other, room) && room.apart(self.getFirst(), other))
            .map(Room.Need::model)
            .toList();
    List<Warning> warnings = new ArrayList<>();
    toWaiter(model, apart.stream().filter(other -> isOutlasted(model, other)).toList())
        .ifPresent(warnings::add);
    toHolder(model, apart.stream().filter(other -> isOutlasted(other, model)).toList())
        .ifPresent(warnings::add);
    return warnings;
  }

  private static Optional<Warning> toWaiter(Model waiter, List<Model> holders) {
    return holders.stream()
        .max(Comparator.comparing(holder -> holder.spec().fairness().minRuntime()))
        .map(holder ->
            new Warning(
                "spec.queue.requestTimeout",
                "is shorter ("
                    + DurationText.print(waiter.spec().queue().requestTimeout())
                    + ") than spec.fairness.minRuntime of "
                    + holder.ref()
                    + " ("
                    + DurationText.print(holder.spec().fairness().minRuntime())
                    + more(holders)
                    + "), beside which there is no room for it: requests that come while that"
                    + " serves may be refused; raise this or lower that"));
  }

  private static Optional<Warning> toHolder(Model holder, List<Model> waiters) {
    return waiters.stream()
        .min(Comparator.comparing(waiter -> waiter.spec().queue().requestTimeout()))
        .map(waiter ->
            new Warning(
                "spec.fairness.minRuntime",
                "is longer ("
                    + DurationText.print(holder.spec().fairness().minRuntime())
                    + ") than requests wait for "
                    + waiter.ref()
                    + " (spec.queue.requestTimeout "
                    + DurationText.print(waiter.spec().queue().requestTimeout())
                    + more(waiters)
                    + "), for which there is no room beside it: they may be refused while this"
                    + " serves; lower this or raise that"));
  }

  private static String more(List<Model> models) {
    return models.size() == 1 ? "" : ", and " + (models.size() - 1) + " more like it";
  }

  private static boolean isOutlasted(Model waiter, Model holder) {
    Duration patience = waiter.spec().queue().requestTimeout();
    return patience.compareTo(holder.spec().fairness().minRuntime()) < 0;
  }

  /** It can wake, and be put to sleep for another. */
  private static boolean takesTurns(Room.Need need, Room room) {
    return need.known()
        && !need.popular()
        && room.groups(need).stream().anyMatch(group -> room.fits(need, group));
  }

  private static Optional<Warning> neverFits(
      Room.Need need, Room room, Collection<Device> devices) {
    ModelSpec spec = need.model().spec();
    if (devices.isEmpty()) {
      return Optional.of(new Warning("spec", "can never wake: there is no GPU"));
    }
    List<Device> suitable = room.suitable(need);
    if (suitable.isEmpty()) {
      Set<String> products = new TreeSet<>();
      devices.forEach(device -> products.add(device.product()));
      return Optional.of(
          new Warning(
              "spec.product",
              "can never wake: no GPU is a "
                  + spec.product()
                  + "; there are "
                  + String.join(", ", products)));
    }
    int width = spec.parallelism().gpus();
    if (room.groups(need).isEmpty()) {
      return Optional.of(
          new Warning(
              "spec.parallelism",
              "can never wake: it needs " + width + " neighbouring GPUs of one node"));
    }
    if (need.known() && room.groups(need).stream().noneMatch(group -> room.fits(need, group))) {
      Device largest = room.largest(suitable);
      return Optional.of(
          new Warning(
              "spec",
              width == 1
                  ? "can never wake: it needs "
                      + need.on(largest)
                      + " and the largest GPU that suits has "
                      + GpuMemory.describe(largest.capacity(), largest.headroom())
                  : "can never wake: it needs "
                      + need.on(largest)
                      + " on each of "
                      + width
                      + " neighbouring GPUs, and no such group has that much"));
    }
    return Optional.empty();
  }

  private static Optional<Warning> besidePopular(
      Room.Need need, List<Room.Need> popular, Room room) {
    List<Room.Need> residents = new ArrayList<>();
    popular.forEach(p -> residents.addAll(p.replicas()));
    if (need.popular()) {
      return room.holds(residents)
          ? Optional.empty()
          : Optional.of(
              new Warning(
                  "spec.fairness.popular",
                  "the GPUs cannot hold every replica of the popular Models at once ("
                      + names(popular)
                      + "), so one of them can never wake; make fewer of them popular"));
    }
    residents.add(need);
    return popular.isEmpty() || room.holds(residents)
        ? Optional.empty()
        : Optional.of(
            new Warning(
                "spec",
                "can never wake: the popular Models ("
                    + names(popular)
                    + ") are never put to sleep and leave no room for it; make fewer of them"
                    + " popular or add a GPU"));
  }

  private static String names(List<Room.Need> popular) {
    return popular.stream().map(need -> need.ref().toString()).collect(Collectors.joining(", "));
  }
}
