package ai.greenthread.cli;

import ai.greenthread.cli.client.EngineClient;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.text.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Waits until every Model of an engine that came up can be used, or has failed. */
final class Readiness {
  private final Session session;
  private final EngineClient engine;
  private final Duration longest;

  Readiness(Session session, EngineClient engine, Duration longest) {
    this.session = session;
    this.engine = engine;
    this.longest = longest;
  }

  /** Whether all are settled; false when time ran out or {@code givenUp} says so first. */
  boolean await(Progress progress, BooleanSupplier givenUp) {
    Instant deadline = session.now().plus(longest);
    String shown = "";
    while (!givenUp.getAsBoolean()) {
      List<ModelView> models = engine.models();
      List<ModelView> open = models.stream().filter(model -> !model.settled()).toList();
      if (open.isEmpty()) {
        warnOfFailed(models, progress);
        return true;
      }
      String what = "first start of " + describe(open);
      if (!what.equals(shown)) {
        if (shown.isEmpty()) {
          progress.step(what);
        } else {
          progress.update(what);
        }
        shown = what;
      }
      if (session.now().isAfter(deadline)) {
        return false;
      }
      session.pause();
    }
    return false;
  }

  static String describe(List<ModelView> models) {
    return models.stream()
        .map(m -> m.name() + " (" + (m.state().isEmpty() ? m.phase() : m.state()) + ")")
        .collect(Collectors.joining(", "));
  }

  private static void warnOfFailed(List<ModelView> models, Progress progress) {
    models.stream()
        .filter(model -> model.phase().equals("Failed"))
        .forEach(model ->
            progress.note(
                model.name() + " failed to start; see: gtctl describe model " + model.name()));
  }
}
