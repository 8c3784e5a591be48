package ai.greenthread.e2e.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All that was seen in a run. What one process wrote is in the order in which it happened. For one
 * thread.
 */
public final class History {
  /**
   * By how much the clocks of two processes may differ, in microseconds. All read one clock, that
   * of the machine; the allowance is for its being set while they run.
   */
  public static final long SKEW = 50_000;

  private final List<Seen> all;
  private final Map<Class<?>, List<Seen>> byKind = new HashMap<>();
  private final Map<String, List<Seen.OfRequest>> byRequest = new TreeMap<>();
  private final Map<String, Seen.RuntimeLife> runtimes = new HashMap<>();

  public History(List<? extends Seen> all) {
    this.all = List.copyOf(all);
    for (Seen seen : this.all) {
      if (seen instanceof Seen.OfRequest of) {
        byRequest.computeIfAbsent(of.request(), _ -> new ArrayList<>()).add(of);
      }
      if (seen instanceof Seen.RuntimeLife life) {
        runtimes.put(life.life(), life);
      }
    }
  }

  /** Everything, as it was given. */
  public List<Seen> all() {
    return all;
  }

  /** All of one kind. */
  public <T extends Seen> List<T> all(Class<T> kind) {
    return byKind
        .computeIfAbsent(kind, _ -> all.stream().filter(kind::isInstance).toList())
        .stream()
        .map(kind::cast)
        .toList();
  }

  /** All of one kind about one request. */
  public <T extends Seen.OfRequest> List<T> of(String request, Class<T> kind) {
    return byRequest.getOrDefault(request, List.of()).stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .toList();
  }

  /** When and for which model a client sent a request; empty for what no client sent. */
  public Optional<Seen.Sent> sent(String request) {
    return of(request, Seen.Sent.class).stream().findFirst();
  }

  /** A life of a runtime; empty where it did not live to say so. */
  public Optional<Seen.RuntimeLife> runtime(String life) {
    return Optional.ofNullable(runtimes.get(life));
  }

  /** Whether a process that was alive at {@code from} was killed by {@code until}. */
  boolean killed(long pid, long from, long until) {
    return all(Seen.Killed.class).stream()
        .anyMatch(
            kill -> kill.pid() == pid && kill.at() >= from - SKEW && kill.at() <= until + SKEW);
  }

  /** Whether that life of a runtime was killed by {@code until}. */
  boolean runtimeKilled(String life, long until) {
    return runtime(life).filter(it -> killed(it.pid(), it.at(), until)).isPresent();
  }

  /** When the engine could be used again after a kill; never, where it was not started again. */
  long upAfter(Seen.Killed kill) {
    return all(Seen.EngineUp.class).stream()
        .map(Seen.EngineUp::at)
        .filter(at -> at >= kill.at())
        .min(Comparator.naturalOrder())
        .orElse(Long.MAX_VALUE / 2);
  }
}
