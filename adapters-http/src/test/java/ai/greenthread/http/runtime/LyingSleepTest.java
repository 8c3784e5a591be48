package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.domain.model.SleepLevel;
import ai.greenthread.scheduling.ledger.InMemoryLedger;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.policy.DocumentedPolicy;
import ai.greenthread.scheduling.runtime.HostLink;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.Measurements;
import ai.greenthread.scheduling.sidecar.Procedures;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A sleep counts by the memory that came back, not by what the server says. */
@Timeout(180)
class LyingSleepTest {
  private static final ReplicaId REPLICA = new ReplicaId(new ModelRef("default", "tiny"), 0);

  @TempDir Path folder;
  private Yard yard;

  @SuppressWarnings("NullAway.Init") // set before each test
  LyingSleepTest() {}

  @BeforeEach
  void prepare() {
    yard = new Yard(folder);
  }

  @AfterEach
  void end() throws Exception {
    yard.close();
  }

  private static final class NothingKnown implements Measurements {
    @Override
    public Optional<Bytes> servingMemoryPerGpu(ReplicaId replica) {
      return Optional.empty();
    }

    @Override
    public void recordServingMemoryPerGpu(ReplicaId replica, Bytes measured) {}
  }

  private static Instant soon() {
    return InstantSource.system().instant().plus(Yard.AMPLE);
  }

  private static Procedures procedures(InferenceRuntime runtime) {
    GpuId gpu = Yard.DEVICES.getFirst();
    InstantSource clock = InstantSource.system();
    var records = new InMemoryLedger();
    records.add(gpu, Bytes.ofGiB(4));
    var ledger = new Ledger(records, REPLICA, Yard.DEVICES, clock, () -> {});
    return new Procedures(
        REPLICA,
        Fairness.DEFAULT,
        _ -> Bytes.ofGiB(1),
        Duration.ofMinutes(1),
        new Procedures.Parts(
            ledger, new DocumentedPolicy(), runtime, HostLink.WIDE, new NothingKnown()),
        clock,
        Thread::sleep);
  }

  private Event asleepAfter(Map<String, String> options) throws Exception {
    InferenceRuntime runtime =
        yard.create(
            new RuntimeSpec.Simulated(
                options, Map.of(), SleepLevel.ONE, RuntimeTimeouts.DEFAULT, null));
    Procedures procedures = procedures(runtime);
    var reconciled =
        (Event.Reconciled) procedures.perform(new Effect.Reconcile(0, soon())).orElseThrow();
    long generation = reconciled.nextGeneration();
    assertThat(procedures.perform(new Effect.Acquire(generation, InstantSource.system().instant())))
        .contains(new Event.Claimed(generation, false));
    assertThat(procedures.perform(new Effect.Wake(generation, soon())))
        .contains(new Event.WakeVerified(generation));
    return procedures.perform(new Effect.Sleep(generation, soon())).orElseThrow();
  }

  @Test
  void aSleepThatGivesItsMemoryBackCounts() throws Exception {
    assertThat(asleepAfter(Map.of("real-memory", "256MiB")))
        .isInstanceOf(Event.SleepVerified.class);
  }

  @Test
  void aSleepThatOnlyClaimsToDoesNot() throws Exception {
    assertThat(asleepAfter(Map.of("real-memory", "256MiB", "sleep-lies", "all")))
        .isInstanceOfSatisfying(
            Event.SleepFailed.class,
            failed -> assertThat(failed.reason()).contains("it claims to sleep, but"));
  }
}
