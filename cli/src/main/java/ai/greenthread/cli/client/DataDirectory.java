package ai.greenthread.cli.client;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory in which an engine keeps what outlives it, and announces itself while it is up.
 *
 * @param path its place; need not exist
 */
public record DataDirectory(Path path) {

  private static final String NAME_A_CLUSTER =
      "for an engine on a cluster: gtctl --context NAME   (kubectl config get-contexts)";

  /** Whether an engine runs here. */
  public sealed interface Presence {
    /** No engine announced itself. */
    record None() implements Presence {}

    /** One did, and its process is gone without having cleaned up. */
    record Stale(UpFile file) implements Presence {}

    /** One did, and its process lives. */
    record Running(UpFile file) implements Presence {}
  }

  /**
   * Chooses the directory: the flag, else {@code GREENTHREAD_DATA}, else the place of the XDG base
   * directory specification, in which {@code HOME} goes before what the user database says.
   *
   * @param home home directory of the user, where {@code HOME} is not set
   */
  public static DataDirectory choose(Optional<Path> flag, Map<String, String> env, Path home) {
    if (flag.isPresent()) {
      return new DataDirectory(flag.get().toAbsolutePath().normalize());
    }
    String own = env.getOrDefault("GREENTHREAD_DATA", "");
    if (!own.isBlank()) {
      return new DataDirectory(Path.of(own).toAbsolutePath().normalize());
    }
    String xdg = env.getOrDefault("XDG_DATA_HOME", "");
    String envHome = env.getOrDefault("HOME", "");
    Path under = envHome.isBlank() ? home : Path.of(envHome);
    Path base = xdg.isBlank() ? under.resolve(".local/share") : Path.of(xdg);
    return new DataDirectory(base.resolve("greenthread").toAbsolutePath().normalize());
  }

  public Path upFile() {
    return path.resolve("up.json");
  }

  public Path tokenFile() {
    return path.resolve("token");
  }

  /** Where to look when an engine misbehaves. */
  public String whereItLogs() {
    Path log = log("engine.log");
    return Files.exists(log) ? "its log is " + log : "it logs to the terminal it was started in";
  }

  public Path log(String name) {
    return path.resolve("logs").resolve(name);
  }

  /** Whether models were applied here before, so that an engine started here has work. */
  public boolean hasAppliedModels() {
    Path models = path.resolve("models");
    if (!Files.isDirectory(models)) {
      return false;
    }
    try (Stream<Path> files = Files.list(models)) {
      return files.anyMatch(file -> file.toString().endsWith(".yaml"));
    } catch (IOException e) {
      throw unreadable(models, e);
    }
  }

  /** Looks whether an engine is up. */
  public Presence presence() {
    String text;
    try {
      text = Files.readString(upFile());
    } catch (NoSuchFileException e) {
      return new Presence.None();
    } catch (IOException e) {
      throw unreadable(upFile(), e);
    }
    UpFile file;
    try {
      file = UpFile.parse(text);
    } catch (IllegalArgumentException e) {
      throw new CliException(
          ExitCode.NO_ENGINE,
          upFile() + " is not what an engine writes: " + e.getMessage(),
          "remove that file if no engine runs, then run: gtctl up",
          e);
    }
    return Processes.runs(file.pid(), file.startedAt())
        ? new Presence.Running(file)
        : new Presence.Stale(file);
  }

  /** The engine that is up here, or a failure that says how to get one. */
  public UpFile requireUp() {
    return switch (presence()) {
      case Presence.Running(UpFile file) -> file;
      case Presence.None() ->
          throw new CliException(
              ExitCode.NO_ENGINE,
              "no engine is up (data directory " + path + ")",
              List.of(
                  "start one with: gtctl up   (or point --data or GREENTHREAD_DATA at the one you mean)",
                  NAME_A_CLUSTER));
      case Presence.Stale(UpFile file) ->
          throw new CliException(
              ExitCode.NO_ENGINE,
              "no engine is up: "
                  + upFile()
                  + " names process "
                  + file.pid()
                  + ", which has ended without cleaning up",
              List.of("start a new one with: gtctl up", NAME_A_CLUSTER));
    };
  }

  /** The bearer token of the engine API. */
  public String requireToken() {
    try {
      String token = Files.readString(tokenFile()).strip();
      if (token.isEmpty()) {
        throw new CliException(
            ExitCode.FAILED,
            "the token file " + tokenFile() + " is empty",
            "restart the engine, which writes a new one: gtctl down && gtctl up");
      }
      return token;
    } catch (NoSuchFileException e) {
      throw new CliException(
          ExitCode.FAILED,
          "the engine's token is missing: there is no file " + tokenFile(),
          "restart the engine, which writes a new one: gtctl down && gtctl up",
          e);
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "the engine's token cannot be read from " + tokenFile(),
          "run gtctl as the user who started the engine; the file is readable by nobody else",
          e);
    }
  }

  private static CliException unreadable(Path file, IOException cause) {
    return new CliException(
        ExitCode.FAILED,
        "cannot read " + file + ": " + cause.getMessage(),
        "check who owns the data directory",
        cause);
  }
}
