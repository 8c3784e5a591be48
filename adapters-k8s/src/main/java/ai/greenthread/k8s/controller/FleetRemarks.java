package ai.greenthread.k8s.controller;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.k8s.crd.ManifestTree;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.render.SpecHash;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an operator should know of Models in this fleet, above all that popular ones leave no room
 * for another. It needs a look at all Models at once and is therefore made from time to time.
 */
final class FleetRemarks {
  private final Sight sight;
  private volatile Map<ModelRef, List<String>> remarks = Map.of();

  FleetRemarks(Sight sight) {
    this.sight = sight;
  }

  List<String> of(ModelRef model) {
    return remarks.getOrDefault(model, List.of());
  }

  /** Looks anew; answers the Models of which something else is to be said now. */
  Set<ModelRef> refresh() {
    List<Model> models = new ArrayList<>();
    Map<ModelRef, Bytes> measured = new HashMap<>();
    for (JsonObject object : sight.models.all()) {
      if (ModelManifest.read(ManifestTree.of(object, Resource.MODEL.kind()))
          instanceof Reading.Valid valid) {
        Model model = valid.model();
        models.add(model);
        ModelReconciler.measured(object, SpecHash.ofServer(model))
            .ifPresent(bytes -> measured.put(model.ref(), bytes));
      }
    }
    List<FleetRules.Device> devices =
        sight.gpus().stream()
            .filter(GpuView::healthy)
            .map(gpu ->
                new FleetRules.Device(
                    gpu.id(), gpu.product(), gpu.record().capacity(), gpu.headroom()))
            .toList();
    Map<ModelRef, List<String>> next = new HashMap<>();
    for (FleetRules.Remark remark : FleetRules.room(models, measured, devices)) {
      next.computeIfAbsent(remark.model(), none -> new ArrayList<>())
          .add(remark.warning().message());
    }
    Set<ModelRef> changed = new HashSet<>();
    Map<ModelRef, List<String>> before = remarks;
    Set<ModelRef> either = new HashSet<>(before.keySet());
    either.addAll(next.keySet());
    for (ModelRef model : either) {
      if (!before.getOrDefault(model, List.of()).equals(next.getOrDefault(model, List.of()))) {
        changed.add(model);
      }
    }
    remarks = Map.copyOf(next);
    return changed;
  }
}
