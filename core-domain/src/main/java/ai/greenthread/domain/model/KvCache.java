package ai.greenthread.domain.model;

import ai.greenthread.domain.Quantity;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeping the KV cache outside the GPU ({@code spec.kvCache}).
 *
 * @param enabled default false
 * @param maxSizeOrNull most memory per replica, or null where no limit of its own was given
 */
public record KvCache(boolean enabled, @Nullable Quantity maxSizeOrNull) {
  public static final KvCache DEFAULT = new KvCache(false, null);

  public Optional<Quantity> maxSize() {
    return Optional.ofNullable(maxSizeOrNull);
  }
}
