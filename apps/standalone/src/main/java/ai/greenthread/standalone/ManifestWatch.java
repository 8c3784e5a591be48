package ai.greenthread.standalone;

import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ModelRules;
import ai.greenthread.domain.model.Violation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps the fleet as files and folders say: what appears is served, what changes is started anew,
 * what disappears is ended once two looks have not seen it. Files are read every second, which
 * works on every file system; a Model that somebody applied under the same name is theirs and stays
 * as it is. While a file has a problem nothing is ended, because what is missing may be in that
 * file; all else goes on.
 */
final class ManifestWatch {
  private static final System.Logger LOG = System.getLogger(ManifestWatch.class.getName());
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final List<Path> sources;
  private final Fleet fleet;
  private final Runnable onChange;
  private final Map<ModelRef, Model> served = new HashMap<>();

  /** Served, and not seen at the last look: those not seen at the next one either are gone. */
  private final Set<ModelRef> missing = new HashSet<>();

  /** Models that come from now on are new; those before may be older than a rule about names. */
  private boolean begun;

  /** Something changed that was not told yet. */
  private boolean changed;

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
    begun = true;
  }

  /** Looks again and again until interrupted, whatever one look meets. */
  void run() {
    try {
      while (!sources.isEmpty()) {
        Thread.sleep(PERIOD);
        look();
      }
    } catch (InterruptedException e) {
      // The engine ends.
      return;
    }
  }

  void look() throws InterruptedException {
    try {
      settle(read());
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "the manifests could not be looked at; tried again", e);
    }
  }

  private Manifests.Found read() {
    var models = new ArrayList<Model>();
    var problems = new ArrayList<String>();
    for (Path source : sources) {
      Manifests.Found found = Manifests.read(source);
      problems.addAll(found.problems());
      for (Model model : found.models()) {
        ModelRules.onOneMachine(model.spec())
            .ifPresentOrElse(
                violation -> problems.add(model.ref() + ": " + violation), () -> models.add(model));
      }
    }
    FleetRules.clashes(models).forEach(clash -> problems.add(clash.toString()));
    return new Manifests.Found(models, problems);
  }

  private void settle(Manifests.Found found) throws InterruptedException {
    var problems = new ArrayList<>(found.problems());
    Set<ModelRef> present = new HashSet<>();
    for (Model model : found.models()) {
      present.add(model.ref());
      boolean ours = served.containsKey(model.ref());
      if (model.equals(served.get(model.ref())) || (!ours && fleet.find(model.ref()).isPresent())) {
        continue;
      }
      Optional<String> problem = ours ? serve(model) : make(model);
      if (problem.isEmpty()) {
        served.put(model.ref(), model);
        changed = true;
      } else {
        problems.add(problem.get());
      }
    }
    missing.retainAll(served.keySet());
    missing.removeAll(present);
    if (found.problems().isEmpty()) {
      for (ModelRef gone : Set.copyOf(served.keySet())) {
        // An editor that saves may take a file away for a moment.
        if (!present.contains(gone) && !missing.add(gone)) {
          end(gone).ifPresent(problems::add);
        }
      }
    }
    report(problems);
    if (changed) {
      onChange.run();
      changed = false;
    }
  }

  /** Serves what this watch did not serve before; answers as {@link #serve}. */
  private Optional<String> make(Model model) throws InterruptedException {
    Optional<Violation> name = ModelRules.newName(model.ref().name());
    if (begun && name.isPresent()) {
      return name.map(violation -> model.ref() + ": " + violation);
    }
    name.ifPresent(violation ->
        LOG.log(System.Logger.Level.WARNING, "{0} is served, but: {1}", model.ref(), violation));
    return serve(model);
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
    } catch (RuntimeException e) {
      return Optional.of(model.ref() + " cannot be served: " + e);
    }
  }

  private Optional<String> end(ModelRef gone) throws InterruptedException {
    try {
      fleet.delete(gone);
      served.remove(gone);
      changed = true;
      return Optional.empty();
    } catch (RuntimeException e) {
      return Optional.of(gone + " cannot be ended: " + e);
    }
  }

  private void report(List<String> problems) {
    if (!problems.equals(reported)) {
      reported = List.copyOf(problems);
      reported.forEach(problem -> LOG.log(System.Logger.Level.WARNING, problem));
    }
  }
}
