package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory;
import ai.greenthread.cli.client.DataDirectory.Presence;
import ai.greenthread.cli.client.LocalEngine;
import ai.greenthread.cli.client.Processes;
import ai.greenthread.cli.client.UpFile;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gtctl down}: end the engine and everything it started. */
@Command(
    name = "down",
    header = "Stop the engine and all it started",
    description = "Requests in flight are answered first. Nothing to stop is no failure.")
final class DownCommand implements Callable<Integer> {
  /** A TERM signal drains too, but whoever ignored a request once is not given as long again. */
  private static final Duration AFTER_SIGNAL = Duration.ofSeconds(45);

  private final Session session;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description = "How long it may drain before it is signalled (default: 90s).")
  private Duration timeout = Duration.ofSeconds(90);

  DownCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    DataDirectory directory =
        session.directory("down", "there it is taken away with Helm: helm uninstall");
    switch (directory.presence()) {
      case Presence.None() ->
          session.println("no engine is up (data directory " + directory.path() + ")");
      case Presence.Stale(UpFile file) -> {
        removeUpFile(directory);
        session.println(
            "no engine is up: process "
                + file.pid()
                + " had ended without cleaning up; removed its "
                + directory.upFile());
      }
      case Presence.Running(UpFile file) -> stop(directory, file);
    }
    return ExitCode.OK;
  }

  private void stop(DataDirectory directory, UpFile up) {
    try (Progress progress = session.progress()) {
      progress.step("stopping the engine (process " + up.pid() + "): requests in flight finish");
      if (!asked(directory, up, progress) || !ended(up, timeout)) {
        signal(up, progress);
        if (!ended(up, AFTER_SIGNAL)) {
          throw new CliException(
              ExitCode.FAILED,
              "process " + up.pid() + " does not end, not even after a TERM signal",
              "end it with: kill -9 " + up.pid() + "   (" + directory.whereItLogs() + ")");
        }
        removeUpFile(directory);
      }
      progress.done();
    }
    session.println("stopped");
  }

  /** Whether the engine accepted the request to shut down. */
  private boolean asked(DataDirectory directory, UpFile up, Progress progress) {
    try (LocalEngine engine = session.connect(directory, up)) {
      engine.shutdown();
      return true;
    } catch (CliException e) {
      progress.note("it cannot be asked to stop: " + e.message());
      return false;
    }
  }

  private static void signal(UpFile up, Progress progress) {
    progress.step("sending process " + up.pid() + " a TERM signal instead");
    Processes.find(up.pid(), up.startedAt()).ifPresent(ProcessHandle::destroy);
  }

  private boolean ended(UpFile up, Duration longest) {
    Instant deadline = session.now().plus(longest);
    while (Processes.runs(up.pid(), up.startedAt())) {
      if (session.now().isAfter(deadline)) {
        return false;
      }
      session.pause();
    }
    return true;
  }

  private static void removeUpFile(DataDirectory directory) {
    try {
      Files.deleteIfExists(directory.upFile());
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "cannot remove " + directory.upFile() + ": " + e.getMessage(),
          "remove it by hand",
          e);
    }
  }
}
