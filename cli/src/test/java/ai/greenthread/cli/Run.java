package ai.greenthread.cli;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Terminal;
import ai.greenthread.cli.up.EngineStarter;
import ai.greenthread.cli.up.StopSignal;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Runs commands of gtctl in this process and keeps what they wrote. */
final class Run {
  /** The moment at which the stub's objects have the ages that the golden tables show. */
  static final Instant NOW = Instant.parse("2026-11-22T16:00:00Z");

  private final Path data;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Map<String, String> env = new HashMap<>();
  final StopSignal stop = new StopSignal();
  private String in = "";
  private Terminal terminal = Terminal.NONE;
  private InstantSource clock = InstantSource.fixed(NOW);
  private List<String> relaunch = List.of();
  private EngineStarter starter =
      (_, _) -> {
        throw new CliException(ExitCode.FAILED, "this test has no engine to start", List.of());
      };

  /** What a command left behind. */
  record Result(int code, String out, String err) {}

  Run(Path data) {
    this.data = data;
    env.put("GREENTHREAD_DATA", data.toString());
  }

  Run in(String text) {
    in = text;
    return this;
  }

  Run terminal(boolean stdin, boolean stdout, boolean stderr) {
    terminal = new Terminal(stdin, stdout, stderr);
    return this;
  }

  Run env(String name, String value) {
    env.put(name, value);
    return this;
  }

  Run realClock() {
    clock = InstantSource.system();
    return this;
  }

  Run starter(EngineStarter newStarter) {
    starter = newStarter;
    return this;
  }

  Run relaunch(List<String> command) {
    relaunch = command;
    return this;
  }

  String out() {
    return out.toString();
  }

  String err() {
    return err.toString();
  }

  Result gtctl(String... args) {
    Surroundings around =
        new Surroundings(
            env,
            data,
            new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
            new PrintWriter(out),
            new PrintWriter(err),
            terminal,
            clock,
            Duration.ofMillis(20),
            starter,
            () -> stop,
            relaunch);
    int code = Gtctl.createCommandLine(around).execute(args);
    return new Result(code, out(), err());
  }

  /** Waits until something holds, and says what was written where it never does. */
  void until(String what, BooleanSupplier condition) {
    Instant deadline = Instant.now().plusSeconds(20);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("never: " + what + "\nout: " + out() + "\nerr: " + err());
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }
  }
}
