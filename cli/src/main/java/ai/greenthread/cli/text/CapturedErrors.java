package ai.greenthread.cli.text;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Catches what this process's logging writes to standard error while a live region is on the
 * screen, which it would tear. There can be one at a time, since standard error is the process's.
 * Thread-safe.
 */
public final class CapturedErrors implements AutoCloseable {
  private final ByteArrayOutputStream caught = new ByteArrayOutputStream();
  private final PrintStream before = System.err;

  public CapturedErrors() {
    System.setErr(new PrintStream(caught, true, StandardCharsets.UTF_8));
  }

  /** The whole lines that were written since the last call. */
  public List<String> lines() {
    String text;
    synchronized (caught) {
      text = caught.toString(StandardCharsets.UTF_8);
      int end = text.lastIndexOf('\n') + 1;
      caught.reset();
      caught.writeBytes(text.substring(end).getBytes(StandardCharsets.UTF_8));
      text = text.substring(0, end);
    }
    return text.lines().map(Human::harmless).toList();
  }

  /** Gives standard error back, with what was caught and not asked for. */
  @Override
  public void close() {
    System.setErr(before);
    before.write(caught.toByteArray(), 0, caught.size());
    before.flush();
  }
}
