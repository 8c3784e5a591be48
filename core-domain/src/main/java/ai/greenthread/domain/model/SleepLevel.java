package ai.greenthread.domain.model;

/** How deep vLLM sleeps ({@code spec.runtime.sleepLevel}). */
public enum SleepLevel implements Named {
  /**
   * As {@link #ONE}: a level 2 that has gone wrong answers well-formed nonsense, so it is for those
   * who ask for it.
   */
  AUTO("auto"),
  /** Weights move to pinned host memory, the KV cache is dropped. */
  ONE("1"),
  /** Weights and KV cache are dropped; waking loads the weights again. */
  TWO("2");

  private final String wireName;

  SleepLevel(String wireName) {
    this.wireName = wireName;
  }

  @Override
  public String wireName() {
    return wireName;
  }
}
