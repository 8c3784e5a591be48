package ai.greenthread.e2e.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Pieces of histories that are made by hand. Moments are milliseconds; the engine's life is {@code
 * e1}, its process 1, the model {@code m} is served by the replica {@code m-0}.
 */
final class GoodHistory {
  static final String MODEL = "m";

  private final List<Seen> all = new ArrayList<>();

  private GoodHistory() {}

  /** An engine with one replica that serves from 10 to 1000 in generation 1 and then sleeps. */
  static GoodHistory served() {
    return new GoodHistory()
        .and(
            new Seen.EngineLife(us(1), "e1", 1),
            step(10, "WakeVerified", "serving", "", 1),
            step(1_000, "Tick", "deactivating", "draining", 2),
            step(1_001, "Drained", "deactivating", "sleeping", 2),
            step(1_100, "Released", "sleeping", "", 2))
        .runtime("r1", 11, 5);
  }

  GoodHistory and(Seen... more) {
    all.addAll(Arrays.asList(more));
    return this;
  }

  GoodHistory without(Predicate<Seen> which) {
    all.removeIf(which);
    return this;
  }

  GoodHistory runtime(String life, long pid, long at) {
    return and(new Seen.RuntimeLife(us(at), life, pid, List.of(MODEL)));
  }

  /** A request that is sent at a moment and answered 10 ms later by the runtime {@code r1}. */
  GoodHistory answered(String request, long at) {
    return sent(request, at)
        .forwarded(request, at + 1, 1)
        .finished(request, at + 2, "r1")
        .and(
            closed(request, at + 9, "completed"),
            new Seen.FirstByte(us(at + 9), request),
            answer(request, at + 10));
  }

  GoodHistory sent(String request, long at) {
    return and(
        new Seen.Sent(us(at), request, MODEL),
        new Seen.Received(us(at), "e1", request, "m-0", MODEL));
  }

  GoodHistory forwarded(String request, long at, long generation) {
    return and(new Seen.Forwarded(us(at), "e1", request, "m-0", MODEL, generation));
  }

  GoodHistory finished(String request, long at, String life) {
    return and(
        new Seen.Begun(us(at), life, request),
        new Seen.Ended(us(at + 5), life, request, true),
        new Seen.HandedOver(us(at + 5), life, request));
  }

  static Seen.Answered answer(String request, long at) {
    return new Seen.Answered(us(at), request, request, MODEL, "same");
  }

  static Seen.Closed closed(String request, long at, String how) {
    return new Seen.Closed(us(at), "e1", request, "m-0", how);
  }

  static Seen.Step step(long at, String event, String after, String phase, long generation) {
    return new Seen.Step(us(at), "e1", "m-0", event, after, phase, generation);
  }

  static Seen.Killed killedRuntime(long at, long pid) {
    return new Seen.Killed(us(at), pid, MODEL);
  }

  static Seen.Killed killedEngine(long at) {
    return new Seen.Killed(us(at), 1, "");
  }

  static long us(long millis) {
    return millis * 1_000;
  }

  History history() {
    return new History(all);
  }
}
