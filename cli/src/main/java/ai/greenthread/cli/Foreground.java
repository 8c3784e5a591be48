package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory;
import ai.greenthread.cli.client.LocalEngine;
import ai.greenthread.cli.client.UpFile;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.CapturedErrors;
import ai.greenthread.cli.text.LiveRegion;
import ai.greenthread.cli.text.Progress;
import ai.greenthread.cli.up.EngineSettings;
import ai.greenthread.cli.up.RememberedSettings;
import ai.greenthread.cli.up.RunningEngine;
import ai.greenthread.cli.up.StopSignal;
import java.time.Duration;

/** An engine in this process, from its start to its end. */
final class Foreground {
  private final Session session;
  private final EngineSettings settings;
  private final Duration readyTimeout;
  private final boolean picture;

  /**
   * An engine that is not started yet.
   *
   * @param picture whether a person looks on, who gets URLs, a first command and a live table
   */
  Foreground(Session session, EngineSettings settings, Duration readyTimeout, boolean picture) {
    this.session = session;
    this.settings = settings;
    this.readyTimeout = readyTimeout;
    this.picture = picture;
  }

  int run() {
    StopSignal stop = session.around().stopSignal().get();
    try {
      RunningEngine engine = start(stop);
      try {
        serve(engine, stop);
      } finally {
        try (Progress progress = session.progress()) {
          engine.stop(progress);
          progress.done();
        }
      }
      session.err().println("stopped");
      session.err().flush();
      return ExitCode.OK;
    } finally {
      stop.finish();
    }
  }

  private RunningEngine start(StopSignal stop) {
    try (Progress progress = session.progress();
        StopSignal.Interruption _ = stop.interrupting(Thread.currentThread())) {
      RunningEngine engine = session.around().starter().start(settings, progress);
      progress.done();
      return engine;
    }
  }

  private void serve(RunningEngine engine, StopSignal stop) {
    DataDirectory directory = new DataDirectory(settings.data());
    UpFile up = directory.requireUp();
    try (LocalEngine client = session.connect(directory, up)) {
      try (Progress progress = session.progress()) {
        Readiness readiness = new Readiness(session, client, readyTimeout);
        if (readiness.await(progress, stop::isRequested)) {
          progress.done();
          // Not sooner: a start that leads nowhere is not to be repeated.
          new RememberedSettings(settings.manifests(), settings.demo(), settings.virtualGpus())
              .write(settings.data());
        } else {
          progress.note("not all Models are ready yet; they go on starting");
        }
      }
      if (picture && !stop.isRequested()) {
        new Banner(session, directory.requireUp(), client.models())
            .lines()
            .forEach(session::println);
        session.println("Ctrl-C stops it.");
        session.println("");
      }
      watch(client, engine, stop);
    }
  }

  private void watch(LocalEngine client, RunningEngine engine, StopSignal stop) {
    if (picture && session.liveOut()) {
      try (CapturedErrors log = new CapturedErrors()) {
        LiveView view = new LiveView(session);
        LiveRegion region = new LiveRegion(session.out(), LiveRegion::terminalRows);
        look(
            engine,
            stop,
            () -> region.draw(log.lines(), view.picture(client.models(), client.gpus())));
      }
    } else if (picture) {
      LiveView view = new LiveView(session);
      look(engine, stop, () -> view.changes(client.models()).forEach(session::println));
    } else {
      look(engine, stop, () -> {});
    }
    if (picture && stop.isRequested()) {
      session.println("");
    }
  }

  private void look(RunningEngine engine, StopSignal stop, Runnable show) {
    while (!stop.isRequested() && !ended(engine)) {
      try {
        show.run();
      } catch (CliException e) {
        // The engine is busy or about to end; the next look tells which.
        if (session.debug()) {
          e.printStackTrace(session.err());
        }
      }
    }
  }

  /** Waits one pause for the end of the engine. */
  private boolean ended(RunningEngine engine) {
    try {
      return engine.awaitEnd(session.around().poll());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
