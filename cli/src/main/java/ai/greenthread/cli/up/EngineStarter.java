package ai.greenthread.cli.up;

import ai.greenthread.cli.text.Progress;

/** The engine as {@code gtctl up} needs it: something that can be started in this process. */
@FunctionalInterface
public interface EngineStarter {

  /**
   * Starts the engine and returns once its API answers and {@code up.json} is written; models may
   * still be booting.
   *
   * @param settings what was asked for
   * @param progress hears each step while it is done
   * @throws ai.greenthread.cli.outcome.CliException with what was wrong and what to do; whatever
   *     was started before it is ended
   */
  RunningEngine start(EngineSettings settings, Progress progress);
}
