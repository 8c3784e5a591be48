package ai.greenthread.k8s.controller;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.render.PodTemplate;
import ai.greenthread.k8s.render.RenderSettings;
import ai.greenthread.k8s.render.ReplicaPlace;
import ai.greenthread.k8s.render.SpecHash;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.policy.DocumentedPolicy;
import ai.greenthread.scheduling.policy.PolicyName;
import ai.greenthread.scheduling.runtime.HostLink;
import com.google.gson.JsonObject;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Waits that are published, from pods, GPUs and what was measured. */
class WaitBoundsTest {
  private static final ModelSpec PLAIN = ModelSpec.builder("acme/m").build();
  private static final RenderSettings SETTINGS =
      new RenderSettings(
          "system",
          "engine",
          "vllm",
          "llama",
          List.of(),
          "",
          RenderSettings.DeviceSelection.ENV,
          9440,
          PolicyName.BOUNDED,
          0,
          "greenthread-model",
          Map.of(),
          RenderSettings.RouteSettings.NONE);

  private final Map<ModelRef, JsonObject> models = new HashMap<>();
  private final Map<String, GpuView> gpus = new HashMap<>();
  private final List<JsonObject> pods = new ArrayList<>();

  private static GpuId device(int index) {
    return new GpuId("n", index);
  }

  private void gpu(int index, Occupant... occupants) {
    DeviceRecord record =
        DeviceRecord.of(
            device(index), 1, Bytes.ofGiB(80), List.of(occupants), List.of(), Optional.empty());
    gpus.put(
        device(index).objectName(),
        new GpuView(device(index), "u", "p", true, Optional.empty(), Bytes.ZERO, record));
  }

  private static Occupant sleeper(Model model, long residueGib) {
    return new Occupant(
        new ReplicaId(model.ref(), 0),
        1,
        OccupantState.SLEEPING,
        Bytes.ZERO,
        Bytes.ofGiB(residueGib),
        Bytes.ofGiB(residueGib),
        false,
        Duration.ZERO,
        Instant.EPOCH,
        Instant.EPOCH,
        true,
        Duration.ZERO);
  }

  private void pod(Model model, int ordinal, int... devices) {
    List<GpuId> ids = IntStream.of(devices).mapToObj(WaitBoundsTest::device).toList();
    pods.add(
        PodTemplate.pod(
            model,
            new PodTemplate.Owner("uid"),
            ordinal,
            new ReplicaPlace("n", ids, ids.stream().map(GpuId::objectName).toList()),
            SETTINGS));
  }

  private void measured(Model model, String hash, long gib) {
    models.put(
        model.ref(),
        Trees.object(
            "status",
            Map.of("servingMemoryPerGPU", Bytes.ofGiB(gib).count(), "servingMemoryFor", hash)));
  }

  private Map<ModelRef, Duration> bounds() {
    return bounds(fleet());
  }

  private List<WaitBounds.Placed> fleet() {
    return pods.stream()
        .flatMap(pod ->
            PodTemplate.madeFrom(pod)
                .flatMap(model ->
                    WaitBounds.placed(
                        PodView.of(pod),
                        model,
                        HostLink.patience(PodTemplate.wakesAtOnce(pod)),
                        name -> Optional.ofNullable(gpus.get(name)),
                        ref -> Optional.ofNullable(models.get(ref))))
                .stream())
        .toList();
  }

  private Map<ModelRef, Duration> bounds(List<WaitBounds.Placed> fleet) {
    return WaitBounds.of(
        fleet, gpus.values().stream().map(GpuView::record).toList(), new DocumentedPolicy());
  }

  private static Duration seconds(long count) {
    return Duration.ofSeconds(count);
  }

  @Test
  void aModelHasTheLongestBoundOfItsReplicas() {
    Model two = Model.of("two", PLAIN);
    Model other = Model.of("other", PLAIN);
    gpu(0);
    gpu(1);
    pod(two, 0, 0);
    assertThat(bounds()).as("31 + 60 + 120 + 1").isEqualTo(Map.of(two.ref(), seconds(220)));

    pod(two, 1, 1);
    pod(other, 0, 1);
    // own 91; two turns of: another wakes 120, others leave 91, another wake 120, own 120, 1
    assertThat(bounds()).isEqualTo(Map.of(two.ref(), seconds(1000), other.ref(), seconds(1000)));
  }

  @Test
  void whatWasMeasuredOfTheSpecOfThePodCountsAndNothingElse() {
    Model small = Model.of("small", PLAIN);
    Model other = Model.of("other", ModelSpec.builder("acme/o").build());
    gpu(0);
    pod(small, 0, 0);
    pod(other, 0, 0);
    measured(small, SpecHash.ofServer(small), 7);
    measured(other, SpecHash.ofServer(other), 7);
    assertThat(bounds()).as("side by side: 91 + 2 * 121").containsValue(seconds(340));

    measured(other, "of a spec to come", 7);
    assertThat(bounds()).containsValue(seconds(1000));
  }

  @Test
  void oneReplicaWithoutABoundLeavesItsModelWithoutOne() {
    Model two = Model.of("two", PLAIN);
    Model star =
        Model.of(
            "star",
            ModelSpec.builder("acme/s")
                .fairness(new Fairness(seconds(1), seconds(1), true))
                .build());
    gpu(0);
    gpu(1);
    pod(two, 0, 0);
    pod(two, 1, 1);
    pod(star, 0, 1);
    assertThat(bounds().keySet()).containsExactly(star.ref());
  }

  @Test
  void whatSleepersKeepIsNotThereForOthersButForThemselves() {
    Model large = Model.of("large", PLAIN);
    Model other = Model.of("other", PLAIN);
    measured(large, SpecHash.ofServer(large), 77);
    pod(large, 0, 0);
    pod(other, 0, 0);
    gpu(0, sleeper(large, 5), sleeper(other, 3));
    assertThat(bounds()).containsOnlyKeys(large.ref(), other.ref());
    gpu(0, sleeper(large, 5), sleeper(other, 4));
    assertThat(bounds()).containsOnlyKeys(other.ref());
  }

  @Test
  void aPodThatIsNoReplicaOrHasADeviceThatIsNotThereIsLeftOut() {
    gpu(0);
    pods.add(Trees.object("metadata", Map.of("name", "some-pod")));
    pod(Model.of("m", PLAIN), 0, 0, 7);
    assertThat(bounds()).isEmpty();
  }

  @Test
  void thousandsOfModelsTiedTogetherAllGetTheirBound() {
    for (int i = 0; i < 500; i++) {
      gpu(i);
    }
    for (int i = 0; i < 2_000; i++) {
      // Neighbours share, so that all are tied together.
      pod(Model.of("m" + i, PLAIN), 0, i % 500, (i + 1) % 500);
    }
    long began = cpu();
    assertThat(bounds()).hasSize(2_000);
    long first = cpu() - began;
    List<WaitBounds.Placed> fleet = fleet();
    began = cpu();
    assertThat(bounds(fleet)).hasSize(2_000);
    System.out.printf(
        "wait bounds: 2,000 Models on 500 GPUs: %.0f ms of CPU when all pods are new, %.0f ms when"
            + " none is%n",
        first / 1e6, (cpu() - began) / 1e6);
  }

  /** Of this thread, in nanoseconds: what else the machine does is not measured. */
  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
