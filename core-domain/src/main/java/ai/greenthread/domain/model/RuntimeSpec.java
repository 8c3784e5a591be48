package ai.greenthread.domain.model;

import ai.greenthread.domain.Quantity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which inference server serves a Model, and how it is started, attached to, put to sleep and
 * checked ({@code spec.runtime}, this project's extension; absent means vLLM with its defaults).
 * There is one record for each {@link RuntimeType}, so that a field which means nothing to a server
 * cannot be given to it.
 */
public sealed interface RuntimeSpec {
  String DEFAULT_HEALTH_PATH = "/health";

  RuntimeType type();

  /** Limits for start, wake and sleep. */
  RuntimeTimeouts timeouts();

  /** GPU memory per device, or null where it is measured. */
  @Nullable Quantity memoryOrNull();

  /** Environment variables of the server's process; values may be secret and are never shown. */
  Map<String, String> env();

  /** The server's process survives sleep; otherwise it ends, and a wake is a start. */
  boolean staysAliveAsleep();

  /** Longest wake of a server that has slept: to wake it, or to start it where sleep ends it. */
  default Duration longestWake() {
    return staysAliveAsleep() ? timeouts().wake() : timeouts().start();
  }

  /**
   * GPU memory per device as the user declared it, for machines on which it cannot be measured and
   * for the first boot.
   */
  default Optional<Quantity> memory() {
    return Optional.ofNullable(memoryOrNull());
  }

  /**
   * vLLM.
   *
   * @param command argument vector instead of {@code vllm serve …}, or empty; may contain {@code
   *     {port}}, {@code {model}} and {@code {devices}}
   * @param url base URL of a vLLM that already runs, or empty where one is started
   * @param healthPath answers 200 when the server is alive; default {@code /health}
   */
  record Vllm(
      List<String> command,
      Map<String, String> env,
      String url,
      String healthPath,
      SleepLevel sleepLevel,
      RuntimeTimeouts timeouts,
      @Nullable Quantity memoryOrNull)
      implements RuntimeSpec {
    public static final Vllm DEFAULT =
        new Vllm(
            List.of(),
            Map.of(),
            "",
            DEFAULT_HEALTH_PATH,
            SleepLevel.AUTO,
            RuntimeTimeouts.DEFAULT,
            null);

    public Vllm {
      command = List.copyOf(command);
      env = Copies.sorted(env);
    }

    @Override
    public RuntimeType type() {
      return RuntimeType.VLLM;
    }

    @Override
    public boolean staysAliveAsleep() {
      return true;
    }
  }

  /**
   * llama.cpp's server.
   *
   * @param modelFile path of the GGUF file
   * @param command argument vector instead of {@code llama-server …}, or empty; placeholders as for
   *     vLLM
   * @param healthPath answers 200 when the server is alive; default {@code /health}
   */
  record LlamaCpp(
      String modelFile,
      List<String> command,
      Map<String, String> env,
      String healthPath,
      RuntimeTimeouts timeouts,
      @Nullable Quantity memoryOrNull)
      implements RuntimeSpec {
    public LlamaCpp {
      command = List.copyOf(command);
      env = Copies.sorted(env);
    }

    /** Serves that file with every default. */
    public static LlamaCpp of(String modelFile) {
      return new LlamaCpp(
          modelFile, List.of(), Map.of(), DEFAULT_HEALTH_PATH, RuntimeTimeouts.DEFAULT, null);
    }

    @Override
    public RuntimeType type() {
      return RuntimeType.LLAMACPP;
    }

    @Override
    public boolean staysAliveAsleep() {
      return false;
    }
  }

  /**
   * The server that comes with GreenThread.
   *
   * @param modelFile path of the GGUF file
   */
  record Builtin(
      String modelFile,
      Map<String, String> env,
      RuntimeTimeouts timeouts,
      @Nullable Quantity memoryOrNull)
      implements RuntimeSpec {
    public Builtin {
      env = Copies.sorted(env);
    }

    /** Serves that file with every default. */
    public static Builtin of(String modelFile) {
      return new Builtin(modelFile, Map.of(), RuntimeTimeouts.DEFAULT, null);
    }

    @Override
    public RuntimeType type() {
      return RuntimeType.BUILTIN;
    }

    @Override
    public boolean staysAliveAsleep() {
      return false;
    }
  }

  /**
   * Any other server. Without steps it sleeps by being stopped and wakes by being started.
   *
   * @param command argument vector, or empty where {@code url} names a server that already runs;
   *     placeholders as for vLLM
   * @param url base URL of the server, or empty where the engine chooses its port
   * @param healthPath answers 200 when the server is alive; default {@code /health}
   * @param sleepSteps put it to sleep, in order
   * @param wakeSteps wake it, in order
   * @param verifySteps prove after a wake that it answers
   */
  record Command(
      List<String> command,
      Map<String, String> env,
      String url,
      String healthPath,
      List<HttpStep> sleepSteps,
      List<HttpStep> wakeSteps,
      List<HttpStep> verifySteps,
      RuntimeTimeouts timeouts,
      @Nullable Quantity memoryOrNull)
      implements RuntimeSpec {
    public Command {
      command = List.copyOf(command);
      env = Copies.sorted(env);
      sleepSteps = List.copyOf(sleepSteps);
      wakeSteps = List.copyOf(wakeSteps);
      verifySteps = List.copyOf(verifySteps);
    }

    /** Starts and stops that command, with every default. */
    public static Command of(String... command) {
      return new Command(
          List.of(command),
          Map.of(),
          "",
          DEFAULT_HEALTH_PATH,
          List.of(),
          List.of(),
          List.of(),
          RuntimeTimeouts.DEFAULT,
          null);
    }

    @Override
    public RuntimeType type() {
      return RuntimeType.COMMAND;
    }

    @Override
    public boolean staysAliveAsleep() {
      // Nobody ends a server that somebody else runs.
      return !sleepSteps.isEmpty() || !url.isEmpty();
    }
  }

  /**
   * A server without a model, which speaks vLLM's protocol.
   *
   * @param options passed to the simulator as {@code --name value}
   */
  record Simulated(
      Map<String, String> options,
      Map<String, String> env,
      SleepLevel sleepLevel,
      RuntimeTimeouts timeouts,
      @Nullable Quantity memoryOrNull)
      implements RuntimeSpec {
    public static final Simulated DEFAULT =
        new Simulated(Map.of(), Map.of(), SleepLevel.AUTO, RuntimeTimeouts.DEFAULT, null);

    public Simulated {
      options = Copies.sorted(options);
      env = Copies.sorted(env);
    }

    @Override
    public RuntimeType type() {
      return RuntimeType.SIMULATED;
    }

    @Override
    public boolean staysAliveAsleep() {
      return true;
    }
  }
}
