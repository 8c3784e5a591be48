package ai.greenthread.k8s.controller;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.render.PodTemplate;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.policy.WaitBound;
import ai.greenthread.scheduling.policy.WakePolicy;
import ai.greenthread.scheduling.runtime.HostLink;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The longest that requests to each Model can wait while nothing fails, as {@link WaitBound#shown}.
 * It depends on all who share devices and is therefore made from time to time.
 */
final class WaitBounds {
  private final Sight sight;
  private final WakePolicy policy;
  private volatile Map<ModelRef, Duration> bounds = Map.of();

  /** What pods were made from, by their UIDs: it never changes, and is long to read. */
  private Map<String, Made> madeFrom = Map.of();

  /**
   * @param linkPatience longest wait of its wakes for the link of its host
   */
  private record Made(Model model, Duration linkPatience) {
    static Optional<Made> of(JsonObject pod) {
      return PodTemplate.madeFrom(pod)
          .map(model -> new Made(model, HostLink.patience(PodTemplate.wakesAtOnce(pod))));
    }
  }

  /**
   * A replica that has a pod.
   *
   * @param spec that its pod was made from
   * @param measured memory per GPU while serving, if it was measured for that spec
   * @param devices of the pod
   * @param linkPatience longest wait of its wakes for the link of its host
   */
  record Placed(
      ReplicaId replica,
      ModelSpec spec,
      Optional<Bytes> measured,
      List<DeviceRecord> devices,
      Duration linkPatience) {
    Placed {
      devices = List.copyOf(devices);
    }

    private WaitBound.Member member() {
      Bytes smallest =
          devices.stream().map(DeviceRecord::capacity).reduce(Bytes::min).orElse(Bytes.ZERO);
      return WaitBound.Member.of(
          replica, spec, measured.orElseGet(() -> spec.firstNeed(smallest)), devices, linkPatience);
    }
  }

  /**
   * @param policy by which sidecars take turns
   */
  WaitBounds(Sight sight, WakePolicy policy) {
    this.sight = sight;
    this.policy = policy;
  }

  /** Empty where none holds: popular Models may keep its devices, or no replica is placed. */
  Optional<Duration> of(ModelRef model) {
    return Optional.ofNullable(bounds.get(model));
  }

  /**
   * Looks anew, one call after the other; answers the Models of which something else is to be said
   * now.
   */
  Set<ModelRef> refresh() {
    List<Placed> fleet = new ArrayList<>();
    Map<String, Made> read = new HashMap<>();
    for (JsonObject object : sight.pods.all()) {
      PodView pod = PodView.of(object);
      Optional.ofNullable(madeFrom.get(pod.uid()))
          .or(() -> Made.of(object))
          .ifPresent(made -> {
            read.put(pod.uid(), made);
            placed(pod, made.model(), made.linkPatience(), sight::gpu, sight::model)
                .ifPresent(fleet::add);
          });
    }
    madeFrom = read;
    Map<ModelRef, Duration> next =
        of(fleet, sight.gpus().stream().map(GpuView::record).toList(), policy);
    Map<ModelRef, Duration> before = bounds;
    bounds = next;
    Set<ModelRef> changed = new HashSet<>(before.keySet());
    changed.addAll(next.keySet());
    changed.removeIf(model -> Objects.equals(before.get(model), next.get(model)));
    return changed;
  }

  /**
   * The replica of a pod; empty for a pod without devices that are known. One on its way out counts
   * until it is gone: it leaves as slowly as any other.
   *
   * @param model as it was when the pod was made from it
   * @param linkPatience longest wait of its wakes for the link of its host
   */
  static Optional<Placed> placed(
      PodView pod,
      Model model,
      Duration linkPatience,
      Function<String, Optional<GpuView>> gpu,
      Function<ModelRef, Optional<JsonObject>> known) {
    List<DeviceRecord> devices =
        pod.gpus().stream().flatMap(name -> gpu.apply(name).stream()).map(GpuView::record).toList();
    if (devices.isEmpty() || devices.size() < pod.gpus().size() || pod.ordinal() < 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Placed(
            new ReplicaId(model.ref(), pod.ordinal()),
            model.spec(),
            known.apply(model.ref()).flatMap(is -> ModelReconciler.measured(is, pod.replaceHash())),
            devices,
            linkPatience));
  }

  /**
   * The longest bound over the replicas of each Model that has one.
   *
   * @param devices all there are
   */
  static Map<ModelRef, Duration> of(
      Collection<Placed> fleet, Collection<DeviceRecord> devices, WakePolicy policy) {
    Map<GpuId, Bytes> capacities = new HashMap<>();
    devices.forEach(device -> capacities.put(device.id(), WaitBound.capacity(device)));
    Map<ModelRef, Duration> longest = new HashMap<>();
    Set<ModelRef> unbounded = new HashSet<>();
    WaitBound.ofAll(fleet.stream().map(Placed::member).toList(), capacities, policy)
        .forEach((replica, bound) ->
            bound.ifPresentOrElse(
                is ->
                    longest.merge(
                        replica.model(),
                        WaitBound.shown(is),
                        (one, other) -> one.compareTo(other) >= 0 ? one : other),
                () -> unbounded.add(replica.model())));
    longest.keySet().removeAll(unbounded);
    return Map.copyOf(longest);
  }

  /** Whether a Model's bound, or that of others, may be another one after a change of it. */
  static boolean modelMatters(JsonObject before, JsonObject after) {
    return !measured(before).equals(measured(after));
  }

  private static List<Object> measured(JsonObject model) {
    JsonObject status = Trees.at(model, "status");
    return List.of(
        Trees.number(status, "servingMemoryPerGPU"),
        Trees.text(status, "servingMemoryFor").orElse(""));
  }

  /** The same of a GPU. */
  static boolean gpuMatters(DeviceRecord before, DeviceRecord after) {
    return !before.capacity().equals(after.capacity())
        || !WaitBound.capacity(before).equals(WaitBound.capacity(after));
  }
}
