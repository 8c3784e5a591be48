package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory;
import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.GpuView;
import ai.greenthread.cli.client.LocalEngine;
import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.client.UpFile;
import ai.greenthread.cli.cluster.ClusterContext;
import ai.greenthread.cli.cluster.ClusterEngine;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.outcome.NotAllowedException;
import ai.greenthread.cli.text.ConsoleProgress;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Palette;
import ai.greenthread.cli.text.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;

/** One run of gtctl: its surroundings and the options that all commands share. */
final class Session {
  private final Surroundings around;
  private final GlobalOptions options;

  Session(Surroundings around, GlobalOptions options) {
    this.around = around;
    this.options = options;
  }

  Surroundings around() {
    return around;
  }

  PrintWriter out() {
    return around.out();
  }

  PrintWriter err() {
    return around.err();
  }

  boolean debug() {
    return options.debug;
  }

  /** Colours of standard output. */
  Palette palette() {
    return new Palette(around.terminal().out() && colours());
  }

  /** Colours of standard error. */
  Palette errPalette() {
    return new Palette(around.terminal().err() && colours());
  }

  /** Whether standard output may be redrawn. */
  boolean liveOut() {
    return around.terminal().out() && !dumb();
  }

  /** Progress on standard error, which never mixes with a result. */
  Progress progress() {
    return new ConsoleProgress(
        err(), around.terminal().err() && !dumb(), errPalette(), around.clock());
  }

  DataDirectory directory() {
    return DataDirectory.choose(options.data, around.env(), around.home());
  }

  /** Which engine the command is for. */
  Target target() {
    return Target.choose(options, around.env(), around.home());
  }

  /** The engine of this machine, for commands that start and stop it. */
  DataDirectory directory(String command, String onCluster) {
    if (options.namesCluster()) {
      throw new CliException(
          ExitCode.USAGE,
          "gtctl " + command + " is for an engine on this machine, not for one on a cluster",
          onCluster + " (docs/kubernetes.md)");
    }
    return directory();
  }

  /** The engine that is up, or the failure that says how to get one. */
  Engine connect() {
    return connect(new Reach.Visible());
  }

  /** The same, for a command that is about the Models of some namespaces. */
  Engine connect(Reach reach) {
    return connect(target(), reach);
  }

  /** The same, for a command that changes something: on whose cluster is said first. */
  Engine connectToChange(Reach reach) {
    Target target = target();
    if (target instanceof Target.Cluster(ClusterContext context, boolean named) && !named) {
      note("no engine is up on this machine: working on " + context);
    }
    return connect(target, reach);
  }

  private Engine connect(Target target, Reach reach) {
    return switch (target) {
      case Target.Local local -> new LocalEngine(local.directory(), local.requireUp(), reach);
      case Target.Cluster(ClusterContext context, _) -> connect(context, reach);
    };
  }

  ClusterEngine connect(ClusterContext context, Reach reach) {
    String system = around.env().getOrDefault("GREENTHREAD_SYSTEM_NAMESPACE", "");
    return new ClusterEngine(
        context, system.isBlank() ? Optional.empty() : Optional.of(system), reach, this::note);
  }

  /** Something a person should know that is neither result nor failure. */
  void note(String text) {
    err().println(errPalette().yellow("note: ") + Human.harmless(text));
    err().flush();
  }

  /**
   * The GPUs, for a command that can do without; whoever may not see them is told, and gets
   * nothing.
   *
   * @param what cannot be told then
   */
  Optional<List<GpuView>> gpus(Engine engine, String what) {
    try {
      return Optional.of(engine.gpus());
    } catch (NotAllowedException e) {
      note(what + " cannot be told: " + e.message());
      return Optional.empty();
    }
  }

  LocalEngine connect(DataDirectory directory, UpFile up) {
    return new LocalEngine(directory, up, new Reach.Visible());
  }

  Instant now() {
    return around.clock().instant();
  }

  /** Age of an RFC 3339 time, {@code 12s}; empty where there is none. */
  String age(String time) {
    try {
      return time.isEmpty() ? "" : Human.age(Duration.between(Instant.parse(time), now()));
    } catch (DateTimeParseException e) {
      return time;
    }
  }

  void println(String line) {
    out().println(line);
    out().flush();
  }

  /** The pause between two looks at the engine. */
  void pause() {
    try {
      Thread.sleep(around.poll());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCode.FAILED, "interrupted", "run the command again", e);
    }
  }

  private boolean colours() {
    return !options.noColor && around.env().getOrDefault("NO_COLOR", "").isEmpty() && !dumb();
  }

  private boolean dumb() {
    return around.env().getOrDefault("TERM", "").equals("dumb");
  }
}
