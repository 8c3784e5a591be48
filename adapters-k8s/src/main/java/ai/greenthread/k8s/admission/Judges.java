package ai.greenthread.k8s.admission;

import ai.greenthread.domain.fleet.GpuManifest;
import ai.greenthread.domain.fleet.StorageNodeManifest;
import ai.greenthread.domain.model.Findings;
import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Judged;
import ai.greenthread.domain.model.Violation;
import ai.greenthread.domain.model.Warning;
import ai.greenthread.domain.share.GpuShareClaim;
import ai.greenthread.domain.share.GpuShareManifest;
import ai.greenthread.domain.share.GpuShareRoom;
import ai.greenthread.k8s.crd.ManifestTree;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Leads each kind of object to the rules that it has to keep. */
final class Judges {
  private static final System.Logger LOG = System.getLogger(Judges.class.getName());

  private final Fleet fleet;
  private final ModelJudge models;

  Judges(Fleet fleet) {
    this.fleet = fleet;
    this.models = new ModelJudge(fleet);
  }

  /**
   * Everything about an object that its author can do something about.
   *
   * @param old what it is to replace
   */
  Verdict judge(Resource resource, JsonObject object, Optional<JsonObject> old) throws IOException {
    Map<String, @Nullable Object> tree = ManifestTree.of(object, resource.kind());
    Optional<Map<String, @Nullable Object>> before =
        old.map(earlier -> ManifestTree.of(earlier, resource.kind()));
    Verdict alone = Verdict.of(alone(resource, tree));
    if (before.isPresent()) {
      Set<Violation> known = new HashSet<>(alone(resource, before.get()).violations());
      alone =
          alone.forgiving(
              known::contains, violation -> "was wrong before and is. " + violation.text());
    }
    return switch (resource) {
      case MODEL -> models.amongOthers(alone, tree, before);
      case GPU_SHARE_CLAIM -> {
        Verdict verdict =
            changed(alone, tree, before, GpuShareManifest::read, GpuShareManifest::change);
        yield verdict.violations().isEmpty()
            ? verdict.and(List.of(), room(GpuShareManifest.read(tree).object()))
            : verdict;
      }
      case GPU -> changed(alone, tree, before, GpuManifest::read, GpuManifest::change);
      case STORAGE_NODE ->
          changed(alone, tree, before, StorageNodeManifest::read, StorageNodeManifest::change);
    };
  }

  private interface Changes<T> {
    Findings judge(T from, T to);
  }

  /** What is wrong with an object whatever there is beside it. */
  Findings alone(Resource resource, Map<String, @Nullable Object> tree) {
    return switch (resource) {
      case MODEL -> ModelJudge.alone(tree);
      case GPU_SHARE_CLAIM -> GpuShareManifest.read(tree).findings();
      case GPU -> GpuManifest.read(tree).findings();
      case STORAGE_NODE -> StorageNodeManifest.read(tree).findings();
    };
  }

  private static <T> Verdict changed(
      Verdict alone,
      Map<String, @Nullable Object> tree,
      Optional<Map<String, @Nullable Object>> before,
      Function<Map<String, @Nullable Object>, Judged<T>> read,
      Changes<T> changes) {
    return before.isEmpty()
        ? alone
        : alone.and(changes.judge(read.apply(before.get()).object(), read.apply(tree).object()));
  }

  private List<Warning> room(GpuShareClaim claim) {
    return devices(fleet).flatMap(there -> GpuShareRoom.never(claim, there)).stream().toList();
  }

  /** Empty when they cannot be told: what is only a remark must not stand in anybody's way. */
  static Optional<List<FleetRules.Device>> devices(Fleet fleet) {
    try {
      return Optional.of(fleet.devices());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "no remark about room: {0}", e.getMessage());
      return Optional.empty();
    }
  }
}
