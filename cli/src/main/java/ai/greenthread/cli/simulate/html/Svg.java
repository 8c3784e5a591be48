package ai.greenthread.cli.simulate.html;

import java.util.List;
import java.util.Locale;

/** A drawing, written element by element. Colours come from classes of the page's style. */
final class Svg {
  private final StringBuilder text = new StringBuilder();

  /**
   * Begins a drawing that scales with the page.
   *
   * @param title what it shows, read aloud by screen readers
   */
  Svg(double width, double height, String title) {
    text.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\""
                + " xmlns=\"http://www.w3.org/2000/svg\">",
            width,
            height,
            Markup.escape(title)));
  }

  Svg line(String kind, double x1, double y1, double x2, double y2) {
    text.append(
        String.format(
            Locale.ROOT,
            "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
            kind,
            x1,
            y1,
            x2,
            y2));
    return this;
  }

  Svg rect(String kind, double x, double y, double width, double height) {
    return rect(kind, x, y, width, height, "");
  }

  /** With a text that shows when one points at it. */
  Svg rect(String kind, double x, double y, double width, double height, String hint) {
    text.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
            kind,
            x,
            y,
            Math.max(0, width),
            Math.max(0, height)));
    if (hint.isEmpty()) {
      text.append("/>");
    } else {
      text.append("><title>").append(Markup.escape(hint)).append("</title></rect>");
    }
    return this;
  }

  Svg dot(String kind, double x, double y, String hint) {
    text.append(
        String.format(
            Locale.ROOT,
            "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>%s</title></circle>",
            kind,
            x,
            y,
            Markup.escape(hint)));
    return this;
  }

  /** A line through points of x and y, with a text that shows when one points at it. */
  Svg path(String kind, List<double[]> points, String hint) {
    text.append("<path class=\"").append(kind).append("\" d=\"");
    for (int i = 0; i < points.size(); i++) {
      text.append(
          String.format(
              Locale.ROOT, "%s%.1f %.1f", i == 0 ? "M" : "L", points.get(i)[0], points.get(i)[1]));
    }
    text.append("\"><title>").append(Markup.escape(hint)).append("</title></path>");
    return this;
  }

  /**
   * Writes a text.
   *
   * @param anchor {@code start}, {@code middle} or {@code end}: what of it stands at x
   */
  Svg text(String kind, double x, double y, String anchor, String words) {
    text.append(
        String.format(
            Locale.ROOT,
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
            kind,
            x,
            y,
            anchor,
            Markup.escape(words)));
    return this;
  }

  String end() {
    return text.append("</svg>").toString();
  }
}
