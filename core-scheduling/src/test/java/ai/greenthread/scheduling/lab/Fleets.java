package ai.greenthread.scheduling.lab;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Fairness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Small fleets whose times are easy to follow: a gibibyte a second, a token every 100 ms. */
final class Fleets {
  static final double GIB_PER_SECOND = 1L << 30;
  static final LabModel.Speed SPEED = new LabModel.Speed(1_000, Duration.ofMillis(100), 0, 4);

  private Fleets() {}

  /** Models that each span one device, need {@code gib} there and keep nothing asleep. */
  static LabFleet of(int devices, long deviceGib, Fairness fairness, long... gib) {
    var models = new ArrayList<LabModel>();
    for (int i = 0; i < gib.length; i++) {
      models.add(model("m" + i, 1, gib[i], fairness));
    }
    return of(devices, deviceGib, models);
  }

  static LabFleet of(int devices, long deviceGib, List<LabModel> models) {
    var gpus = new ArrayList<Bytes>();
    for (int i = 0; i < devices; i++) {
      gpus.add(Bytes.ofGiB(deviceGib));
    }
    return new LabFleet(gpus, models, GIB_PER_SECOND, GIB_PER_SECOND * devices);
  }

  static LabModel model(String name, int gpus, long gib, Fairness fairness) {
    return new LabModel(
        name,
        gpus,
        Bytes.ofGiB(gib),
        Bytes.ZERO,
        Bytes.ofGiB(gib),
        Duration.ofMillis(500),
        SPEED,
        fairness,
        Duration.ofSeconds(300),
        Duration.ofSeconds(30));
  }

  static Fairness fairness(double minRuntime, double maxWaitTime) {
    return new Fairness(
        Duration.ofMillis((long) (minRuntime * 1_000)),
        Duration.ofMillis((long) (maxWaitTime * 1_000)),
        false);
  }

  /** Its answer takes 100 ms to the first token and as much for each that follows. */
  static Arrival at(double seconds, int model, int tokens) {
    return new Arrival(Math.round(seconds * 1e6), model, 0, tokens);
  }
}
