package ai.greenthread.domain.model;

import ai.greenthread.domain.DurationText;
import java.time.Duration;

/** Judgements that several rules share. */
public final class Checks {
  /** No span that a Model states may be longer, except its idle timeout. */
  public static final Duration LONGEST = Duration.ofDays(1);

  private final Collector collector;

  public Checks(Collector collector) {
    this.collector = collector;
  }

  public void refuse(String field, Object value, String message) {
    collector.add(Violation.invalid(field, value, message));
  }

  public void refuseUnshown(String field, String message) {
    collector.add(Violation.invalidUnshown(field, message));
  }

  public void forbid(String field, String message) {
    collector.add(Violation.forbidden(field, message));
  }

  public void require(String field, String message) {
    collector.add(Violation.required(field, message));
  }

  public void duplicate(String field, Object value, String message) {
    collector.add(Violation.duplicate(field, value, message));
  }

  public void warn(String field, String message) {
    collector.warn(field, message);
  }

  public void between(String field, int value, int least, int most) {
    if (value < least || value > most) {
      refuse(field, value, "must be from " + least + " to " + most);
    }
  }

  /** Above zero and at most {@code longest}. */
  public void positive(String field, Duration value, Duration longest) {
    if (!value.isPositive() || value.compareTo(longest) > 0) {
      refuse(
          field,
          DurationText.print(value),
          "must be longer than 0s and at most " + DurationText.print(longest));
    }
  }

  /**
   * From zero to a day; outside the range that the product's bare-metal edition allowed it is
   * probably not meant.
   */
  public void usually(String field, Duration value, Duration least, Duration most) {
    if (value.isNegative() || value.compareTo(LONGEST) > 0) {
      refuse(field, DurationText.print(value), "must be from 0s to " + DurationText.print(LONGEST));
    } else if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      warn(
          field,
          DurationText.print(value)
              + " is unusual; "
              + DurationText.print(least)
              + " to "
              + DurationText.print(most)
              + " is what makes sense for most models");
    }
  }
}
