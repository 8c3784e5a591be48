package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.domain.model.SleepSettings;
import ai.greenthread.scheduling.lifecycle.LifecycleSettings;
import ai.greenthread.scheduling.sidecar.SidecarSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Devices, and the models that share them.
 *
 * @param devices all devices, each with {@code capacity} to hand out
 */
record Fleet(List<GpuId> devices, Bytes capacity, List<Shape> shapes) {
  static final Duration MAX_WAKE = Duration.ofSeconds(6);
  static final Duration MAX_COLD_WAKE = Duration.ofSeconds(25);
  static final Duration MAX_SLEEP = Duration.ofSeconds(2);

  /**
   * One model with one replica.
   *
   * @param size memory on each of its devices while it serves
   * @param firstNeed guess of {@code size} before it was measured
   * @param staysAlive its server survives sleep
   * @param keeps memory that stays in use while the server sleeps
   * @param load mean time between two requests while it is busy
   * @param answer mean time of an answer
   */
  record Shape(
      ReplicaId replica,
      List<GpuId> devices,
      Bytes size,
      Bytes firstNeed,
      boolean staysAlive,
      Bytes keeps,
      SidecarSettings settings,
      Duration load,
      Duration answer) {
    Fairness fairness() {
      return settings.lifecycle().fairness();
    }
  }

  /**
   * @param patient nobody's deadline passes, so that waits can be held against their bound
   */
  static Fleet draw(RandomGenerator random, Faults faults, boolean patient) {
    int deviceCount = 1 + random.nextInt(4);
    var devices = new ArrayList<GpuId>();
    for (int i = 0; i < deviceCount; i++) {
      devices.add(new GpuId("n1", i));
    }
    Bytes capacity = Bytes.ofMiB(80_000);
    int models = 1 + random.nextInt(6);
    var shapes = new ArrayList<Shape>();
    boolean popularOnes = random.nextInt(3) == 0;
    for (int m = 0; m < models; m++) {
      shapes.add(shape(random, faults, devices, capacity, "m" + m, popularOnes && m == 0, patient));
    }
    return new Fleet(List.copyOf(devices), capacity, List.copyOf(shapes));
  }

  private static Shape shape(
      RandomGenerator random,
      Faults faults,
      List<GpuId> devices,
      Bytes capacity,
      String name,
      boolean popular,
      boolean patient) {
    int parallel = Math.min(pick(random, 1, 1, 1, 2, 2, 4), devices.size());
    int first = random.nextInt(devices.size() - parallel + 1);
    Bytes size = capacity.times(pick(random, 10, 30, 45, 60, 85) / 100.0);
    if (popular) {
      size = size.min(capacity.times(0.45));
    }
    boolean staysAlive = random.nextInt(4) > 0;
    Bytes keeps = staysAlive ? size.times(pick(random, 0, 1, 5) / 100.0) : Bytes.ZERO;
    boolean under = faults.strikes(Fault.UNDERESTIMATE);
    Bytes guess = random.nextBoolean() ? capacity : size.times(1.2).min(capacity);
    var fairness =
        new Fairness(
            Duration.ofSeconds(pick(random, 1, 5, 10, 30)),
            Duration.ofSeconds(pick(random, 0, 1, 5, 15)),
            popular);
    var sleep =
        new SleepSettings(
            Duration.ofSeconds(pick(random, 2, 10, 60, 600)),
            Duration.ofSeconds(pick(random, 2, 5, 30)));
    var lifecycle =
        new LifecycleSettings(
            fairness,
            sleep,
            Duration.ofSeconds(60),
            Duration.ofSeconds(20),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1));
    var settings =
        new SidecarSettings(
            lifecycle,
            pick(random, 3, 20, 100),
            patient ? Duration.ofHours(10) : Duration.ofSeconds(pick(random, 5, 60, 300)),
            random.nextInt(8) == 0);
    return new Shape(
        new ReplicaId(new ModelRef("default", name), 0),
        List.copyOf(devices.subList(first, first + parallel)),
        size,
        under ? size.times(0.7) : guess,
        staysAlive,
        keeps,
        settings,
        Duration.ofMillis(pick(random, 200, 1_000, 5_000, 30_000)),
        Duration.ofMillis(pick(random, 50, 500, 2_000, 10_000, 40_000)));
  }

  private static int pick(RandomGenerator random, int... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
