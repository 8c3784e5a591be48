package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Mirror;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.ManifestTree;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.render.Naming;
import ai.greenthread.k8s.render.RenderSettings;
import ai.greenthread.k8s.render.Routing;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/** What the controller sees of the cluster: mirrors of the objects that it decides by. */
final class Sight implements AutoCloseable {
  /** Selects what the controller made. */
  static final String OURS =
      "labelSelector=" + Naming.MANAGED_BY.replace("/", "%2F") + "%3D" + Naming.GREENTHREAD;

  final Mirror models;
  final Mirror pods;
  final Mirror gpuObjects;
  final Mirror nodes;
  final Mirror services;
  final Optional<Mirror> routes;
  private final Map<String, GpuView> gpus = new ConcurrentHashMap<>();

  Sight(JsonApi api, RenderSettings settings, RandomGenerator random) {
    models = new Mirror(api, Resource.MODEL.path(), "", random);
    models.groupBy(model -> Optional.of(Trees.name(model)));
    pods = new Mirror(api, "/api/v1/pods", OURS, random);
    pods.groupBy(pod -> model(pod).map(ModelRef::toString));
    gpuObjects = new Mirror(api, Resource.GPU.path(settings.systemNamespace()), "", random);
    nodes = new Mirror(api, "/api/v1/nodes", "", random);
    services = new Mirror(api, "/api/v1/services", OURS, random);
    RenderSettings.RouteKind kind = settings.routing().kind();
    routes =
        kind == RenderSettings.RouteKind.NONE
            ? Optional.empty()
            : Optional.of(new Mirror(api, Routing.path(kind, ""), OURS, random));
    gpuObjects.listen((before, after) -> {
      String name = Trees.name(after.or(() -> before).orElseThrow());
      Optional<GpuView> gpu = after.flatMap(GpuView::of);
      // In one step: to others a device that changed must never seem to be gone.
      gpus.compute(name, (same, old) -> gpu.orElse(null));
    });
  }

  /** The Model that an object was made for. */
  static Optional<ModelRef> model(JsonObject object) {
    return Trees.label(object, Naming.MODEL)
        .map(name -> new ModelRef(Trees.namespace(object), name));
  }

  private List<Mirror> all() {
    List<Mirror> all = new ArrayList<>(List.of(models, pods, gpuObjects, nodes, services));
    routes.ifPresent(all::add);
    return all;
  }

  void start() {
    all().forEach(Mirror::start);
  }

  boolean awaitFilled(Duration patience) throws InterruptedException {
    for (Mirror mirror : all()) {
      if (!mirror.awaitFilled(patience)) {
        return false;
      }
    }
    return true;
  }

  Optional<JsonObject> model(ModelRef ref) {
    return models.find(ref.namespace(), ref.name());
  }

  /** The Models of that name in all namespaces whose spec can be read: others get no route. */
  Collection<JsonObject> namesakes(String name) {
    return models.group(name).stream()
        .filter(object ->
            ModelManifest.read(ManifestTree.of(object, Resource.MODEL.kind()))
                instanceof Reading.Valid)
        .toList();
  }

  List<PodView> pods(ModelRef ref) {
    return pods.group(ref.toString()).stream().map(PodView::of).toList();
  }

  Collection<GpuView> gpus() {
    return gpus.values();
  }

  Optional<GpuView> gpu(String name) {
    return Optional.ofNullable(gpus.get(name));
  }

  @Override
  public void close() {
    all().forEach(Mirror::close);
  }
}
