package ai.greenthread.k8s.gpus;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuKind;
import ai.greenthread.domain.gpu.GpuReading;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

@RealControlPlane
class GpuReporterTest {
  private final Node node;

  GpuReporterTest(ControlPlane plane) throws IOException {
    node = new Node(plane.api(), plane.newNamespace("reports"), "n1");
  }

  @Test
  void aDeviceBecomesAnObjectThatSaysWhatItIsAndHowItFares() {
    ReportOutcome outcome = node.report(node.gpu(0), node.gpu(1));

    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.created()).isEqualTo(2);
    JsonObject object = node.object(1);
    assertThat(Trees.label(object, "greenthread.ai/node")).contains("n1");
    assertThat(Trees.at(object, "spec"))
        .isEqualTo(
            Trees.object(
                "nodeName",
                "n1",
                "index",
                1,
                "uuid",
                "GPU-1",
                "product",
                "NVIDIA-A100-SXM4-80GB",
                "totalMemoryBytes",
                Node.TOTAL.count(),
                "headroomBytes",
                Node.HEADROOM.count(),
                "virtual",
                false));
    assertThat(Trees.at(object, "status"))
        .isEqualTo(
            Trees.object(
                "stats",
                Trees.object(
                    "usedMemoryBytes",
                    Bytes.ofMiB(512).count(),
                    "freeMemoryBytes",
                    Node.TOTAL.minusOrZero(Bytes.ofMiB(512)).count(),
                    "utilizationPercent",
                    5,
                    "temperatureCelsius",
                    40,
                    "powerWatts",
                    70.5),
                "mode",
                "idle",
                "health",
                "Healthy",
                "lastHeartbeat",
                "2026-01-01T00:00:00Z",
                "availableMemoryBytes",
                Bytes.ofGiB(79).count()));
  }

  @Test
  void aRoundOfARestartedAgentWritesNothing() {
    node.report(node.gpu(0));
    node.enrol("a", 0);
    node.report(node.gpu(0));
    String version = node.version(0);

    ReportOutcome outcome = node.report(node.gpu(0));

    assertThat(outcome).isEqualTo(new ReportOutcome(0, 0, 0, List.of(), List.of()));
    assertThat(node.version(0)).isEqualTo(version);
  }

  @Test
  void onlyWhatMattersIsWrittenButAHeartbeatWithinAMinute() {
    node.report(node.gpu(0));

    node.now = node.now.plusSeconds(10);
    assertThat(node.report(node.gpu(0, Node.reading(Bytes.ofMiB(900), 44))).written()).isZero();
    assertThat(node.report(node.gpu(0, Node.reading(Bytes.ofGiB(2), 40))).written()).isOne();
    assertThat(node.report(node.gpu(0, Node.reading(Bytes.ofGiB(2), 46))).written()).isOne();

    node.now = node.now.plusSeconds(44);
    assertThat(node.report(node.gpu(0, Node.reading(Bytes.ofGiB(2), 47))).written()).isZero();
    node.now = node.now.plusSeconds(1);
    assertThat(node.report(node.gpu(0, Node.reading(Bytes.ofGiB(2), 47))).written()).isOne();
    assertThat(Trees.text(node.status(0), "lastHeartbeat")).contains("2026-01-01T00:00:55Z");
    assertThat(Trees.number(Trees.at(node.status(0), "stats"), "temperatureCelsius")).isEqualTo(47);

    node.now = node.now.minusSeconds(3600);
    assertThat(node.report(node.gpu(0, Node.reading(Bytes.ofGiB(2), 47))).written()).isOne();
  }

  @Test
  void aReadingThatIsNoLongerToldIsAbsentAndHealthHasAReason() {
    node.report(node.gpu(0));
    GpuHealth lost = new GpuHealth.Unhealthy("Xid 79: fallen off the bus");

    node.report(node.gpu(0, GpuReading.unread(lost)));

    assertThat(Trees.at(node.status(0), "stats").keySet()).isEmpty();
    assertThat(Trees.text(node.status(0), "health")).contains("Unhealthy");
    assertThat(Trees.text(node.status(0), "healthReason")).contains("Xid 79: fallen off the bus");

    node.report(node.gpu(0));
    assertThat(node.status(0).has("healthReason")).isFalse();
    assertThat(Trees.at(node.status(0), "stats").keySet()).hasSize(5);
  }

  @Test
  void theModeTellsWhoUsesTheDevice() {
    GpuReading reading = Node.reading(Bytes.ofGiB(4), 50);
    var foreign = new ObservedGpu(node.device(0, "GPU-0", Node.TOTAL), reading, true);
    node.report(foreign);
    assertThat(Trees.text(node.status(0), "mode")).contains("shared");

    node.enrol("a", 0);
    node.report(foreign);
    assertThat(Trees.text(node.status(0), "mode")).contains("inference");
  }

  @Test
  void aReportLeavesTheLedgersFieldsAlone() {
    node.report(node.gpu(0));
    node.enrol("a", 0);
    node.ledger("a", 0).claim(2, node.now, Bytes.ofGiB(30), node.now.plusSeconds(60));
    JsonObject before = node.status(0);

    node.report(node.gpu(0, Node.reading(Bytes.ofGiB(31), 70)));

    JsonObject after = node.status(0);
    for (String field :
        List.of("occupants", "preemptionIntents", "wakeLock", "availableMemoryBytes")) {
      assertThat(after.get(field)).as(field).isNotNull().isEqualTo(before.get(field));
    }
    assertThat(Trees.number(Trees.at(after, "stats"), "temperatureCelsius")).isEqualTo(70);
  }

  @Test
  void anObjectThatWasDeletedOrLostItsLabelIsMendedInTheNextRound() throws IOException {
    node.report(node.gpu(0), node.gpu(1));
    node.api.delete(path(0));
    JsonObject labels = new JsonObject();
    labels.add("greenthread.ai/node", JsonNull.INSTANCE);
    node.api.mergePatch(path(1), Trees.object("metadata", Trees.object("labels", labels)));

    ReportOutcome outcome = node.report(node.gpu(0), node.gpu(1));

    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.created()).isOne();
    assertThat(Trees.text(node.status(0), "health")).contains("Healthy");
    assertThat(Trees.label(node.object(1), "greenthread.ai/node")).contains("n1");
  }

  @Test
  void aVirtualDeviceOfANodeWithALongNameSaysWhatItIs() throws IOException {
    String name = "node-" + "x".repeat(90) + ".example";
    var far = new Node(node.api, node.namespace, name);
    var device =
        new GpuDevice(
            new GpuId(name, 0), "VGPU-0", "Virtual", Bytes.ofGiB(8), GpuKind.VIRTUAL, false);
    var gpu = new ObservedGpu(device, Node.reading(Bytes.ZERO, 0), false);

    assertThat(far.report(gpu).failures()).isEmpty();
    assertThat(far.report(gpu)).isEqualTo(new ReportOutcome(0, 0, 0, List.of(), List.of()));

    assertThat(Trees.flag(far.spec(0), "virtual")).isTrue();
    assertThat(Trees.label(far.object(0), "greenthread.ai/node").orElseThrow()).hasSize(63);
    far.report();
    assertThat(far.answer(0).status()).isEqualTo(404);
  }

  @Test
  void aDeviceThatHasGoneTakesItsObjectWithItAndNoOtherNodes() {
    var other = new Node(node.api, node.namespace, "n2");
    other.report(other.gpu(0));
    node.report(node.gpu(0), node.gpu(1));

    ReportOutcome outcome = node.report(node.gpu(0));

    assertThat(outcome.deleted()).isOne();
    assertThat(outcome.remarks()).singleElement().asString().contains("gpu-n1-1", "gone");
    assertThat(node.answer(1).status()).isEqualTo(404);
    assertThat(node.answer(0).ok()).isTrue();
    assertThat(other.answer(0).ok()).isTrue();
  }

  @Test
  void aDeviceThatHasGoneUnderAReplicaIsUnhealthyUntilTheReplicaHasGoneToo() throws IOException {
    node.report(node.gpu(0), node.gpu(1));
    node.enrol("a", 1);

    ReportOutcome outcome = node.report(node.gpu(0));

    assertThat(outcome.deleted()).isZero();
    assertThat(Trees.text(node.status(1), "health")).contains("Unhealthy");
    assertThat(Trees.text(node.status(1), "healthReason").orElseThrow()).contains("default/a-0");
    assertThat(Trees.items(node.status(1), "occupants")).hasSize(1);
    assertThat(node.report(node.gpu(0)).written()).isZero();

    node.vacate(1);
    node.report(node.gpu(0));
    assertThat(node.answer(1).status()).isEqualTo(404);
  }

  @Test
  void anObjectIsNotDeletedUnderAReplicaThatCameAfterItWasSeen() throws IOException {
    node.report(node.gpu(0));
    JsonObject seen = node.object(0);
    node.enrol("a", 0);

    assertThat(node.api.deleteUnchanged(path(0), seen).status()).isEqualTo(409);
    assertThat(node.answer(0).ok()).isTrue();
    assertThat(node.api.deleteUnchanged(path(0), node.object(0)).ok()).isTrue();
  }

  @Test
  void aDeviceThatOnlyCannotBeSeenIsUnhealthyAndNotGone() {
    node.report(node.gpu(0), node.gpu(1));

    node.reporter()
        .report(
            new NodeView(
                "n1",
                List.of(node.gpu(0)),
                Map.of(node.id(1), "the GPU is lost"),
                Optional.empty()));
    assertThat(Trees.text(node.status(1), "healthReason")).contains("the GPU is lost");

    node.reporter().report(new NodeView("n1", List.of(), Map.of(), Optional.of("no driver")));
    assertThat(Trees.text(node.status(0), "health")).contains("Unhealthy");
    assertThat(Trees.text(node.status(0), "healthReason")).contains("no driver");
    assertThat(Trees.at(node.status(0), "stats").keySet()).isEmpty();
  }

  @Test
  void anotherDeviceAtThePlaceOfOneThatNobodyUsesTakesItsObjectOver() {
    node.report(node.gpu(0));
    var other =
        new ObservedGpu(
            node.device(0, "GPU-new", Bytes.ofGiB(40)), Node.reading(Bytes.ZERO, 30), false);

    ReportOutcome outcome = node.report(other);

    assertThat(outcome.remarks())
        .singleElement()
        .asString()
        .contains("gpu-n1-0", "uuid was \"GPU-0\" and is \"GPU-new\"", "totalMemoryBytes was");
    assertThat(Trees.text(node.spec(0), "uuid")).contains("GPU-new");
    assertThat(Trees.text(node.status(0), "health")).contains("Healthy");
    assertThat(Trees.number(node.status(0), "availableMemoryBytes"))
        .isEqualTo(Bytes.ofGiB(39).count());
    assertThat(node.report(other)).isEqualTo(new ReportOutcome(0, 0, 0, List.of(), List.of()));
  }

  @Test
  void anotherDeviceAtThePlaceOfOneInUseMakesItUnhealthyUntilItsPodsHaveGone() throws IOException {
    node.report(node.gpu(0));
    node.enrol("a", 0);
    var other =
        new ObservedGpu(node.device(0, "GPU-new", Node.TOTAL), Node.reading(Bytes.ZERO, 30), false);

    node.report(other);

    assertThat(Trees.text(node.spec(0), "uuid")).contains("GPU-0");
    assertThat(Trees.text(node.status(0), "health")).contains("Unhealthy");
    assertThat(Trees.text(node.status(0), "healthReason").orElseThrow())
        .contains("GPU-new", "GPU-0", "default/a-0");

    node.vacate(0);
    node.report(other);
    assertThat(Trees.text(node.spec(0), "uuid")).contains("GPU-new");
    assertThat(Trees.text(node.status(0), "health")).contains("Healthy");
  }

  @Test
  void aSizeThatChangedIsTakenOverAtOnceAndSaidAndTheReplicasStay() {
    node.report(node.gpu(0));
    node.enrol("a", 0);

    ReportOutcome outcome =
        node.report(
            new ObservedGpu(
                node.device(0, "GPU-0", Bytes.ofGiB(76)), Node.reading(Bytes.ZERO, 30), false));

    assertThat(outcome.remarks()).singleElement().asString().contains("totalMemoryBytes was");
    assertThat(Trees.number(node.spec(0), "totalMemoryBytes")).isEqualTo(Bytes.ofGiB(76).count());
    assertThat(Trees.items(node.status(0), "occupants")).hasSize(1);
  }

  private String path(int index) {
    return Resource.GPU.path(node.namespace, node.id(index).objectName());
  }
}
