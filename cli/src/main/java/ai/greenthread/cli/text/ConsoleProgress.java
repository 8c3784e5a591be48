package ai.greenthread.cli.text;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Progress on a console. On a terminal the current step's seconds run in place; elsewhere each step
 * and each change of its text is one plain line.
 */
public final class ConsoleProgress implements Progress {
  private static final Duration REDRAW = Duration.ofMillis(200);
  private static final String CLEAR_LINE = "\r\u001b[2K";

  private final PrintWriter target;
  private final boolean live;
  private final Palette palette;
  private final InstantSource clock;
  private final Thread ticker;
  private String current = "";
  private Instant begun;

  /**
   * Begins without a step.
   *
   * @param target where it is written
   * @param live whether lines may be redrawn
   * @param palette colours of the target
   * @param clock measures the steps
   */
  public ConsoleProgress(PrintWriter target, boolean live, Palette palette, InstantSource clock) {
    this.target = target;
    this.live = live;
    this.palette = palette;
    this.clock = clock;
    this.begun = clock.instant();
    this.ticker = Thread.ofVirtual().unstarted(this::tick);
    if (live) {
      ticker.start();
    }
  }

  @Override
  public synchronized void step(String what) {
    done();
    current = what;
    begun = clock.instant();
    if (live) {
      draw();
    } else {
      target.println("  " + what);
      target.flush();
    }
  }

  @Override
  public synchronized void update(String what) {
    current = what;
    if (!live) {
      target.println("  " + what);
      target.flush();
    }
  }

  @Override
  public synchronized void done() {
    finish(palette.green("✓ "));
  }

  @Override
  public synchronized void done(String result) {
    if (live && !current.isEmpty()) {
      current = result;
    }
    done();
  }

  @Override
  public synchronized void note(String line) {
    if (live && !current.isEmpty()) {
      target.print(CLEAR_LINE);
    }
    target.println("  " + line);
    draw();
  }

  @Override
  public synchronized void close() {
    finish(palette.red("✗ "));
    ticker.interrupt();
  }

  private void finish(String mark) {
    if (live && !current.isEmpty()) {
      target.print(CLEAR_LINE);
      target.println(mark + current + palette.dim("  " + Human.took(elapsed())));
    }
    current = "";
    target.flush();
  }

  private void draw() {
    if (live && !current.isEmpty()) {
      String seconds = elapsed().toSeconds() == 0 ? "" : "  " + elapsed().toSeconds() + "s";
      target.print(CLEAR_LINE + palette.yellow("… ") + current + palette.dim(seconds));
    }
    target.flush();
  }

  private Duration elapsed() {
    return Duration.between(begun, clock.instant());
  }

  private void tick() {
    try {
      while (true) {
        Thread.sleep(REDRAW);
        synchronized (this) {
          draw();
        }
      }
    } catch (InterruptedException closed) {
      // The progress was closed; the thread ends with it.
    }
  }
}
