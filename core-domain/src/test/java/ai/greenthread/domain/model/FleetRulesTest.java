package ai.greenthread.domain.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.Quantity;
import ai.greenthread.domain.gpu.GpuId;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class FleetRulesTest {
  private static Model model(String name, UnaryOperator<ModelSpecBuilder> change) {
    return Model.of(name, change.apply(ModelSpec.builder("owner/" + name)).build());
  }

  /** A Model that declares how much it needs of each of its devices. */
  private static Model needing(String name, int gib, UnaryOperator<ModelSpecBuilder> change) {
    RuntimeSpec runtime =
        new RuntimeSpec.Simulated(
            Map.of(),
            Map.of(),
            SleepLevel.AUTO,
            RuntimeTimeouts.DEFAULT,
            Quantity.of(Bytes.ofGiB(gib)));
    return model(name, spec -> change.apply(spec.runtime(runtime)));
  }

  private static ModelSpecBuilder popular(ModelSpecBuilder spec) {
    Fairness usual = Fairness.DEFAULT;
    return spec.fairness(new Fairness(usual.minRuntime(), usual.maxWaitTime(), true));
  }

  private static List<FleetRules.Device> devices(int... gib) {
    List<FleetRules.Device> devices = new ArrayList<>();
    for (int i = 0; i < gib.length; i++) {
      devices.add(new FleetRules.Device(new GpuId("n", i), "NVIDIA-A40", Bytes.ofGiB(gib[i])));
    }
    return devices;
  }

  private static List<String> room(List<FleetRules.Device> devices, Model... models) {
    return FleetRules.room(List.of(models), Map.of(), devices).stream()
        .map(FleetRules.Remark::toString)
        .toList();
  }

  @Test
  void twoModelsOfOneNameInOneNamespaceClash() {
    Model first = model("a", spec -> spec);
    Model second = model("a", spec -> spec.modelName("owner/other"));
    Model elsewhere =
        new Model(
            new ModelRef("team", "a"), Map.of(), Map.of(), ModelSpec.of("owner/something-else"));

    List<FleetRules.Clash> clashes = FleetRules.clashes(List.of(first, second, elsewhere));

    assertThat(clashes).hasSize(1);
    assertThat(clashes.getFirst().toString())
        .contains("default/a: metadata.name: Duplicate value: \"a\"", "rename one of the two");
  }

  @Test
  void aSecondModelOfTheSameModelNameIsRefusedNamingTheFirst() {
    Model first = model("a", spec -> spec.modelName("Qwen/Qwen3-8B"));
    Model second = model("b", spec -> spec.modelName("Qwen/Qwen3-8B"));

    List<FleetRules.Clash> clashes = FleetRules.clashes(List.of(first, second));

    assertThat(clashes).hasSize(1);
    assertThat(clashes.getFirst().model()).isEqualTo(second.ref());
    assertThat(clashes.getFirst().violation().toString())
        .contains("spec.modelName", "Model default/a serves it already", "raise spec.replicas");
    assertThat(FleetRules.clash(second, List.of(first)))
        .hasValueSatisfying(v -> assertThat(v.message()).contains("default/a"));
  }

  @Test
  void aChangedModelDoesNotClashWithItself() {
    Model before = model("a", spec -> spec);
    Model after = model("a", spec -> spec.replicas(2));

    assertThat(FleetRules.clash(after, List.of(before, model("b", spec -> spec)))).isEmpty();
  }

  @Test
  void whereEverythingFitsNothingIsSaid() {
    assertThat(
            room(
                devices(48, 48),
                needing("a", 40, FleetRulesTest::popular),
                needing("b", 40, spec -> spec),
                needing("c", 48, spec -> spec.product("NVIDIA-A40")),
                needing("d", 8, spec -> spec.parallelism(new Parallelism(2, 1)))))
        .isEmpty();
  }

  @Test
  void aModelThatIsLargerThanEveryGpuCanNeverWake() {
    assertThat(room(devices(48, 24), needing("a", 50, spec -> spec)))
        .containsExactly(
            "default/a: spec: can never wake: it needs 50 GiB and the largest GPU that suits has"
                + " 48 GiB");
  }

  @Test
  void aCapacityThatIsLessThanTheDeviceIsExplained() {
    var device =
        new FleetRules.Device(
            new GpuId("n", 0), "NVIDIA-A40", Bytes.ofMiB(48 * 1024 - 512), Bytes.ofMiB(512));

    assertThat(room(List.of(device), needing("a", 50, spec -> spec)))
        .containsExactly(
            "default/a: spec: can never wake: it needs 50 GiB and the largest GPU that suits has"
                + " 47.5 GiB (48 GiB in total less 512 MiB of headroom)");
  }

  @Test
  void whatWasMeasuredCountsMoreThanWhatWasDeclared() {
    Model model = needing("a", 50, spec -> spec);

    assertThat(FleetRules.room(List.of(model), Map.of(model.ref(), Bytes.ofGiB(40)), devices(48)))
        .isEmpty();
    assertThat(
            FleetRules.room(
                List.of(needing("a", 4, spec -> spec)),
                Map.of(model.ref(), Bytes.ofGiB(49)),
                devices(48)))
        .hasSize(1);
  }

  @Test
  void oneGpuOfAGroupThatIsTooSmallSpoilsTheGroup() {
    assertThat(
            room(
                devices(48, 24, 48),
                needing("a", 40, spec -> spec.parallelism(new Parallelism(2, 1)))))
        .singleElement()
        .asString()
        .contains("40 GiB on each of 2 neighbouring GPUs, and no such group has that much");
  }

  @Test
  void aGroupMayNotSpanNodesNorGaps() {
    List<FleetRules.Device> apart =
        List.of(
            new FleetRules.Device(new GpuId("n", 0), "X", Bytes.ofGiB(48)),
            new FleetRules.Device(new GpuId("n", 2), "X", Bytes.ofGiB(48)),
            new FleetRules.Device(new GpuId("m", 3), "X", Bytes.ofGiB(48)));

    assertThat(room(apart, needing("a", 1, spec -> spec.parallelism(new Parallelism(2, 1)))))
        .singleElement()
        .asString()
        .contains("spec.parallelism: can never wake: it needs 2 neighbouring GPUs of one node");
  }

  @Test
  void aProductThatNobodyHasIsSaidWithThoseThereAre() {
    assertThat(room(devices(48), needing("a", 1, spec -> spec.product("NVIDIA-H100"))))
        .containsExactly(
            "default/a: spec.product: can never wake: no GPU is a NVIDIA-H100; there are"
                + " NVIDIA-A40");
  }

  @Test
  void withoutAnyGpuNothingCanWake() {
    assertThat(room(List.of(), needing("a", 1, spec -> spec)))
        .containsExactly("default/a: spec: can never wake: there is no GPU");
  }

  @Test
  void popularModelsThatLeaveNoRoomAreNamed() {
    assertThat(
            room(
                devices(48, 48),
                needing("a", 40, FleetRulesTest::popular),
                needing("b", 40, FleetRulesTest::popular),
                needing("c", 9, spec -> spec),
                needing("d", 8, spec -> spec)))
        .singleElement()
        .asString()
        .contains("default/c", "(default/a, default/b) are never put to sleep", "add a GPU");
  }

  @Test
  void aRoomyPlacementOfThePopularModelsIsFoundIfThereIsOne() {
    // Only with both popular models on the first device is the second one free.
    assertThat(
            room(
                devices(48, 40),
                needing("a", 24, FleetRulesTest::popular),
                needing("b", 24, FleetRulesTest::popular),
                needing("c", 40, spec -> spec)))
        .isEmpty();
  }

  @Test
  void everyReplicaOfAPopularModelTakesItsRoom() {
    Model two = needing("a", 40, spec -> popular(spec).replicas(2));

    assertThat(room(devices(48, 48), two, needing("b", 10, spec -> spec))).hasSize(1);
    assertThat(room(devices(48, 48, 48), two, needing("b", 10, spec -> spec))).isEmpty();
  }

  @Test
  void popularModelsThatCannotAllBeAwakeAreTold() {
    assertThat(
            room(
                devices(48),
                needing("a", 40, FleetRulesTest::popular),
                needing("b", 40, FleetRulesTest::popular)))
        .hasSize(2)
        .allSatisfy(
            remark -> assertThat(remark).contains("spec.fairness.popular", "make fewer of them"));
  }

  @Test
  void aPopularVllmTakesTheShareOfTheGpuThatItMay() {
    Model greedy = model("a", FleetRulesTest::popular);
    Model modest = model("a", spec -> popular(spec).gpuMemoryUtilization(new BigDecimal("0.5")));

    assertThat(room(devices(48), greedy, needing("b", 10, spec -> spec))).hasSize(1);
    assertThat(room(devices(48), modest, needing("b", 10, spec -> spec))).isEmpty();
  }

  @Test
  void aModelWhoseNeedIsUnknownIsNotSpokenAbout() {
    Model unknown = model("a", spec -> popular(spec).runtime(RuntimeSpec.Builtin.of("a.gguf")));

    assertThat(room(devices(48), unknown, needing("b", 48, spec -> spec))).isEmpty();
  }

  @Test
  void aModelWithoutReplicasTakesNoRoomAndNeedsNone() {
    assertThat(
            room(
                devices(48),
                needing("a", 48, spec -> popular(spec).replicas(0)),
                needing("b", 48, spec -> spec),
                needing("c", 99, spec -> spec.replicas(0))))
        .isEmpty();
  }

  @Test
  void alikeGpusDoNotMakeTheSearchLong() {
    Model nine = needing("a", 40, spec -> popular(spec).replicas(9));

    assertThat(room(devices(48, 48, 48, 48, 48, 48, 48, 48), nine))
        .singleElement()
        .asString()
        .contains("cannot hold every replica");
  }

  @Test
  void aSearchThatWouldTakeTooLongSaysNothing() {
    int[] sizes = new int[40];
    Arrays.setAll(sizes, i -> 50 + i);
    Model many = needing("a", 24, spec -> popular(spec).replicas(105));

    assertThat(room(devices(sizes), many, needing("b", 20, spec -> spec))).isEmpty();
  }

  private static Model patient(String name, int gib, Duration patience, Duration turn) {
    return needing(
        name,
        gib,
        spec ->
            spec.queue(new QueueSettings(10, patience, DuringDrain.QUEUE))
                .fairness(new Fairness(turn, Fairness.DEFAULT.maxWaitTime(), false)));
  }

  private static List<String> outlasted(
      List<FleetRules.Device> devices, Model model, Model... others) {
    return FleetRules.outlasted(model, List.of(others), Map.of(), devices).stream()
        .map(Warning::toString)
        .toList();
  }

  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void whoseRequestsAreRefusedWhileAnotherHasItsTurnIsNamed() {
    Model chat = patient("chat", 40, MINUTE.multipliedBy(5), MINUTE);
    Model batch = patient("batch", 40, MINUTE.multipliedBy(60), MINUTE.multipliedBy(10));
    assertThat(outlasted(devices(48), chat, batch))
        .containsExactly(
            "spec.queue.requestTimeout: is shorter (5m) than"
                + " spec.fairness.minRuntime of default/batch (10m), beside which there is no room"
                + " for it: requests that come while that serves may be refused; raise this or"
                + " lower that");
    assertThat(outlasted(devices(48), batch, chat))
        .containsExactly(
            "spec.fairness.minRuntime: is longer (10m) than requests wait for"
                + " default/chat (spec.queue.requestTimeout 5m), for which there is no room beside"
                + " it: they may be refused while this serves; lower this or raise that");
  }

  @Test
  void whereTwoModelsFitSideBySideNeitherOutlastsTheOther() {
    Model chat = patient("chat", 40, MINUTE, MINUTE);
    Model batch = patient("batch", 40, MINUTE.multipliedBy(60), MINUTE.multipliedBy(10));
    assertThat(outlasted(devices(48, 48), chat, batch)).isEmpty();
    assertThat(outlasted(devices(80), chat, batch)).isEmpty();
    assertThat(outlasted(devices(48), chat, chat)).isEmpty();
    assertThat(outlasted(devices(30), chat, batch)).as("neither can wake").isEmpty();
  }

  @Test
  void whoIsGrantedNoLongerThanOthersWaitOutlastsNobody() {
    assertThat(
            outlasted(
                devices(48), patient("a", 40, MINUTE, MINUTE), patient("b", 40, MINUTE, MINUTE)))
        .isEmpty();
  }

  @Test
  void ofManyThatAreOutlastedTheWorstIsNamed() {
    Model batch = patient("batch", 40, MINUTE.multipliedBy(60), MINUTE.multipliedBy(10));
    assertThat(
            outlasted(
                devices(48),
                batch,
                patient("a", 40, MINUTE.multipliedBy(5), MINUTE),
                patient("b", 40, MINUTE.multipliedBy(2), MINUTE),
                patient("c", 40, MINUTE.multipliedBy(9), MINUTE)))
        .singleElement()
        .asString()
        .contains("wait for default/b (spec.queue.requestTimeout 2m, and 2 more like it)");
  }

  @Test
  void aGroupThatEveryPlaceOfAnotherMeetsIsNoRoomBesideIt() {
    Model wide =
        needing(
            "wide",
            40,
            spec ->
                spec.parallelism(new Parallelism(2, 1))
                    .fairness(
                        new Fairness(
                            MINUTE.multipliedBy(10), Fairness.DEFAULT.maxWaitTime(), false)));
    Model chat = patient("chat", 40, MINUTE, MINUTE);
    assertThat(outlasted(devices(48, 48), chat, wide)).hasSize(1);
    assertThat(outlasted(devices(48, 48, 48), chat, wide)).isEmpty();
  }

  @Test
  @Timeout(20)
  void alikeGpusDoNotMakeTheLookForTheOutlastedLong() {
    int[] gib = new int[2_000];
    Arrays.fill(gib, 48);
    Model[] others =
        IntStream.range(0, 2_000)
            .mapToObj(i -> patient("m" + i, 40, MINUTE, MINUTE))
            .toArray(Model[]::new);
    Model batch = patient("batch", 40, MINUTE.multipliedBy(60), MINUTE.multipliedBy(10));
    assertThat(outlasted(devices(gib), batch, others)).isEmpty();
  }
}
