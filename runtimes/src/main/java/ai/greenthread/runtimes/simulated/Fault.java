package ai.greenthread.runtimes.simulated;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Something that goes wrong with a request. Written {@code kind[@at][*count][%rate]}: {@code 503*3}
 * is an error for the next three requests, {@code cut@5%0.1} cuts one stream in ten after five
 * tokens, {@code slow@20} waits 20 ms before every byte.
 *
 * @param at tokens or milliseconds, where the kind needs a number
 * @param count how many requests; empty = all
 * @param rate share of requests, 0 to 1
 */
public record Fault(Kind kind, int at, OptionalInt count, double rate) {
  private static final Pattern FORM =
      Pattern.compile("([a-z0-9-]+)(?:@([0-9]{1,9}))?(?:\\*([0-9]{1,9}))?(?:%([0-9.]+))?");

  /** What goes wrong. */
  public enum Kind {
    BAD_REQUEST("400"),
    CONTEXT("context"),
    UNAUTHORIZED("401"),
    MODEL_MISSING("404"),
    RATE_LIMIT("429"),
    INTERNAL("500"),
    UNAVAILABLE("503"),
    /** Out of GPU memory: 500, and then as {@code --after-oom} says. */
    OOM("oom"),
    /** No answer until the client leaves. */
    HANG("hang"),
    /** The connection breaks before the answer. */
    RESET("reset"),
    /** Every byte waits {@code at} milliseconds. */
    SLOW("slow"),
    /** The connection breaks after {@code at} tokens. */
    CUT("cut"),
    /** An error after {@code at} tokens: an event of the stream, a 500 otherwise. */
    ERROR_EVENT("error"),
    /** The text is exclamation marks. */
    GARBAGE("garbage");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** Whether it shows only once the engine writes. */
    boolean whileWriting() {
      return this == CUT || this == ERROR_EVENT || this == GARBAGE || this == OOM;
    }
  }

  /** Several faults, as one setting. */
  public record Plan(List<Fault> faults) {
    public static final Plan NONE = new Plan(List.of());

    public Plan {
      faults = List.copyOf(faults);
    }

    /** Reads faults divided by commas; the empty text is none. */
    public static Plan parse(String text) {
      List<Fault> faults = new ArrayList<>();
      for (String part : text.split(",", -1)) {
        if (!part.isBlank()) {
          faults.add(Fault.parse(part.trim()));
        }
      }
      return new Plan(faults);
    }

    @Override
    public String toString() {
      return faults.stream().map(Fault::toString).collect(Collectors.joining(","));
    }
  }

  public static Fault parse(String text) {
    Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
    if (matcher.matches()) {
      for (Kind kind : Kind.values()) {
        if (kind.word.equals(matcher.group(1))) {
          String count = matcher.group(3);
          return new Fault(
              kind,
              Integer.parseInt(orElse(matcher.group(2), "0")),
              count == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(count)),
              Double.parseDouble(orElse(matcher.group(4), "1")));
        }
      }
    }
    throw new IllegalArgumentException(
        "expected kind[@at][*count][%rate] with a kind of "
            + List.of(Kind.values()).stream()
                .map(kind -> kind.word)
                .collect(Collectors.joining(" "))
            + ", got "
            + text);
  }

  private static String orElse(@Nullable String text, String fallback) {
    return text == null ? fallback : text;
  }

  @Override
  public String toString() {
    return kind.word
        + (at == 0 ? "" : "@" + at)
        + (count.isEmpty() ? "" : "*" + count.getAsInt())
        + (rate == 1 ? "" : "%" + rate);
  }
}
