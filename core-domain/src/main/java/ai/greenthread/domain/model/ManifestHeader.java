package ai.greenthread.domain.model;

import java.util.List;
import java.util.Map;

/**
 * What every object of {@code greenthread.ai/v1alpha1} begins with. Fields that only a server fills
 * are passed over.
 *
 * @param namespace {@code metadata.namespace}, or the default one
 * @param name {@code metadata.name}; empty where it is missing
 * @param labels {@code metadata.labels}
 * @param annotations {@code metadata.annotations}
 */
public record ManifestHeader(
    String namespace, String name, Map<String, String> labels, Map<String, String> annotations) {
  public ManifestHeader {
    labels = Copies.sorted(labels);
    annotations = Copies.sorted(annotations);
  }

  /** Reads it, and reports what is wrong with it; {@code spec} and unknown fields are left. */
  public static ManifestHeader read(Collector collector, Fields root, String kind) {
    constant(collector, root, "apiVersion", Model.API_VERSION);
    constant(collector, root, "kind", kind);
    root.ignore("status");
    Fields metadata = root.object("metadata");
    ManifestHeader header =
        new ManifestHeader(
            metadata.text("namespace", Model.DEFAULT_NAMESPACE),
            metadata.text("name", ""),
            metadata.strictTexts("labels"),
            metadata.strictTexts("annotations"));
    metadata.ignore(
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "managedFields",
        "ownerReferences",
        "finalizers",
        "selfLink");
    metadata.end();
    return header;
  }

  private static void constant(Collector collector, Fields root, String name, String wanted) {
    String given = root.requiredText(name, "must be " + wanted);
    if (!given.isEmpty() && !given.equals(wanted)) {
      collector.add(Violation.unsupported(name, given, List.of(wanted)));
    }
  }
}
