package ai.greenthread.domain.fleet;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Checks;
import ai.greenthread.domain.model.Collector;
import ai.greenthread.domain.model.Fields;
import ai.greenthread.domain.model.Findings;
import ai.greenthread.domain.model.Judged;
import ai.greenthread.domain.model.KubernetesNames;
import ai.greenthread.domain.model.ManifestHeader;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a GPU object from a tree, and says all that is wrong with it. */
public final class GpuManifest {
  private static final int MOST_INDEX = 1023;

  /** A pebibyte: more is a mistyped number and no device. */
  private static final long MOST_MEMORY = 1L << 50;

  private static final long LEAST_USUAL_MEMORY = 1L << 20;
  private static final Pattern PRINTABLE = Pattern.compile("[ -~]{0,253}");
  private static final String FIXED = "cannot be changed; the object stands for this device";

  private GpuManifest() {}

  /** The device that a tree describes, as far as it describes one. */
  public static Judged<GpuObject> read(@Nullable Object tree) {
    Collector collector = new Collector();
    Fields root = Fields.root(collector, tree);
    ManifestHeader header = ManifestHeader.read(collector, root, GpuObject.KIND);
    Fields spec = root.object("spec");
    Integer index = spec.integerOrNull("index");
    Long total = spec.longOrNull("totalMemoryBytes");
    Long headroom = spec.longOrNull("headroomBytes");
    GpuObject gpu =
        new GpuObject(
            header.name(),
            spec.requiredText("nodeName", "must name the node that carries the device"),
            index == null ? 0 : index,
            spec.text("uuid", ""),
            spec.text("product", ""),
            total == null ? 0 : total,
            headroom == null ? 0 : headroom,
            spec.flag("virtual", false));
    Checks checks = new Checks(collector);
    if (index == null && !spec.has("index")) {
      checks.require("spec.index", "must be the device's position on its node, from 0");
    }
    if (total == null && !spec.has("totalMemoryBytes")) {
      checks.require("spec.totalMemoryBytes", "must be the bytes of the whole device");
    }
    spec.end();
    root.end();
    collector.merge(check(gpu));
    return new Judged<>(gpu, collector.findings());
  }

  private static Findings check(GpuObject gpu) {
    Collector collector = new Collector();
    Checks checks = new Checks(collector);
    boolean node = KubernetesNames.isSubdomain(gpu.nodeName());
    if (!node) {
      checks.refuse("spec.nodeName", gpu.nodeName(), KubernetesNames.SUBDOMAIN_RULE);
    }
    checks.between("spec.index", gpu.index(), 0, MOST_INDEX);
    printable(checks, "spec.uuid", gpu.uuid());
    printable(checks, "spec.product", gpu.product());
    long total = gpu.totalMemoryBytes();
    if (total < 1 || total > MOST_MEMORY) {
      checks.refuse(
          "spec.totalMemoryBytes", total, "must be from 1 to " + MOST_MEMORY + ", in bytes");
    } else {
      if (total < LEAST_USUAL_MEMORY) {
        checks.warn(
            "spec.totalMemoryBytes",
            total + " bytes is no GPU; the field counts bytes, not mebibytes or gibibytes");
      }
      if (gpu.headroomBytes() < 0 || gpu.headroomBytes() >= total) {
        checks.refuse(
            "spec.headroomBytes",
            gpu.headroomBytes(),
            "must be from 0 to less than spec.totalMemoryBytes, or nothing is left to hand out");
      }
    }
    if (node && gpu.index() >= 0) {
      String usual = new GpuId(gpu.nodeName(), gpu.index()).objectName();
      if (!gpu.name().equals(usual)) {
        checks.warn(
            "metadata.name",
            "the agent calls this device " + usual + ", and will make a second object for it");
      }
    }
    return collector.findings();
  }

  private static void printable(Checks checks, String field, String text) {
    if (!PRINTABLE.matcher(text).matches()) {
      checks.refuse(field, text, "must be at most 253 printable characters of ASCII");
    }
  }

  /** What of a change is not allowed: another device is another object. */
  public static Findings change(GpuObject from, GpuObject to) {
    Collector collector = new Collector();
    Checks checks = new Checks(collector);
    if (!from.nodeName().equals(to.nodeName())) {
      checks.forbid("spec.nodeName", FIXED);
    }
    if (from.index() != to.index()) {
      checks.forbid("spec.index", FIXED);
    }
    return collector.findings();
  }
}
