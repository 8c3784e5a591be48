package ai.greenthread.runtimes.child;

import java.io.IOException;
import java.io.InputStream;

/**
 * Notices the death of the process that holds the other end of standard input. The operating system
 * closes that end however the parent dies, so no server outlives its engine, not even after {@code
 * kill -9}.
 */
public final class ParentWatch {
  private ParentWatch() {}

  /**
   * Calls {@code onEnd} once, from a thread of its own, when the stream has ended. What it carries
   * is thrown away.
   */
  public static void start(InputStream stream, Runnable onEnd) {
    Thread.ofPlatform()
        .daemon()
        .name("parent-watch")
        .start(() -> {
          byte[] ignored = new byte[256];
          try {
            while (stream.read(ignored) >= 0) {}
          } catch (IOException _) {
            // A broken pipe says the same as its end.
          }
          onEnd.run();
        });
  }
}
