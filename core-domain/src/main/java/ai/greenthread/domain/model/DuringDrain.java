package ai.greenthread.domain.model;

/**
 * What becomes of a request that arrives while the Model drains ({@code spec.queue.duringDrain}).
 */
public enum DuringDrain implements Named {
  /** It waits for the next wake; it never revives the Model that is going to sleep. */
  QUEUE("queue"),
  /** 503 with {@code Retry-After}, as the published product answers. */
  REJECT("reject");

  private final String wireName;

  DuringDrain(String wireName) {
    this.wireName = wireName;
  }

  @Override
  public String wireName() {
    return wireName;
  }
}
