package ai.greenthread.scheduling;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.domain.model.SleepSettings;
import ai.greenthread.scheduling.lifecycle.LifecycleSettings;
import java.time.Duration;
import java.time.Instant;

/** Names, sizes and times that tests of this module use. */
public final class Samples {
  /** A moment to start from. */
  public static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

  private Samples() {}

  public static ReplicaId replica(String name) {
    return new ReplicaId(new ModelRef("default", name), 0);
  }

  public static GpuId gpu(int index) {
    return new GpuId("n1", index);
  }

  public static Bytes gib(long count) {
    return Bytes.ofGiB(count);
  }

  public static Instant at(double seconds) {
    return T0.plusNanos(Math.round(seconds * 1e9));
  }

  public static Duration seconds(long count) {
    return Duration.ofSeconds(count);
  }

  /** 10 s minimum runtime, 5 s until force. */
  public static LifecycleSettings settings() {
    return settings(Fairness.DEFAULT);
  }

  /** Idle after 60 s, drain 30 s; boot 100 s, wake 20 s, sleep 10 s, stop 15 s. */
  public static LifecycleSettings settings(Fairness fairness) {
    return new LifecycleSettings(
        fairness,
        new SleepSettings(seconds(60), seconds(30)),
        seconds(100),
        seconds(20),
        seconds(10),
        seconds(15),
        seconds(1));
  }
}
