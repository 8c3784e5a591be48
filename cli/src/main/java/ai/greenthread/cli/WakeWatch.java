package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.text.Progress;
import java.time.Duration;
import java.util.List;

/**
 * Tells on standard error why an answer does not come yet, from the moment the question is asked
 * until it is closed. Says nothing where the Model serves.
 */
final class WakeWatch implements AutoCloseable {
  /** A look at the engine that takes longer than this is not waited for. */
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);

  private final Session session;
  private final Engine engine;
  private final ModelFinder finder;
  private final ModelView model;
  private final Progress progress;
  private final Thread watcher;
  private String shown = "";

  WakeWatch(Session session, Engine engine, ModelFinder finder, ModelView model) {
    this.session = session;
    this.engine = engine;
    this.finder = finder;
    this.model = model;
    this.progress = session.progress();
    this.watcher = Thread.ofVirtual().start(this::watch);
  }

  @Override
  public void close() {
    stopWatching();
    progress.close();
  }

  /** The answer begins: whatever was said is taken off the screen before it. May be repeated. */
  void answered() {
    stopWatching();
    progress.done(model.name() + " is awake");
  }

  private void stopWatching() {
    watcher.interrupt();
    try {
      watcher.join(LONGEST_LOOK);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        List<ModelView> models = engine.models();
        show(engine.closeUp(finder.require(models, model.ref().toString())));
        session.pause();
      }
    } catch (CliException closedOrGone) {
      // The question itself will tell what is wrong, if anything is.
    }
  }

  private void show(ModelView now) {
    String what =
        switch (now.state()) {
          case "sleeping" -> now.name() + " is asleep: waking…";
          case "pending" -> now.name() + " is waking… (waits for room on the GPU)";
          case "waking" -> now.name() + " is waking… (loads its weights)";
          case "deactivating" -> now.name() + " is falling asleep: waking… afterwards";
          case "booting" -> now.name() + " is starting for the first time…";
          default -> "";
        };
    if (!what.isEmpty() && !what.equals(shown)) {
      if (shown.isEmpty()) {
        progress.step(what);
      } else {
        progress.update(what);
      }
      shown = what;
    }
  }
}
