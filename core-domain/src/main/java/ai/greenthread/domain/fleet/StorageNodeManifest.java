package ai.greenthread.domain.fleet;

import ai.greenthread.domain.model.Checks;
import ai.greenthread.domain.model.Collector;
import ai.greenthread.domain.model.Fields;
import ai.greenthread.domain.model.Findings;
import ai.greenthread.domain.model.Judged;
import ai.greenthread.domain.model.KubernetesNames;
import ai.greenthread.domain.model.ManifestHeader;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a StorageNode from a tree, and says all that is wrong with it. */
public final class StorageNodeManifest {
  private static final int MOST_CHUNKS = 1024;
  private static final Pattern PATH = Pattern.compile("(/[^/\\p{Cntrl}]+)+/?");
  private static final Pattern ADDRESS =
      Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\s]+):(\\d{1,5})");

  private StorageNodeManifest() {}

  /** The node that a tree describes, as far as it describes one. */
  public static Judged<StorageNode> read(@Nullable Object tree) {
    Collector collector = new Collector();
    Fields root = Fields.root(collector, tree);
    ManifestHeader header = ManifestHeader.read(collector, root, StorageNode.KIND);
    Fields spec = root.object("spec");
    StorageNode node =
        new StorageNode(
            header.name(),
            spec.requiredText("nodeName", "must name the node that keeps the weights"),
            spec.text("address", ""),
            spec.text("modelsPath", StorageNode.DEFAULT_MODELS_PATH),
            spec.quantityOrNull("pinnedMemory"),
            spec.integer("pinnedChunks", StorageNode.DEFAULT_PINNED_CHUNKS));
    spec.end();
    root.end();
    collector.merge(check(node));
    return new Judged<>(node, collector.findings());
  }

  private static Findings check(StorageNode node) {
    Collector collector = new Collector();
    Checks checks = new Checks(collector);
    if (!KubernetesNames.isSubdomain(node.nodeName())) {
      checks.refuse("spec.nodeName", node.nodeName(), KubernetesNames.SUBDOMAIN_RULE);
    }
    if (!node.address().isEmpty() && !reachable(node.address())) {
      checks.refuse(
          "spec.address", node.address(), "must be host:port, such as storage-0.storage:9000");
    }
    path(checks, node.modelsPath());
    node.pinnedMemory()
        .filter(memory -> !memory.isPositive())
        .ifPresent(memory ->
            checks.refuse(
                "spec.pinnedMemory",
                memory.toString(),
                "must be more than nothing, such as 64Gi; leave it out for a size that suits the"
                    + " node"));
    checks.between("spec.pinnedChunks", node.pinnedChunks(), 1, MOST_CHUNKS);
    return collector.findings();
  }

  private static boolean reachable(String address) {
    Matcher parts = ADDRESS.matcher(address);
    if (!parts.matches()) {
      return false;
    }
    String host = parts.group(1);
    int port = Integer.parseInt(parts.group(2));
    return port > 0 && port < 65_536 && (host.startsWith("[") || KubernetesNames.isSubdomain(host));
  }

  private static void path(Checks checks, String path) {
    boolean plain =
        PATH.matcher(path).matches()
            && List.of(path.split("/")).stream().noneMatch(p -> p.equals("..") || p.equals("."));
    if (!plain) {
      checks.refuse(
          "spec.modelsPath",
          path,
          "must be the whole path of a folder on the node without . and .., such as /mnt/models");
    }
  }

  /** What of a change is not allowed: another node is another object. */
  public static Findings change(StorageNode from, StorageNode to) {
    Collector collector = new Collector();
    if (!from.nodeName().equals(to.nodeName())) {
      new Checks(collector)
          .forbid("spec.nodeName", "cannot be changed; the object stands for this node");
    }
    return collector.findings();
  }
}
