package ai.greenthread.domain.model;

import java.time.Duration;

/**
 * LoRA adapters ({@code spec.lora}).
 *
 * @param enabled whether adapters may be loaded; default false
 * @param maxRank largest rank of any adapter, 1 to 512; default 64
 * @param cacheDir local directory for adapters; empty for the engine's own
 * @param downloadTimeout longest download of one adapter; default 5 min
 */
public record Lora(boolean enabled, int maxRank, String cacheDir, Duration downloadTimeout) {
  public static final Lora DEFAULT = new Lora(false, 64, "", Duration.ofMinutes(5));
}
