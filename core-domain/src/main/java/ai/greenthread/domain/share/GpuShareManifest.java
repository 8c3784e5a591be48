package ai.greenthread.domain.share;

import ai.greenthread.domain.Quantity;
import ai.greenthread.domain.model.Checks;
import ai.greenthread.domain.model.Collector;
import ai.greenthread.domain.model.Fields;
import ai.greenthread.domain.model.Findings;
import ai.greenthread.domain.model.Judged;
import ai.greenthread.domain.model.KubernetesNames;
import ai.greenthread.domain.model.ManifestHeader;
import java.math.BigDecimal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a claim from the tree that a YAML or JSON parser gives, and says all that is wrong. */
public final class GpuShareManifest {
  private static final int MOST_DEVICES = 64;
  private static final int MOST_WEIGHT = 10_000;
  private static final int MOST_PRIORITY = 1000;
  private static final String FIXED = "cannot be changed; make a new claim";

  private GpuShareManifest() {}

  /** The claim that a tree describes, as far as it describes one. */
  public static Judged<GpuShareClaim> read(@Nullable Object tree) {
    Collector collector = new Collector();
    Fields root = Fields.root(collector, tree);
    ManifestHeader header = ManifestHeader.read(collector, root, GpuShareClaim.KIND);
    Fields spec = root.object("spec");
    GpuShareClaim claim =
        new GpuShareClaim(
            header.namespace(),
            header.name(),
            spec.choice("mode", ShareMode.class, ShareMode.SHARED),
            spec.quantityOrNull("memory"),
            spec.integer("count", 1),
            spec.text("product", ""),
            spec.integerOrNull("computePercent"),
            spec.integerOrNull("weight"),
            spec.integer("priority", 0));
    spec.end();
    root.end();
    collector.merge(check(claim));
    return new Judged<>(claim, collector.findings());
  }

  private static Findings check(GpuShareClaim claim) {
    Collector collector = new Collector();
    Checks checks = new Checks(collector);
    memory(checks, claim);
    checks.between("spec.count", claim.count(), 1, MOST_DEVICES);
    if (!KubernetesNames.isLabelValue(claim.product())) {
      checks.refuse(
          "spec.product",
          claim.product(),
          "must be written as the node label nvidia.com/gpu.product writes it, with hyphens for"
              + " spaces, such as NVIDIA-A40");
    }
    claim.computePercent().ifPresent(p -> checks.between("spec.computePercent", p, 1, 100));
    checks.between("spec.weight", claim.weight(), 1, MOST_WEIGHT);
    checks.between("spec.priority", claim.priority(), 0, MOST_PRIORITY);
    time(checks, claim);
    return collector.findings();
  }

  private static void memory(Checks checks, GpuShareClaim claim) {
    if (claim.memory().isEmpty() && claim.mode() == ShareMode.SHARED) {
      checks.require(
          "spec.memory",
          "must say how much of each GPU is wanted, such as 8Gi; for whole GPUs write mode:"
              + " exclusive");
    }
    claim
        .memory()
        .filter(memory -> !memory.isPositive())
        .ifPresent(memory ->
            checks.refuse("spec.memory", memory.toString(), "must be more than nothing, as 8Gi"));
    claim
        .memory()
        .filter(Quantity::isPositive)
        .filter(memory -> memory.bytes().count() < 1 << 20)
        .ifPresent(memory ->
            checks.warn(
                "spec.memory",
                memory
                    + " is less than a mebibyte; was a unit forgotten, as in "
                    + memory
                    + "Gi?"));
  }

  private static void time(Checks checks, GpuShareClaim claim) {
    boolean percent = claim.computePercent().isPresent();
    boolean weight = claim.weightOrNull() != null;
    if (claim.mode() == ShareMode.EXCLUSIVE) {
      String alone = "an exclusive GPU has nobody to share time with; remove it";
      if (percent) {
        checks.forbid("spec.computePercent", alone);
      }
      if (weight) {
        checks.forbid("spec.weight", alone);
      }
    } else if (percent && weight) {
      checks.forbid("spec.weight", "keep either spec.computePercent or spec.weight");
    }
  }

  /** What of a claim's change is not allowed: devices are taken once. */
  public static Findings change(GpuShareClaim from, GpuShareClaim to) {
    Collector collector = new Collector();
    Checks checks = new Checks(collector);
    fixed(checks, "spec.mode", from.mode(), to.mode());
    fixed(checks, "spec.count", from.count(), to.count());
    fixed(checks, "spec.product", from.product(), to.product());
    fixed(checks, "spec.memory", amount(from), amount(to));
    return collector.findings();
  }

  /** However it was written: 1Gi and 1024Mi are the same. */
  private static Optional<BigDecimal> amount(GpuShareClaim claim) {
    return claim.memory().map(memory -> memory.value().stripTrailingZeros());
  }

  private static void fixed(Checks checks, String field, Object from, Object to) {
    if (!from.equals(to)) {
      checks.forbid(field, FIXED);
    }
  }
}
