package ai.greenthread.cli.text;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * Lines at the bottom of a terminal that are redrawn in place. Line wrap is off while a drawing is
 * made, so that a narrow window cuts lines instead of spoiling the count. Not thread-safe.
 */
public final class LiveRegion {
  private static final String CLEAR_TO_LINE_END = "\u001b[K";
  private static final String CLEAR_BELOW = "\u001b[J";
  private static final String WRAP_OFF = "\u001b[?7l";
  private static final String WRAP_ON = "\u001b[?7h";

  /** Rows assumed where the terminal does not say. */
  private static final int DEFAULT_ROWS = 24;

  private final PrintWriter terminal;
  private final IntSupplier rows;
  private int drawn;

  /**
   * Nothing is drawn yet.
   *
   * @param terminal where to draw
   * @param rows height of the window now, in lines
   */
  public LiveRegion(PrintWriter terminal, IntSupplier rows) {
    this.terminal = terminal;
    this.rows = rows;
  }

  /** Draws without news. */
  public void draw(List<String> lines) {
    draw(List.of(), lines);
  }

  /**
   * Replaces what was drawn before; what the window has no row for is counted in a last line.
   *
   * @param news lines that stay on the screen, above the region
   * @param lines the region
   */
  public void draw(List<String> news, List<String> lines) {
    int room = Math.max(4, rows.getAsInt() - 1);
    List<String> shown = lines.size() > room ? lines.subList(0, room - 1) : lines;
    StringBuilder drawing = new StringBuilder(WRAP_OFF);
    if (drawn > 0) {
      drawing.append("\u001b[" + drawn + "A\r");
    }
    if (!news.isEmpty()) {
      drawing.append(CLEAR_BELOW).append(WRAP_ON);
      news.forEach(line -> drawing.append(line).append('\n'));
      drawing.append(WRAP_OFF);
    }
    shown.forEach(line -> drawing.append(line).append(CLEAR_TO_LINE_END).append('\n'));
    if (shown.size() < lines.size()) {
      int more = lines.size() - shown.size();
      drawing
          .append("… and ")
          .append(Human.count(more, "line"))
          .append(" more; enlarge the window");
      drawing.append(CLEAR_TO_LINE_END).append('\n');
    }
    drawing.append(CLEAR_BELOW).append(WRAP_ON);
    terminal.print(drawing);
    terminal.flush();
    drawn = Math.min(lines.size(), room);
  }

  /** Height of this process's terminal, as its driver says; the JDK has no interface to it. */
  public static int terminalRows() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      stty.waitFor(1, TimeUnit.SECONDS);
      int rows = Integer.parseInt(size.strip().split(" ", 2)[0]);
      return rows > 0 ? rows : DEFAULT_ROWS;
    } catch (IOException | NumberFormatException noTerminal) {
      return DEFAULT_ROWS;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return DEFAULT_ROWS;
    }
  }
}
