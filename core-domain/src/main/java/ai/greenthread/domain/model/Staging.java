package ai.greenthread.domain.model;

/**
 * Where weights wait while a Model sleeps ({@code spec.staging}).
 *
 * @param pinned weights stay in pinned host memory after a wake; default false
 */
public record Staging(boolean pinned) {
  public static final Staging DEFAULT = new Staging(false);
}
