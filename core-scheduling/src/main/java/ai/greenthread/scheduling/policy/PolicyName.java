package ai.greenthread.scheduling.policy;

import java.util.Locale;

/** The policies there are, by the names that people choose them with. */
public enum PolicyName {
  /** {@link BoundedPolicy}; what is used unless something else is asked for. */
  BOUNDED,
  /** {@link DocumentedPolicy}. */
  DOCUMENTED;

  /**
   * The policy of that name, in small letters.
   *
   * @throws IllegalArgumentException when there is none; says which there are
   */
  public static PolicyName of(String name) {
    for (PolicyName each : values()) {
      if (each.text().equals(name)) {
        return each;
      }
    }
    throw new IllegalArgumentException(
        "there is no policy " + name + "; choose bounded or documented");
  }

  /** As people write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The policy itself. */
  public WakePolicy policy() {
    return switch (this) {
      case BOUNDED -> new BoundedPolicy();
      case DOCUMENTED -> new DocumentedPolicy();
    };
  }
}
