package ai.greenthread.runtimes.surface;

import java.util.Locale;

/** Why an answer ended. */
public enum FinishReason {
  STOP,
  LENGTH,
  ABORT;

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
