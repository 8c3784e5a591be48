package ai.greenthread.standalone;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps the fleet as files and folders say: what appears is served, what changes is started anew,
 * what disappears is ended. Files are read every second, which works on every file system; a Model
 * that somebody applied under the same name is theirs and stays as it is.
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
    this.sources = sources;
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
    settle(found.models());
  }

  /** Looks again and again until interrupted. */
  void run() {
    try {
      while (!sources.isEmpty()) {
        Thread.sleep(PERIOD);
        Manifests.Found found = read();
        if (!found.problems().equals(reported)) {
          reported = found.problems();
          reported.forEach(problem -> LOG.log(System.Logger.Level.WARNING, problem));
        }
        if (found.problems().isEmpty()) {
          settle(found.models());
        }
      }
    } catch (InterruptedException e) {
      // The engine ends.
      return;
    }
  }

  private Manifests.Found read() {
    var models = new java.util.ArrayList<Model>();
    var problems = new java.util.ArrayList<String>();
    for (Path source : sources) {
      Manifests.Found found = Manifests.read(source);
      models.addAll(found.models());
      problems.addAll(found.problems());
    }
    ai.greenthread.domain.model.FleetRules.clashes(models)
        .forEach(clash -> problems.add(clash.toString()));
    return new Manifests.Found(models, problems);
  }

  private void settle(List<Model> models) throws InterruptedException {
    boolean changed = false;
    var next = new HashMap<ModelRef, Model>();
    for (Model model : models) {
      Optional<Fleet.Deployed> present = fleet.find(model.ref());
      boolean ours = served.containsKey(model.ref());
      if (present.isPresent() && !ours) {
        continue;
      }
      if (fleet.clash(model).isPresent()) {
        continue;
      }
      next.put(model.ref(), model);
      if (!model.equals(served.get(model.ref()))) {
        fleet.apply(model, false);
        changed = true;
      }
    }
    Set<ModelRef> gone = new HashSet<>(served.keySet());
    gone.removeAll(next.keySet());
    for (ModelRef ref : gone) {
      fleet.delete(ref);
      changed = true;
    }
    served = next;
    if (changed) {
      onChange.run();
    }
  }
}
