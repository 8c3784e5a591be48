package ai.greenthread.domain.model;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A taint that the Model's pods put up with ({@code spec.tolerations[]}), as Kubernetes defines it.
 *
 * @param key taint key; empty, with {@link Operator#EXISTS}, for every key
 * @param operator default {@code Equal}
 * @param value taint value; empty with {@code Exists}
 * @param effect default every effect
 * @param tolerationSecondsOrNull seconds until eviction, only with {@code NoExecute}; null for ever
 */
public record Toleration(
    String key,
    Operator operator,
    String value,
    Effect effect,
    @Nullable Long tolerationSecondsOrNull) {

  /** How key and value are compared. */
  public enum Operator implements Named {
    EQUAL("Equal"),
    EXISTS("Exists");

    private final String wireName;

    Operator(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String wireName() {
      return wireName;
    }
  }

  /** What the taint does to pods that do not tolerate it. */
  public enum Effect implements Named {
    ANY(""),
    NO_SCHEDULE("NoSchedule"),
    PREFER_NO_SCHEDULE("PreferNoSchedule"),
    NO_EXECUTE("NoExecute");

    private final String wireName;

    Effect(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String wireName() {
      return wireName;
    }
  }

  public Optional<Long> tolerationSeconds() {
    return Optional.ofNullable(tolerationSecondsOrNull);
  }
}
