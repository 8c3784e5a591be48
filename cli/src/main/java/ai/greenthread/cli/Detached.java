package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory;
import ai.greenthread.cli.client.DataDirectory.Presence;
import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.LocalEngine;
import ai.greenthread.cli.client.UpFile;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Progress;
import ai.greenthread.cli.up.EngineSettings;
import ai.greenthread.cli.up.StopSignal;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An engine in a process of its own that goes on after gtctl has returned. */
final class Detached {
  /** What of the log is shown when it ended early. */
  private static final int LOG_LINES = 12;

  private static final Duration KILL_AFTER = Duration.ofSeconds(45);

  private final Session session;
  private final DataDirectory directory;
  private final EngineSettings settings;
  private final Duration readyTimeout;
  private final OutputFormat format;
  private final Path log;
  private int logLinesShown;

  Detached(
      Session session,
      DataDirectory directory,
      EngineSettings settings,
      Duration readyTimeout,
      OutputFormat format) {
    this.session = session;
    this.directory = directory;
    this.settings = settings;
    this.readyTimeout = readyTimeout;
    this.format = format;
    this.log = directory.log("engine.log");
  }

  int run() {
    StopSignal stop = session.around().stopSignal().get();
    boolean ready = false;
    Process process = launch();
    try {
      UpFile up = awaitReady(process, stop);
      ready = true;
      show(up);
      return ExitCode.OK;
    } finally {
      if (!ready) {
        end(process);
      }
      stop.finish();
    }
  }

  private Process launch() {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      // A session of its own: Ctrl-C in this terminal, and its end, are not the engine's.
      command.add("/usr/bin/setsid");
    }
    command.addAll(session.around().relaunch());
    command.add("serve");
    command.addAll(UpOptions.arguments(settings, readyTimeout));
    try {
      Files.createDirectories(log.getParent());
      if (Files.exists(log)) {
        Path previous = log.resolveSibling("engine.log.1");
        Files.move(log, previous, StandardCopyOption.REPLACE_EXISTING);
      }
      return new ProcessBuilder(command)
          .redirectInput(new File("/dev/null"))
          .redirectErrorStream(true)
          .redirectOutput(log.toFile())
          .start();
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "cannot start a process for the engine: " + e.getMessage(),
          "can you write to " + settings.data() + "?",
          e);
    }
  }

  private UpFile awaitReady(Process process, StopSignal stop) {
    Instant deadline = session.now().plus(readyTimeout);
    try (Progress progress = session.progress()) {
      progress.step(
          "starting an engine in the background (process " + process.pid() + ", log " + log + ")");
      while (true) {
        relay(progress);
        if (!process.isAlive()) {
          throw endedEarly(process);
        }
        if (directory.presence() instanceof Presence.Running(UpFile up)
            && up.pid() == process.pid()) {
          UpFile ready = awaitModels(up, process, progress, stop, deadline);
          progress.done();
          return ready;
        }
        checkPatience(deadline, stop, "it did not come up");
        session.pause();
      }
    }
  }

  private UpFile awaitModels(
      UpFile up, Process process, Progress progress, StopSignal stop, Instant deadline) {
    try (LocalEngine engine = session.connect(directory, up)) {
      Duration left = Duration.between(session.now(), deadline);
      Readiness readiness = new Readiness(session, engine, left);
      if (!readiness.await(progress, () -> stop.isRequested() || !process.isAlive())) {
        if (!process.isAlive()) {
          throw endedEarly(process);
        }
        checkPatience(
            session.now(),
            stop,
            "still starting: "
                + Readiness.describe(
                    engine.models().stream().filter(model -> !model.settled()).toList()));
      }
    }
    // Read again: URLs of Models that started late are in it now.
    return directory.requireUp();
  }

  private void checkPatience(Instant deadline, StopSignal stop, String state) {
    if (stop.isRequested()) {
      throw new CliException(ExitCode.FAILED, "interrupted; the engine is stopped again", state);
    }
    if (!session.now().isBefore(deadline)) {
      throw new CliException(
          ExitCode.FAILED,
          "the engine was not ready within " + Human.took(readyTimeout) + " and is stopped again",
          List.of(state, "give it longer with --ready-timeout 20m; its log is " + log));
    }
  }

  private CliException endedEarly(Process process) {
    List<String> lines = logLines();
    List<String> hints =
        new ArrayList<>(lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    hints.add("all of its log: " + log);
    int code = process.exitValue();
    boolean ours = code > ExitCode.OK && code <= ExitCode.INVALID_MANIFEST;
    return new CliException(
        ours ? code : ExitCode.FAILED, "the engine ended while it started", hints);
  }

  /** Shows the steps that the engine's own process reported since the last look. */
  private void relay(Progress progress) {
    List<String> lines = logLines();
    for (String line : lines.subList(Math.min(logLinesShown, lines.size()), lines.size())) {
      if (!line.isBlank() && !line.startsWith("error: ") && !Readiness.wrote(line.strip())) {
        progress.step(line.strip());
      }
    }
    logLinesShown = lines.size();
  }

  private List<String> logLines() {
    try {
      return Files.readString(log).lines().map(Human::harmless).toList();
    } catch (IOException notYet) {
      return List.of();
    }
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(KILL_AFTER.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }

  private void show(UpFile up) {
    if (!format.structured()) {
      try (LocalEngine engine = session.connect(directory, up)) {
        new Banner(session, up, engine.models()).lines().forEach(session::println);
      }
      session.println("Running in the background.  Look: gtctl status -w   Stop: gtctl down");
      return;
    }
    ObjectNode result = Json.mapper().createObjectNode();
    result.put("proxy", up.proxy().toString());
    ObjectNode models = result.putObject("models");
    up.models().forEach(models::put);
    result.put("pid", up.pid());
    result.put("engine", up.engine().toString());
    session.println(format.format(result));
  }
}
