package ai.greenthread.scheduling.lifecycle;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.scheduling.Samples;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A replica led through its states by hand; replies carry its current generation. */
final class Walk {
  static final Map<GpuId, Bytes> RESIDUE = Map.of(gpu(0), gib(1));

  private final Lifecycle lifecycle;
  private State state = Lifecycle.initial(T0);
  private List<Effect> effects = List.of();
  private Instant now = T0;
  private int inFlight;
  private int parked;
  private Instant lastActivity = T0;
  private Instant parkedSince = Instant.MAX;
  private boolean awaited;

  Walk() {
    this(Fairness.DEFAULT);
  }

  Walk(Fairness fairness) {
    this(Samples.settings(fairness));
  }

  Walk(LifecycleSettings settings) {
    lifecycle = new Lifecycle(settings);
  }

  Walk at(double seconds) {
    now = Samples.at(seconds);
    return this;
  }

  Walk load(int requestsInFlight, int requestsParked) {
    inFlight = requestsInFlight;
    parked = requestsParked;
    lastActivity = requestsInFlight > 0 ? now : lastActivity;
    return this;
  }

  Walk parkedSince(double seconds) {
    parkedSince = Samples.at(seconds);
    return this;
  }

  Walk awaited(boolean byOthers) {
    awaited = byOthers;
    return this;
  }

  Walk take(Event event) {
    Step step = lifecycle.step(state, event, currentLoad(), now);
    state = step.next();
    effects = step.effects();
    return this;
  }

  Walk tick() {
    return take(new Event.Tick());
  }

  /** Asleep with a server that has been started, as if it had once served. */
  Walk asleep() {
    return served().take(new Event.SleepOrdered()).slept();
  }

  /** Enrolled, woken by a request and verified; generation 101. */
  Walk served() {
    load(0, 1)
        .take(new Event.Start())
        .take(new Event.Reconciled(1, 100, false))
        .take(new Event.Claimed(101, false))
        .take(new Event.WakeVerified(101));
    return load(0, 0);
  }

  Walk slept() {
    return take(new Event.Drained())
        .take(new Event.SleepVerified(state.generation(), RESIDUE, false))
        .take(new Event.Released(state.generation()));
  }

  Load currentLoad() {
    return new Load(inFlight, parked, parkedSince, lastActivity, awaited);
  }

  State state() {
    return state;
  }

  long generation() {
    return state.generation();
  }

  List<Effect> effects() {
    return effects;
  }

  Lifecycle lifecycle() {
    return lifecycle;
  }

  Walk is(Class<? extends State> expected) {
    assertThat(state).isInstanceOf(expected);
    return this;
  }

  <S extends State> S as(Class<S> expected) {
    is(expected);
    return expected.cast(state);
  }

  /** The last step wanted exactly effects of these kinds, in this order. */
  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  final Walk wants(Class<? extends Effect>... kinds) {
    assertThat(effects).extracting(Object::getClass).isEqualTo(List.of(kinds));
    return this;
  }
}
