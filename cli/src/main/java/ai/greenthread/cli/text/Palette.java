package ai.greenthread.cli.text;

import java.util.Locale;

/**
 * Colours for a terminal; plain text where there is none.
 *
 * @param enabled whether escapes are written at all
 */
public record Palette(boolean enabled) {
  public static final Palette PLAIN = new Palette(false);

  public String bold(String text) {
    return wrap("1", text);
  }

  public String dim(String text) {
    return wrap("2", text);
  }

  public String red(String text) {
    return wrap("31", text);
  }

  public String green(String text) {
    return wrap("32", text);
  }

  public String yellow(String text) {
    return wrap("33", text);
  }

  /** Colours a state or phase by what it means to the reader: good, on its way, resting, bad. */
  public String state(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "serving", "ready", "true", "healthy" -> green(text);
      case "pending", "waking", "booting", "deactivating", "staging", "converting", "degraded" ->
          yellow(text);
      case "sleeping" -> dim(text);
      case "failed", "unhealthy" -> red(text);
      default -> text;
    };
  }

  private String wrap(String code, String text) {
    return enabled ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
