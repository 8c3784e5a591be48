package ai.greenthread.domain.model;

import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A model that somebody declared: the {@code Model} object of {@code greenthread.ai/v1alpha1}
 * without what the server adds to it.
 *
 * @param ref namespace and name
 * @param labels {@code metadata.labels}
 * @param annotations {@code metadata.annotations}
 * @param spec what is wanted
 */
public record Model(
    ModelRef ref, Map<String, String> labels, Map<String, String> annotations, ModelSpec spec) {
  public static final String API_VERSION = "greenthread.ai/v1alpha1";
  public static final String KIND = "Model";
  public static final String DEFAULT_NAMESPACE = "default";

  public Model {
    labels = Copies.sorted(labels);
    annotations = Copies.sorted(annotations);
  }

  /** A Model in the default namespace, without labels. */
  public static Model of(String name, ModelSpec spec) {
    return new Model(new ModelRef(DEFAULT_NAMESPACE, name), Map.of(), Map.of(), spec);
  }

  public Model withSpec(ModelSpec changed) {
    return new Model(ref, labels, annotations, changed);
  }

  /**
   * The same Model with its {@code spec.runtime.modelFile} passed through {@code resolver}, which
   * turns a path relative to the manifest's folder into one that can be opened. A Model without
   * such a file comes back as it is.
   */
  public Model resolveModelFile(UnaryOperator<String> resolver) {
    return switch (spec.runtime()) {
      case RuntimeSpec.Builtin r ->
          withRuntime(
              new RuntimeSpec.Builtin(
                  resolver.apply(r.modelFile()), r.env(), r.timeouts(), r.memoryOrNull()));
      case RuntimeSpec.LlamaCpp r ->
          withRuntime(
              new RuntimeSpec.LlamaCpp(
                  resolver.apply(r.modelFile()),
                  r.command(),
                  r.env(),
                  r.healthPath(),
                  r.timeouts(),
                  r.memoryOrNull()));
      case RuntimeSpec.Vllm _, RuntimeSpec.Command _, RuntimeSpec.Simulated _ -> this;
    };
  }

  private Model withRuntime(RuntimeSpec runtime) {
    return withSpec(spec.toBuilder().runtime(runtime).build());
  }
}
