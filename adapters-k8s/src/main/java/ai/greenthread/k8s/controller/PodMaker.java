package ai.greenthread.k8s.controller;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controller.EventRecorder.Kind;
import ai.greenthread.k8s.render.PodTemplate;
import ai.greenthread.k8s.render.RenderSettings;
import ai.greenthread.k8s.render.ReplicaPlace;
import ai.greenthread.scheduling.placement.Placement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Gives replicas their devices and their pods. */
final class PodMaker {
  private static final int CONFLICT = 409;
  private static final int MOST_REASONS = 5;

  /** Agents report at least once a minute; without one a replica cannot boot. */
  private static final Duration SILENCE = Duration.ofMinutes(3);

  private final JsonApi api;
  private final Sight sight;
  private final RenderSettings settings;
  private final Rights rights;
  private final PlacementBook book;
  private final EventRecorder events;
  private final InstantSource clock;

  PodMaker(
      JsonApi api,
      Sight sight,
      RenderSettings settings,
      Rights rights,
      PlacementBook book,
      EventRecorder events,
      InstantSource clock) {
    this.api = api;
    this.sight = sight;
    this.settings = settings;
    this.rights = rights;
    this.book = book;
    this.events = events;
    this.clock = clock;
  }

  /** Makes a replica's pod; says what stands in the way of placing it. */
  Optional<String> create(
      Model model,
      JsonObject object,
      PodTemplate.Owner owner,
      int ordinal,
      Optional<Bytes> measured)
      throws IOException {
    ReplicaId replica = new ReplicaId(model.ref(), ordinal);
    List<GpuView> usable = usable(model);
    Bytes need = measured.orElseGet(() -> model.spec().firstNeed(smallest(usable)));
    if (usable.isEmpty() && !sight.gpus().isEmpty()) {
      return Optional.of(unusable(model, object, replica));
    }
    Placement.Choice choice =
        book.place(
            replica,
            new Placement.Request(model.spec().parallelism().gpus(), need, model.spec().product()),
            usable);
    return switch (choice) {
      case Placement.Choice.Impossible(String reason) -> {
        events.tell(
            object, Kind.WARNING, "NoSuitableGPU", replica.podName() + " has no GPU: " + reason);
        yield Optional.of(reason);
      }
      case Placement.Choice.Placed(List<GpuId> devices) -> {
        make(model, object, owner, replica, devices);
        yield Optional.empty();
      }
    };
  }

  private List<GpuView> usable(Model model) {
    return sight.gpus().stream().filter(gpu -> obstacle(model, gpu).isEmpty()).toList();
  }

  /** Why nothing of the Model may be placed on a GPU; empty where it may. */
  private Optional<String> obstacle(Model model, GpuView gpu) {
    if (!gpu.healthy()) {
      return Optional.of(gpu.id().objectName() + " is unhealthy");
    }
    String node = gpu.id().node();
    Optional<Instant> silent =
        gpu.lastHeartbeat().filter(last -> last.plus(SILENCE).isBefore(clock.instant()));
    if (silent.isPresent()) {
      return Optional.of("the agent of node " + node + " is silent since " + silent.get());
    }
    Optional<JsonObject> object = sight.nodes.find("", node);
    return object.isEmpty()
        ? Optional.of("node " + node + " is gone")
        : Nodes.obstacle(model.spec(), object.get()).map(why -> "node " + node + ": " + why);
  }

  /** There are GPUs, and none may be used: says why, each reason once and not too many. */
  private String unusable(Model model, JsonObject object, ReplicaId replica) {
    String reasons =
        sight.gpus().stream()
            .flatMap(gpu -> obstacle(model, gpu).stream())
            .distinct()
            .sorted()
            .limit(MOST_REASONS)
            .collect(Collectors.joining("; "));
    String reason = "none of the " + sight.gpus().size() + " GPUs may be used: " + reasons;
    events.tell(
        object, Kind.WARNING, "NoSuitableGPU", replica.podName() + " has no GPU: " + reason);
    return reason;
  }

  private void make(
      Model model,
      JsonObject object,
      PodTemplate.Owner owner,
      ReplicaId replica,
      List<GpuId> devices)
      throws IOException {
    List<String> uuids = new ArrayList<>();
    for (GpuId device : devices) {
      Optional<GpuView> gpu = sight.gpu(device.objectName());
      if (gpu.isEmpty()) {
        book.gone(replica);
        throw new IOException(device.objectName() + " went while " + replica + " was placed on it");
      }
      uuids.add(gpu.get().uuid());
    }
    ReplicaPlace place = new ReplicaPlace(devices.getFirst().node(), devices, uuids);
    boolean made = false;
    try {
      Answer answer =
          api.create(
              "/api/v1/namespaces/" + model.ref().namespace() + "/pods",
              PodTemplate.pod(model, owner, replica.ordinal(), place, settings));
      made = answer.ok();
      if (answer.status() == CONFLICT) {
        refuseForeign(model, owner, replica);
      } else if (!made) {
        rights.doubt(model);
        throw Refused.of("pod " + replica.podName(), answer);
      }
    } finally {
      if (!made) {
        book.gone(replica);
      }
    }
    if (made) {
      events.tell(
          object,
          Kind.NORMAL,
          "PodCreated",
          "made pod "
              + replica.podName()
              + " for "
              + devices.stream().map(GpuId::objectName).collect(Collectors.joining(", ")));
    }
  }

  /** A pod of that name that is not seen yet is in the next look; one of somebody else never. */
  private void refuseForeign(Model model, PodTemplate.Owner owner, ReplicaId replica)
      throws IOException {
    Answer answer =
        api.get("/api/v1/namespaces/" + model.ref().namespace() + "/pods/" + replica.podName());
    boolean ours =
        Trees.items(Trees.at(answer.body(), "metadata"), "ownerReferences").stream()
            .anyMatch(reference -> Trees.text(reference, "uid").equals(Optional.of(owner.uid())));
    if (answer.ok() && !ours) {
      throw new Refused(
          "the pod "
              + replica.podName()
              + " is there already and not this Model's: delete it, or give the Model another"
              + " name");
    }
  }

  /** Capacity of the smallest device; nothing of none. */
  static Bytes smallest(Collection<GpuView> gpus) {
    return gpus.stream().map(gpu -> gpu.record().capacity()).reduce(Bytes::min).orElse(Bytes.ZERO);
  }
}
