package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeCapabilities;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * An inference server that really takes time and memory, and fails as servers do. It lives on when
 * its sidecar dies.
 */
final class SimRuntime implements InferenceRuntime {
  private static final int LOAD_STEPS = 4;

  private final Fleet.Shape shape;
  private final World world;
  private final Function<GpuId, Bytes> granted;
  private final Set<SimRequest> running = new LinkedHashSet<>();
  private Consumer<String> deathListener = _ -> {};
  private Power power = Power.OFF;
  private Bytes size;
  private boolean garbage;
  private boolean answered;
  private boolean measured;
  private boolean outgrows;

  /** Changes with everything that happens to the process, so that what was under way then ends. */
  private long epoch;

  private String transition = "";

  private enum Power {
    OFF,
    LOADING,
    AWAKE,
    ASLEEP
  }

  /**
   * @param granted memory that the ledger keeps for it on a device
   */
  SimRuntime(Fleet.Shape shape, World world, Function<GpuId, Bytes> granted) {
    this.shape = shape;
    this.world = world;
    this.granted = granted;
    this.size = shape.size();
    this.outgrows = shape.firstNeed().compareTo(shape.size()) < 0;
  }

  @Override
  public RuntimeCapabilities capabilities() {
    return new RuntimeCapabilities(shape.staysAlive(), false);
  }

  @Override
  public URI endpoint() {
    return URI.create("http://127.0.0.1:1");
  }

  @Override
  public void wake(List<GpuId> devices, Duration limit)
      throws RuntimeFailure, InterruptedException {
    begin("wake");
    try {
      if (power == Power.AWAKE) {
        return;
      }
      boolean warm = power == Power.ASLEEP;
      long longest = (warm ? Fleet.MAX_WAKE : Fleet.MAX_COLD_WAKE).toNanos();
      long takes = world.between(longest / 10, longest * 9 / 10);
      if (world.faults().strikes(Fault.WAKE_FAILS)) {
        world.fibers().sleep(takes / 2);
        throw new RuntimeFailure("it does not want to wake");
      }
      boolean hangs = world.faults().strikes(Fault.WAKE_HANGS);
      boolean dies = world.faults().strikes(Fault.WAKE_RUNS_OUT_OF_MEMORY);
      if (hangs) {
        takes = limit.toNanos() + world.between(1, 30_000_000_000L);
      }
      load(takes, warm, dies);
      world.fibers().sleep(Math.min(takes, limit.toNanos()));
      if (takes > limit.toNanos()) {
        throw new RuntimeFailure("not awake in time");
      }
      if (power != Power.AWAKE) {
        throw new RuntimeFailure("it died while it woke");
      }
    } finally {
      transition = "";
    }
  }

  /** Goes on whatever its caller does. */
  private void load(long takes, boolean warm, boolean dies) {
    epoch++;
    power = Power.LOADING;
    answered = false;
    measured = false;
    long load = epoch;
    for (int step = 1; step <= LOAD_STEPS; step++) {
      int reached = step;
      world
          .time()
          .after(
              takes * step / LOAD_STEPS - 1,
              "loads",
              this,
              () -> {
                if (epoch == load) {
                  loaded(reached, warm, dies);
                }
              });
    }
  }

  private void loaded(int step, boolean warm, boolean dies) {
    Bytes kept = warm ? shape.keeps() : Bytes.ZERO;
    Bytes grown = kept.plus(size.minusOrZero(kept).times((double) step / LOAD_STEPS)).min(size);
    if (!hold(grown)) {
      world.outgrown(shape.devices(), this + " found no memory to wake");
      die("out of memory");
    } else if (dies && step == LOAD_STEPS / 2) {
      die("CUDA out of memory");
    } else if (step == LOAD_STEPS) {
      power = Power.AWAKE;
      garbage = warm && world.faults().strikes(Fault.GARBAGE_AFTER_WAKE);
    }
  }

  /** Takes so much on every device, or dies of it. */
  private boolean hold(Bytes total) {
    for (GpuId device : shape.devices()) {
      if (!world.memory().set(shape.replica(), device, total)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void sleep(Duration limit) throws RuntimeFailure, InterruptedException {
    begin("sleep");
    try {
      world.require(running.isEmpty(), () -> "S4: put to sleep under " + running);
      world.fibers().sleep(world.between(1_000_000, 50_000_000));
      if (world.faults().strikes(Fault.SLEEP_FAILS)) {
        throw new RuntimeFailure("it does not want to sleep");
      }
      if (world.faults().strikes(Fault.SLEEP_LIES)) {
        return;
      }
      boolean hangs = world.faults().strikes(Fault.SLEEP_HANGS);
      long takes =
          hangs
              ? limit.toNanos() + world.between(1, 30_000_000_000L)
              : world.between(1_000_000, Fleet.MAX_SLEEP.toNanos() / 2);
      if (power == Power.AWAKE) {
        long before = epoch;
        world
            .time()
            .after(
                takes - 1,
                "falls asleep",
                this,
                () -> {
                  if (epoch == before) {
                    fallAsleep();
                  }
                });
      }
      world.fibers().sleep(Math.min(takes, limit.toNanos()));
      if (takes > limit.toNanos()) {
        throw new RuntimeFailure("not asleep in time");
      }
      if (shape.staysAlive() && power == Power.OFF) {
        throw new RuntimeFailure("it died while it fell asleep");
      }
    } finally {
      transition = "";
    }
  }

  private void fallAsleep() {
    epoch++;
    power = shape.staysAlive() ? Power.ASLEEP : Power.OFF;
    giveBackAllBut(shape.keeps(), Fault.MEMORY_LINGERS);
  }

  private void giveBackAllBut(Bytes kept, Fault lingers) {
    long late = world.faults().strikes(lingers) ? world.between(1, 8_000_000_000L) : 0;
    for (GpuId device : shape.devices()) {
      Bytes freed = world.memory().of(shape.replica(), device).minusOrZero(kept);
      world.memory().set(shape.replica(), device, kept);
      if (late > 0) {
        world.memory().ghost(shape.replica(), device, freed);
        world
            .time()
            .after(
                late,
                "memory is back of",
                this,
                () -> world.memory().ghost(shape.replica(), device, Bytes.ZERO));
      } else {
        world.memory().ghost(shape.replica(), device, Bytes.ZERO);
      }
    }
    size = shape.size();
  }

  @Override
  public void stop(Duration limit) throws RuntimeFailure, InterruptedException {
    begin("stop");
    try {
      world.require(running.isEmpty(), () -> "S4: stopped under " + running);
      if (world.faults().strikes(Fault.STOP_FAILS)) {
        world.fibers().sleep(world.between(1, 1_000_000_000L));
        throw new RuntimeFailure("something of it is still alive");
      }
      long takes = world.between(1_000_000, 500_000_000);
      long before = epoch;
      world
          .time()
          .after(
              takes - 1,
              "ends",
              this,
              () -> {
                if (power != Power.OFF && (epoch == before || power != Power.LOADING)) {
                  epoch++;
                  power = Power.OFF;
                  giveBackAllBut(Bytes.ZERO, Fault.MEMORY_LINGERS);
                }
              });
      world.fibers().sleep(Math.min(takes, limit.toNanos()));
      if (takes > limit.toNanos()) {
        throw new RuntimeFailure("not ended in time");
      }
    } finally {
      transition = "";
    }
  }

  @Override
  public Optional<String> probe() {
    return power == Power.AWAKE ? Optional.empty() : Optional.of("it is " + power);
  }

  @Override
  public OptionalInt inFlight() {
    return OptionalInt.empty();
  }

  @Override
  public Map<GpuId, Bytes> footprint() throws InterruptedException {
    world.fibers().sleep(world.between(0, 2_000_000));
    measured = power == Power.AWAKE && answered;
    var footprint = new HashMap<GpuId, Bytes>();
    for (GpuId device : shape.devices()) {
      footprint.put(device, world.memory().of(shape.replica(), device));
    }
    return footprint;
  }

  @Override
  public Optional<String> canary(Duration limit) throws RuntimeFailure, InterruptedException {
    world.fibers().sleep(Math.min(world.between(1_000_000, 100_000_000), limit.toNanos()));
    if (power != Power.AWAKE) {
      throw new RuntimeFailure("no answer");
    }
    answered = true;
    return Optional.of(garbage ? "!!!!" : "Paris");
  }

  @Override
  public void onDeath(Consumer<String> listener) {
    deathListener = listener;
  }

  private void begin(String next) {
    world.require(
        transition.isEmpty(), () -> "S5: " + next + " during " + transition + " of " + this);
    transition = next;
    world.coverage().count("runtime " + next);
  }

  /** Ends by itself. */
  void crash() {
    if (power != Power.OFF) {
      world
          .coverage()
          .count("crash while " + power + (transition.isEmpty() ? "" : " in " + transition));
      die("killed");
    }
  }

  private void die(String reason) {
    epoch++;
    power = Power.OFF;
    giveBackAllBut(Bytes.ZERO, Fault.MEMORY_LINGERS);
    for (SimRequest request : List.copyOf(running)) {
      if (world.faults().strikes(Fault.HALF_OPEN_CONNECTION)) {
        running.remove(request);
        request.hang();
      } else {
        request.broken();
      }
    }
    Consumer<String> listener = deathListener;
    long late = world.random().nextInt(5) == 0 ? 5_000_000_000L : 50_000_000;
    world
        .time()
        .after(world.between(0, late), "its death is told", this, () -> listener.accept(reason));
  }

  /** A request arrives. */
  void begin(SimRequest request) {
    if (power != Power.AWAKE) {
      world.coverage().count("request met a dead server");
      request.broken();
      return;
    }
    world.require(!garbage, () -> "S3: " + request + " sent to " + this + " with spoilt weights");
    world.require(answered && measured, () -> "S11: " + this + " serves unverified");
    running.add(request);
    grow();
  }

  private void grow() {
    Bytes next = size.max(shape.size().times(1 + world.random().nextInt(6) / 100.0));
    if (world.faults().strikes(Fault.OUTGROWTH)) {
      outgrows = true;
      world.allowOutgrowth(shape.devices());
      next = shape.size().times(1.3);
    } else if (!shape.devices().stream().map(granted).allMatch(next::fitsIn)) {
      // Beside a popular model there may be less room to grow than it would like.
      outgrows = true;
      world.allowOutgrowth(shape.devices());
    }
    if (next.compareTo(size) > 0) {
      if (hold(next)) {
        size = next;
      } else {
        world.outgrown(shape.devices(), this + " found no memory to grow");
        die("out of memory");
      }
    }
  }

  void end(SimRequest request) {
    running.remove(request);
  }

  boolean isAwake() {
    return power == Power.AWAKE;
  }

  /** It took more than it promised, or may do so. */
  boolean outgrows() {
    return outgrows;
  }

  boolean isServedTruly() {
    return power == Power.AWAKE && answered && measured && !garbage;
  }

  ReplicaId replica() {
    return shape.replica();
  }

  @Override
  public String toString() {
    return shape.replica().podName() + "'s server";
  }
}
