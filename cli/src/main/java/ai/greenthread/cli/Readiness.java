package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.text.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Waits until every Model of an engine that came up can be used, or will not be by waiting. */
final class Readiness {
  private static final String FIRST_START = "first start of ";
  private static final String WARNING = "warning: ";

  private final Session session;
  private final Engine engine;
  private final Duration longest;

  Readiness(Session session, Engine engine, Duration longest) {
    this.session = session;
    this.engine = engine;
    this.longest = longest;
  }

  /** Whether all are settled; false when time ran out or {@code givenUp} says so first. */
  boolean await(Progress progress, BooleanSupplier givenUp) {
    Instant deadline = session.now().plus(longest);
    Set<String> shown = new HashSet<>();
    while (!givenUp.getAsBoolean()) {
      List<ModelView> models = engine.models();
      List<ModelView> open = models.stream().filter(model -> !model.settled()).toList();
      if (open.isEmpty()) {
        warnOf(models, progress);
        return true;
      }
      String what = FIRST_START + describe(open);
      boolean first = shown.isEmpty();
      if (shown.add(what)) {
        if (first) {
          progress.step(what);
        } else {
          progress.update(what);
        }
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

  /** Whether a line is one that is written here; who waits as well says the same by itself. */
  static boolean wrote(String line) {
    return line.startsWith(FIRST_START) || line.startsWith(WARNING);
  }

  private static void warnOf(List<ModelView> models, Progress progress) {
    for (ModelView model : models) {
      String see = "; see: gtctl describe model " + model.name();
      if (model.phase().equals("Failed")) {
        String why = model.unready().map(reason -> ": " + reason).orElse("");
        progress.note(WARNING + model.name() + " failed to start" + why + see);
      } else if (model.unplaced().isPresent()) {
        String what = model.unusable() ? " cannot be placed: " : " is placed only in part: ";
        progress.note(WARNING + model.name() + what + model.unplaced().get() + see);
      }
    }
    long unusable = models.stream().filter(ModelView::unusable).count();
    if (unusable > 0) {
      progress.note(
          WARNING
              + "the engine is up, but degraded: "
              + unusable
              + " of "
              + models.size()
              + " Models cannot be used");
    }
  }
}
