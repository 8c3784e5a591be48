package ai.greenthread.gpu;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a small tool to its end, within a time limit and an output limit. */
final class Command {
  /** Bytes read of each stream; a tool that prints more is cut off there. */
  private static final int MOST_OUTPUT = 1 << 20;

  private Command() {}

  /** How a run ended. */
  sealed interface Outcome {
    /** The tool ended by itself; a signal's number plus 128 is its exit code. */
    record Ended(int exit, String out, String err) implements Outcome {
      boolean succeeded() {
        return exit == 0;
      }

      /** The first line with text on either stream, where tools put the reason of a failure. */
      String firstLine() {
        return (out + "\n" + err)
            .lines()
            .map(String::strip)
            .filter(l -> !l.isEmpty())
            .findFirst()
            .orElse("nothing");
      }
    }

    /** The tool did not end in time and was ended. */
    record TimedOut(Duration limit) implements Outcome {}

    /** The tool could not be run or waited for. */
    record NotRun(String reason) implements Outcome {}
  }

  /**
   * Runs {@code command} without input. When it takes longer than {@code limit}, it and everything
   * it started are killed. When it ends in time but something it started holds its output open,
   * what was printed until {@code limit} counts: the tool itself has said all it had to say.
   */
  static Outcome run(List<String> command, Duration limit) {
    Process process;
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      // Numbers and messages in the form that is parsed here, whatever the user's language.
      builder.environment().put("LC_ALL", "C");
      process = builder.start();
    } catch (IOException e) {
      return new Outcome.NotRun(
          command.getFirst() + " cannot be started: it is not installed, or not in PATH");
    }
    long end = System.nanoTime() + limit.toNanos();
    try {
      process.getOutputStream().close();
      Output out = new Output(process.getInputStream());
      Output err = new Output(process.getErrorStream());
      if (!process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return new Outcome.TimedOut(limit);
      }
      return new Outcome.Ended(process.exitValue(), out.until(end), err.until(end));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome.NotRun("interrupted while waiting for " + command.getFirst());
    } catch (IOException | ExecutionException e) {
      return new Outcome.NotRun("the output of " + command.getFirst() + " cannot be read");
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** One stream of the tool, read as it comes. */
  private static final class Output {
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();
    private final CompletableFuture<Void> whole = new CompletableFuture<>();

    Output(InputStream stream) {
      Thread.ofVirtual().name("tool-output").start(() -> drain(stream));
    }

    private void drain(InputStream stream) {
      byte[] chunk = new byte[8192];
      try (stream) {
        while (read.size() < MOST_OUTPUT) {
          int count = stream.read(chunk);
          if (count < 0) {
            break;
          }
          read.write(chunk, 0, count);
        }
        whole.complete(null);
      } catch (IOException e) {
        whole.completeExceptionally(e);
      }
    }

    /** All of it, or what there is at {@code end} in terms of {@link System#nanoTime()}. */
    String until(long end) throws InterruptedException, ExecutionException {
      try {
        whole.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        // Held open by something that the tool left behind.
      }
      return read.toString(StandardCharsets.UTF_8);
    }
  }
}
