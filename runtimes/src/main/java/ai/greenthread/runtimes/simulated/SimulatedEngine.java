package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.surface.ApiError;
import ai.greenthread.runtimes.surface.ChatMessage;
import ai.greenthread.runtimes.surface.FinishReason;
import ai.greenthread.runtimes.surface.Generation;
import ai.greenthread.runtimes.surface.GenerationRequest;
import ai.greenthread.runtimes.surface.ServerMetrics;
import ai.greenthread.runtimes.surface.TextEngine;
import ai.greenthread.runtimes.surface.Turns;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** The simulated model behind the surface: its text, its pace, and when it may work at all. */
final class SimulatedEngine implements TextEngine, SimulatedGeneration.Pace {
  /** KV cache that a token takes, of a middling model. */
  private static final long CACHE_BYTES_PER_TOKEN = 128 << 10;

  private final SleepControl.Surroundings around;
  private final SleepControl control;
  private final Flights flights;
  private final Turns turns;
  private final PrefixCache prefixes;
  private final FaultPicker faults;
  private final ServerMetrics metrics;
  private final long cacheBytes;
  private final SplittableRandom jitter;
  private volatile boolean dead;

  SimulatedEngine(
      SleepControl.Surroundings around,
      SleepControl control,
      Flights flights,
      Turns turns,
      PrefixCache prefixes,
      FaultPicker faults,
      ServerMetrics metrics,
      long cacheBytes) {
    this.around = around;
    this.control = control;
    this.flights = flights;
    this.turns = turns;
    this.prefixes = prefixes;
    this.faults = faults;
    this.metrics = metrics;
    this.cacheBytes = cacheBytes;
    this.jitter = new SplittableRandom(around.config().get(Knobs.SEED));
  }

  private <T> T setting(Knob<T> knob) {
    return around.config().get(knob);
  }

  @Override
  public Served served() {
    List<String> names = setting(Knobs.SERVED_MODEL_NAME).list();
    return new Served(names, "simulated/" + names.getFirst(), setting(Knobs.MAX_MODEL_LEN), 1);
  }

  @Override
  public boolean alive() {
    return !dead;
  }

  @Override
  public String version() {
    return setting(Knobs.VERSION);
  }

  @Override
  public String chatPrompt(List<ChatMessage> messages) {
    StringBuilder prompt = new StringBuilder();
    messages.forEach(m -> prompt.append(m.role()).append(": ").append(m.content()).append('\n'));
    return prompt.append("assistant:").toString();
  }

  @Override
  public int[] tokenize(String text) {
    return SeededText.tokens(text);
  }

  @Override
  public String detokenize(int[] tokens) {
    return SeededText.text(tokens);
  }

  @Override
  public Optional<float[]> embed(String text) throws InterruptedException {
    refuseIfDead();
    if (control.holding()) {
      // Vectors wait for a wake like texts do; the queue of texts does for both.
      Turns.Turn turn = turns.enter();
      try {
        turn.await();
      } finally {
        turn.leave();
      }
    }
    Thread.sleep(setting(Knobs.TTFT));
    return Optional.of(SeededText.vector(around.config(), text));
  }

  @Override
  public Generation generate(GenerationRequest request) {
    refuseIfDead();
    if (control.holding()) {
      switch (setting(Knobs.ASLEEP_REQUESTS)) {
        case PARK -> {}
        case CRASH -> around.crash("a request while asleep");
        case ABORT -> {
          SimulatedGeneration aborted = new SimulatedGeneration(request, turns.enter(), this);
          aborted.end(new Generation.End(FinishReason.ABORT));
          return aborted;
        }
      }
    }
    SimulatedGeneration generation = new SimulatedGeneration(request, turns.enter(), this);
    flights.add(generation);
    return generation;
  }

  private void refuseIfDead() {
    if (dead) {
      throw ApiError.of(500, "EngineCore encountered an issue (simulated): the engine is dead.");
    }
  }

  @Override
  public SimulatedGeneration.Plan plan(GenerationRequest request) {
    Optional<Fault> fault = faults.pick(request.http(), Fault.Kind::whileWriting);
    int cached = prefixes.lookUp(SeededText.tokens(request.prompt()));
    metrics.prefixCache(request.promptTokens(), cached);
    int fresh = Math.max(1, request.promptTokens() - cached);
    Duration first =
        setting(Knobs.TTFT)
            .plus(setting(Knobs.PREFILL_PER_TOKEN).multipliedBy(fresh))
            .plus(control.takeFreshlyAwake() ? setting(Knobs.FIRST_AFTER_WAKE) : Duration.ZERO);
    boolean garbage = !control.weightsGood() || has(fault, Fault.Kind.GARBAGE);
    if (has(fault, Fault.Kind.OOM)) {
      control.outOfMemory();
    }
    SplittableRandom unseeded;
    synchronized (jitter) {
      unseeded = jitter.split();
    }
    List<String> tokens = SeededText.answer(around.config(), request, unseeded, garbage);
    boolean natural =
        tokens.size() < request.maxTokens() || tokens.size() == setting(Knobs.ANSWER_TOKENS);
    return new SimulatedGeneration.Plan(
        tokens,
        natural && !request.sampling().ignoreEnd(),
        first,
        at(fault, Fault.Kind.CUT),
        at(fault, Fault.Kind.ERROR_EVENT).or(() -> at(fault, Fault.Kind.OOM)));
  }

  private static boolean has(Optional<Fault> fault, Fault.Kind kind) {
    return fault.filter(f -> f.kind() == kind).isPresent();
  }

  private static Optional<Integer> at(Optional<Fault> fault, Fault.Kind kind) {
    return fault.filter(f -> f.kind() == kind).map(Fault::at);
  }

  @Override
  public Duration nextToken() {
    double mean = setting(Knobs.ITL).toNanos();
    if (mean == 0) {
      return Duration.ZERO;
    }
    double deviation = setting(Knobs.ITL_DEVIATION).toNanos();
    double gauss;
    synchronized (jitter) {
      gauss = deviation == 0 ? 0 : jitter.nextGaussian();
    }
    double slower = 1 + setting(Knobs.LOAD_FACTOR) * Math.max(0, turns.running() - 1);
    return Duration.ofNanos((long) Math.max(0, mean * slower + gauss * deviation));
  }

  @Override
  public boolean frozen() {
    return control.paused();
  }

  @Override
  public void ended(SimulatedGeneration generation) {
    flights.remove(generation);
  }

  /** The engine inside the server dies: what runs fails, and nothing new begins. */
  void die() {
    dead = true;
    flights.endAll(
        new Generation.Failed(
            ApiError.of(500, "EngineCore encountered an issue (simulated): the engine died.")));
  }

  /** Share of the KV cache in use. */
  double cacheUsage() {
    long room = cacheBytes / CACHE_BYTES_PER_TOKEN;
    long used = flights.now().stream().mapToLong(SimulatedGeneration::cachedTokens).sum();
    return room <= 0 ? 0 : Math.min(1, (double) used / room);
  }
}
