package ai.greenthread.standalone;

import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.Violation;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the fleet as files and folders say: what appears is served, what changes is started anew,
 * what disappears is ended. Files are read every second, which works on every file system; a Model
 * that somebody applied under the same name is theirs and stays as it is. While a file has a
 * problem nothing is ended, because what is missing may be in that file; all else goes on.
 */
final class ManifestWatch {
  private static final System.Logger LOG = System.getLogger(ManifestWatch.class.getName());
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final List<Path> sources;
  private final Fleet fleet;
  private final Runnable onChange;
  private Map<ModelRef, Model> served = Map.of();
  private List<String> reported = List.of();

  ManifestWatch(List<Path> sources, Fleet fleet, Runnable onChange) {
    this.sources = List.copyOf(sources);
    this.fleet = fleet;
    this.onChange = onChange;
  }

  /**
   * The manifests as they are, for the first time.
   *
   * @throws StartFailed when one is wrong: better no engine than half of one
   */
  void begin() throws InterruptedException {
    Manifests.Found found = read();
    if (!found.problems().isEmpty()) {
      throw new StartFailed(
          "the manifests have problems:\n  " + String.join("\n  ", found.problems()));
    }
    settle(found);
  }

  /** Looks again and again until interrupted. */
  void run() {
    try {
      while (!sources.isEmpty()) {
        Thread.sleep(PERIOD);
        settle(read());
      }
    } catch (InterruptedException e) {
      // The engine ends.
      return;
    }
  }

  private Manifests.Found read() {
    var models = new ArrayList<Model>();
    var problems = new ArrayList<String>();
    for (Path source : sources) {
      Manifests.Found found = Manifests.read(source);
      models.addAll(found.models());
      problems.addAll(found.problems());
    }
    FleetRules.clashes(models).forEach(clash -> problems.add(clash.toString()));
    return new Manifests.Found(models, problems);
  }

  private void settle(Manifests.Found found) throws InterruptedException {
    var problems = new ArrayList<>(found.problems());
    var next = new HashMap<ModelRef, Model>();
    boolean changed = false;
    for (Model model : found.models()) {
      Optional<Model> before = Optional.ofNullable(served.get(model.ref()));
      if (before.isEmpty() && fleet.find(model.ref()).isPresent()) {
        continue;
      }
      if (before.isPresent() && before.get().equals(model)) {
        next.put(model.ref(), model);
        continue;
      }
      Optional<String> problem = serve(model);
      problem.ifPresent(problems::add);
      if (problem.isEmpty()) {
        next.put(model.ref(), model);
        changed = true;
      } else {
        before.ifPresent(last -> next.put(last.ref(), last));
      }
    }
    for (Map.Entry<ModelRef, Model> last : served.entrySet()) {
      if (!next.containsKey(last.getKey())) {
        if (found.problems().isEmpty()) {
          fleet.delete(last.getKey());
          changed = true;
        } else {
          next.put(last.getKey(), last.getValue());
        }
      }
    }
    served = next;
    report(problems);
    if (changed) {
      onChange.run();
    }
  }

  /** Answers why it cannot be served, if so; what was served under its name before goes on then. */
  private Optional<String> serve(Model model) throws InterruptedException {
    try {
      return switch (fleet.apply(model, false)) {
        case Fleet.Applied.Done _ -> Optional.empty();
        case Fleet.Applied.Clashes(Violation violation) ->
            Optional.of(model.ref() + ": " + violation);
        case Fleet.Applied.Closing() -> throw new InterruptedException("the engine ends");
      };
    } catch (UncheckedIOException e) {
      return Optional.of(model.ref() + " cannot be served: " + e.getMessage());
    }
  }

  private void report(List<String> problems) {
    if (!problems.equals(reported)) {
      reported = List.copyOf(problems);
      reported.forEach(problem -> LOG.log(System.Logger.Level.WARNING, problem));
    }
  }
}
