package ai.greenthread.domain.model;

/** How weights reach the GPU ({@code spec.loadFormat}). */
public enum LoadFormat implements Named {
  /** The inference server's own loader; no conversion. */
  AUTO("auto"),
  /** Fast direct memory access from the storage server; the weights are converted first. */
  GTHREAD("gthread");

  private final String wireName;

  LoadFormat(String wireName) {
    this.wireName = wireName;
  }

  @Override
  public String wireName() {
    return wireName;
  }
}
