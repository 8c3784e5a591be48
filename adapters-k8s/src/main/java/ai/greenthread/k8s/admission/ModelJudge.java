package ai.greenthread.k8s.admission;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Findings;
import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ModelRules;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.domain.model.Violation;
import ai.greenthread.domain.model.Warning;
import ai.greenthread.k8s.render.SpecHash;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The rules of Models: those of each alone, and those it has to keep with all others. */
final class ModelJudge {
  private static final System.Logger LOG = System.getLogger(ModelJudge.class.getName());

  private final Fleet fleet;

  ModelJudge(Fleet fleet) {
    this.fleet = fleet;
  }

  static Findings alone(Map<String, @Nullable Object> tree) {
    return switch (ModelManifest.read(tree)) {
      case Reading.Valid valid -> new Findings(List.of(), valid.warnings());
      case Reading.Invalid invalid -> new Findings(invalid.violations(), List.of());
    };
  }

  /**
   * Adds what only comes up beside other Models and devices.
   *
   * @param alone what is known of it already
   * @throws IOException when it cannot be told whether another Model serves the same name
   */
  Verdict amongOthers(
      Verdict alone,
      Map<String, @Nullable Object> tree,
      Optional<Map<String, @Nullable Object>> before)
      throws IOException {
    String name = modelName(tree);
    boolean renamed = before.filter(old -> modelName(old).equals(name)).isEmpty();
    Verdict verdict = before.isEmpty() ? made(alone, tree) : alone;
    if (renamed && !name.isEmpty()) {
      List<Fleet.Declared> others = fleet.models();
      verdict = verdict.and(clash(tree, name, others), List.of());
      if (before.isEmpty()) {
        verdict = verdict.and(List.of(), namesake(ref(tree), others));
      }
    }
    if (verdict.violations().isEmpty()
        && ModelManifest.read(tree) instanceof Reading.Valid(Model model, List<Warning> _)) {
      verdict = verdict.and(List.of(), room(model)).and(List.of(), pods(model, before));
    }
    return verdict;
  }

  private static Verdict made(Verdict alone, Map<String, @Nullable Object> tree) {
    return tree.get("metadata") instanceof Map<?, ?> metadata
            && metadata.get("name") instanceof String name
        ? ModelRules.newName(name).map(alone::refusing).orElse(alone)
        : alone;
  }

  private static String modelName(Map<String, @Nullable Object> tree) {
    return tree.get("spec") instanceof Map<?, ?> spec
            && spec.get("modelName") instanceof String text
        ? text
        : "";
  }

  private static ModelRef ref(Map<String, @Nullable Object> tree) {
    Object metadata = tree.get("metadata");
    return metadata instanceof Map<?, ?> fields
            && fields.get("name") instanceof String name
            && fields.get("namespace") instanceof String namespace
        ? new ModelRef(namespace, name)
        : new ModelRef("", "");
  }

  /** Requests from outside come by a path that knows no namespaces. */
  private static List<Warning> namesake(ModelRef model, List<Fleet.Declared> others) {
    return others.stream()
        .map(Fleet.Declared::ref)
        .filter(other -> other.name().equals(model.name()))
        .filter(other -> !other.namespace().equals(model.namespace()))
        .sorted()
        .limit(1)
        .map(other ->
            new Warning(
                "metadata.name",
                "Model "
                    + other
                    + " has it, too: where routes are made only the older has the public path /"
                    + model.name()
                    + "/, and this one is reached inside the cluster"))
        .toList();
  }

  private static List<Violation> clash(
      Map<String, @Nullable Object> tree, String name, List<Fleet.Declared> others) {
    List<Model> declared =
        others.stream().map(other -> named(other.ref(), other.modelName())).toList();
    return FleetRules.clash(named(ref(tree), name), declared).stream().toList();
  }

  /** The rule looks at names alone. */
  private static Model named(ModelRef ref, String modelName) {
    return new Model(ref, Map.of(), Map.of(), ModelSpec.of(modelName));
  }

  private List<Warning> room(Model model) {
    try {
      Optional<List<FleetRules.Device>> devices = Judges.devices(fleet);
      return devices.isEmpty() ? List.of() : room(model, fleet.models(), devices.get());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "no remark about room: {0}", e.getMessage());
      return List.of();
    }
  }

  private static List<Warning> room(
      Model model, List<Fleet.Declared> declared, List<FleetRules.Device> devices) {
    List<Model> others = new ArrayList<>();
    Map<ModelRef, Bytes> measured = new HashMap<>();
    for (Fleet.Declared other : declared) {
      other.measured().ifPresent(bytes -> measured.put(other.ref(), bytes));
      other.model().filter(m -> !m.ref().equals(model.ref())).ifPresent(others::add);
    }
    List<Model> all = new ArrayList<>(others);
    all.add(model);
    List<FleetRules.Remark> remarks = FleetRules.room(all, measured, devices);
    List<Warning> warnings = new ArrayList<>();
    for (FleetRules.Remark remark : remarks) {
      if (remark.model().equals(model.ref())) {
        warnings.add(remark.warning());
      }
    }
    if (model.spec().fairness().popular()) {
      Set<String> hopeless = new TreeSet<>();
      remarks.forEach(remark -> hopeless.add(remark.model().toString()));
      FleetRules.room(others, measured, devices)
          .forEach(remark -> hopeless.remove(remark.model().toString()));
      hopeless.remove(model.ref().toString());
      if (!hopeless.isEmpty()) {
        warnings.add(
            new Warning(
                "spec.fairness.popular",
                "leaves no room for other Models, which can never wake again: "
                    + String.join(", ", hopeless)));
      }
    }
    warnings.addAll(FleetRules.outlasted(model, others, measured, devices));
    return warnings;
  }

  /** What becomes of the pods: whether they are replaced, and what waits for their restart. */
  private static List<Warning> pods(Model model, Optional<Map<String, @Nullable Object>> before) {
    if (before.isEmpty()
        || !(ModelManifest.read(before.get()) instanceof Reading.Valid(Model old, var _))) {
      return List.of();
    }
    List<Warning> warnings = new ArrayList<>();
    String replacing = String.join(", ", SpecHash.changes(old, model, true));
    boolean none = old.spec().replicas() == 0 || model.spec().replicas() == 0;
    if (!replacing.isEmpty() && !none) {
      warnings.add(
          new Warning(replacing, "replaces the pods, one at a time, each after its drain"));
    }
    String waiting = String.join(", ", SpecHash.changes(old, model, false));
    if (!waiting.isEmpty() && (replacing.isEmpty() || none)) {
      warnings.add(
          new Warning(
              waiting,
              "takes effect when a pod restarts; the condition UpToDate says whether all have"));
    }
    return warnings;
  }
}
