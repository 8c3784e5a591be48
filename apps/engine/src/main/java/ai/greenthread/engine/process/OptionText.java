package ai.greenthread.engine.process;

import ai.greenthread.domain.DurationText;
import java.time.Duration;

/** Reads what options are given; the message says which option is wrong. */
public final class OptionText {
  private OptionText() {}

  /**
   * Reads a time.
   *
   * @param option its name
   * @throws IllegalArgumentException when the text is none
   */
  public static Duration duration(String option, String text) {
    return DurationText.parse(text)
        .orElseThrow(() ->
            new IllegalArgumentException(option + " is no duration such as 10s or 1m30s: " + text));
  }

  /**
   * Reads a time above zero.
   *
   * @param option its name
   * @throws IllegalArgumentException when the text is none
   */
  public static Duration positive(String option, String text) {
    Duration duration = duration(option, text);
    if (!duration.isPositive()) {
      throw new IllegalArgumentException(option + " must be above 0s: " + text);
    }
    return duration;
  }
}
