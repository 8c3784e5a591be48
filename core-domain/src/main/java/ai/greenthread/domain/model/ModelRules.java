package ai.greenthread.domain.model;

/** The rules that one Model has to keep, whoever made it. */
public final class ModelRules {
  private ModelRules() {}

  /** Everything that is wrong or odd about a Model. */
  public static Findings check(Model model) {
    Collector collector = new Collector();
    if (model.ref().name().isEmpty()) {
      collector.add(Violation.required("metadata.name", "must name the Model, such as my-model"));
    }
    if (model.spec().modelName().isEmpty()) {
      collector.add(
          Violation.required("spec.modelName", "must be a Hugging Face id, such as Qwen/Qwen3-8B"));
    }
    return collector.findings();
  }
}
