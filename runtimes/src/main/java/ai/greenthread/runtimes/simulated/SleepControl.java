package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.simulated.GpuLedgerFile.OutOfMemory;
import ai.greenthread.runtimes.simulated.Knobs.AfterOom;
import ai.greenthread.runtimes.simulated.Knobs.SleepingAnswer;
import ai.greenthread.runtimes.surface.ApiError;
import ai.greenthread.runtimes.surface.FinishReason;
import ai.greenthread.runtimes.surface.Generation;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sleep and wake as vLLM does them, and as it fails at them. One operation at a time; the others
 * wait.
 */
final class SleepControl {

  /** Parts that sleep and wake apart. */
  enum Tag {
    WEIGHTS,
    KV_CACHE;

    static Optional<Tag> named(String name) {
      return List.of(values()).stream()
          .filter(tag -> tag.name().toLowerCase(Locale.ROOT).equals(name))
          .findFirst();
    }
  }

  /** What becomes of requests that run when sleep is asked for. */
  enum Mode {
    ABORT,
    WAIT,
    KEEP
  }

  /** What the rest of the simulator is to do. */
  interface Surroundings {
    SimulatorConfig config();

    /** The limit of running answers has changed. */
    void schedulingChanged();

    /** The engine inside the server has died. */
    void engineDied();

    /** The process ends, now. */
    void crash(String why);

    void forgetPrefixes();
  }

  private final Surroundings around;
  private final DeviceMemory memory;
  private final Flights flights;
  private final ReentrantLock operating = new ReentrantLock(true);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final SleepHistory history = new SleepHistory();
  private final Set<Tag> asleep = EnumSet.noneOf(Tag.class);
  private volatile boolean paused;
  private volatile boolean holding;
  private volatile boolean weightsGood = true;
  private int level;
  private int sleeps;
  private int wakes;
  private boolean leveledBefore;
  private boolean freshlyAwake;

  SleepControl(Surroundings around, DeviceMemory memory, Flights flights) {
    this.around = around;
    this.memory = memory;
    this.flights = flights;
  }

  private <T> T setting(Knob<T> knob) {
    return around.config().get(knob);
  }

  /** True while no answer may begin or go on. */
  boolean paused() {
    return paused;
  }

  boolean weightsGood() {
    return weightsGood;
  }

  synchronized int level() {
    return paused ? level : 0;
  }

  synchronized Set<Tag> asleepTags() {
    return EnumSet.copyOf(asleep);
  }

  synchronized int sleeps() {
    return sleeps;
  }

  synchronized int wakes() {
    return wakes;
  }

  /** The state's name in the metrics. */
  synchronized String metricState() {
    if (asleep.isEmpty()) {
      return "awake";
    }
    return level == 2 ? "discard_all" : "weights_offloaded";
  }

  /** True once for the first answer after a wake. */
  synchronized boolean takeFreshlyAwake() {
    boolean fresh = freshlyAwake;
    freshlyAwake = false;
    return fresh;
  }

  /** What {@code /is_sleeping} says. */
  boolean saysSleeping() {
    return switch (setting(Knobs.IS_SLEEPING)) {
      case SleepingAnswer.TRUE -> true;
      case SleepingAnswer.FALSE -> false;
      case SleepingAnswer.TRUTH -> history.sleepingBefore(setting(Knobs.IS_SLEEPING_LAG));
    };
  }

  /**
   * Falls asleep.
   *
   * @param tags parts that sleep; empty = what the level says
   */
  void sleep(int wanted, Mode mode, Set<Tag> tags) throws InterruptedException {
    int number = count(true);
    if (setting(Knobs.SLEEP_CRASHES).include(number)) {
      around.crash("sleep " + number);
      return;
    }
    if (setting(Knobs.SLEEP_FAILS).include(number)) {
      throw ApiError.of(500, "Internal server error (simulated): sleep failed.");
    }
    operating.lockInterruptibly();
    try {
      if (setting(Knobs.SLEEP_HANGS).include(number)) {
        closed.await();
        return;
      }
      if (paused && tags.isEmpty() && wanted <= level()) {
        return;
      }
      boolean busy = flights.now().stream().anyMatch(SimulatedGeneration::started);
      if (setting(Knobs.SLEEP_DIES).include(number) || (busy && setting(Knobs.IN_FLIGHT_CRASH))) {
        around.engineDied();
        return;
      }
      goToSleep(number, wanted, mode, parts(wanted, tags));
    } finally {
      operating.unlock();
    }
  }

  private Set<Tag> parts(int wanted, Set<Tag> tags) {
    Set<Tag> parts = asleepTags();
    if (!tags.isEmpty()) {
      parts.addAll(tags);
    } else if (wanted > 0) {
      parts.addAll(EnumSet.allOf(Tag.class));
    }
    return parts;
  }

  private void goToSleep(int number, int wanted, Mode mode, Set<Tag> parts)
      throws InterruptedException {
    paused = mode != Mode.WAIT;
    around.schedulingChanged();
    switch (mode) {
      case ABORT -> flights.endAll(new Generation.End(FinishReason.ABORT));
      case WAIT -> {
        holdNewOnes();
        flights.awaitNoneRunning();
      }
      case KEEP -> {}
    }
    paused = true;
    if (!parts.isEmpty()) {
      Thread.sleep(sleepTime(wanted));
      if (!setting(Knobs.SLEEP_LIES).include(number)) {
        free(wanted, parts);
      }
      around.forgetPrefixes();
    }
    fellAsleep(wanted, parts);
  }

  /** True while requests may finish but none may begin. */
  boolean holding() {
    return holding || paused;
  }

  private void holdNewOnes() {
    holding = true;
    around.schedulingChanged();
  }

  private Duration sleepTime(int wanted) {
    Duration time = setting(Knobs.SLEEP_TIME);
    if (wanted != 1) {
      return time;
    }
    boolean first;
    synchronized (this) {
      first = !leveledBefore;
      leveledBefore = true;
    }
    return time.plus(first ? setting(Knobs.FIRST_SLEEP_TIME) : Duration.ZERO)
        .plus(copying(Knobs.SLEEP_RATE));
  }

  private void free(int wanted, Set<Tag> parts) {
    boolean weightsKept = wanted != 2 && parts.contains(Tag.WEIGHTS);
    try {
      memory.hold(
          !parts.contains(Tag.WEIGHTS),
          !parts.contains(Tag.KV_CACHE),
          weightsKept ? setting(Knobs.WEIGHTS) : 0);
    } catch (OutOfMemory e) {
      throw new IllegalStateException("giving memory back cannot need any", e);
    }
  }

  private synchronized void fellAsleep(int wanted, Set<Tag> parts) {
    level = wanted;
    asleep.addAll(parts);
    if (wanted == 2 && parts.contains(Tag.WEIGHTS)) {
      weightsGood = false;
    }
    history.changed(true);
  }

  void wake(Set<Tag> asked) throws InterruptedException {
    Set<Tag> tags = asked.isEmpty() ? EnumSet.allOf(Tag.class) : asked;
    int number = tags.contains(Tag.WEIGHTS) ? count(false) : 0;
    if (setting(Knobs.WAKE_CRASHES).include(number)) {
      around.crash("wake " + number);
      return;
    }
    if (setting(Knobs.WAKE_FAILS).include(number)) {
      throw ApiError.of(500, "Internal server error (simulated): wake_up failed.");
    }
    if (setting(Knobs.WAKE_EARLY)) {
      Thread.ofVirtual().name("early-wake").start(() -> wakeInBackground(number, tags));
      return;
    }
    wakeInTurn(number, tags);
  }

  private void wakeInBackground(int number, Set<Tag> tags) {
    try {
      wakeInTurn(number, tags);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (ApiError _) {
      // The caller was told that all is well; that is what this knob is for.
    }
  }

  private void wakeInTurn(int number, Set<Tag> tags) throws InterruptedException {
    operating.lockInterruptibly();
    try {
      if (setting(Knobs.WAKE_HANGS).include(number)) {
        closed.await();
        return;
      }
      Set<Tag> coming = asleepTags();
      coming.retainAll(tags);
      if (coming.contains(Tag.WEIGHTS)) {
        Thread.sleep(
            setting(Knobs.WAKE_TIME).plus(level() == 1 ? copying(Knobs.WAKE_RATE) : Duration.ZERO));
      }
      take(number, coming);
      wokeUp(coming);
    } finally {
      operating.unlock();
    }
  }

  private void take(int number, Set<Tag> coming) {
    if (coming.isEmpty()) {
      return;
    }
    Set<Tag> still = asleepTags();
    still.removeAll(coming);
    try {
      if (setting(Knobs.WAKE_OOMS).include(number)) {
        throw new OutOfMemory(setting(Knobs.DEVICES).list().getFirst(), 1, 0);
      }
      memory.hold(
          !still.contains(Tag.WEIGHTS),
          !still.contains(Tag.KV_CACHE),
          still.contains(Tag.WEIGHTS) ? memory.hostBytes() : 0);
    } catch (OutOfMemory e) {
      outOfMemory();
      throw ApiError.of(500, "CUDA out of memory (simulated): " + e.getMessage() + ".");
    }
  }

  /**
   * Leaves behind what an allocation that failed half-way does, and then what {@code --after-oom}
   * says.
   */
  void outOfMemory() {
    try {
      memory.leak(setting(Knobs.OOM_LEAK));
    } catch (OutOfMemory _) {
      // Someone else was quicker; then there is nothing to leak into.
    }
    switch (setting(Knobs.AFTER_OOM)) {
      case AfterOom.SURVIVE -> {}
      case AfterOom.DEAD -> around.engineDied();
      case AfterOom.EXIT -> around.crash("out of memory");
    }
  }

  private void wokeUp(Set<Tag> coming) {
    synchronized (this) {
      asleep.removeAll(coming);
      if (!asleep.isEmpty()) {
        return;
      }
      freshlyAwake = freshlyAwake || !coming.isEmpty();
      paused = false;
      holding = false;
      history.changed(false);
    }
    around.schedulingChanged();
    flights.now().forEach(SimulatedGeneration::thawed);
  }

  /** The second half of a wake from level 2. */
  void reloadWeights() throws InterruptedException {
    operating.lockInterruptibly();
    try {
      if (asleepTags().contains(Tag.WEIGHTS)) {
        throw ApiError.of(
            500, "Internal server error (simulated): the weights have no memory yet.");
      }
      Thread.sleep(setting(Knobs.RELOAD_TIME).plus(copying(Knobs.RELOAD_RATE)));
      weightsGood = true;
    } finally {
      operating.unlock();
    }
  }

  /** Time that the weights of one device take at a rate. */
  private Duration copying(Knob<Long> rate) {
    return duration(around.config(), setting(rate));
  }

  static Duration duration(SimulatorConfig config, long bytesPerSecond) {
    if (bytesPerSecond == 0) {
      return Duration.ZERO;
    }
    long each = config.get(Knobs.WEIGHTS) / config.get(Knobs.DEVICES).list().size();
    return Duration.ofNanos((long) (each * 1e9 / bytesPerSecond));
  }

  /** Ends what hangs. */
  void close() {
    closed.countDown();
  }

  private synchronized int count(boolean sleep) {
    return sleep ? ++sleeps : ++wakes;
  }
}
