package ai.greenthread.k8s.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PodPlanTest {
  private static final Set<String> GPUS = Set.of("gpu-n-0", "gpu-n-1");

  private static PodView pod(int ordinal, String hash, boolean ready) {
    return new PodView(
        "m-" + ordinal,
        "uid-" + ordinal,
        ordinal,
        "n",
        List.of("gpu-n-0"),
        hash,
        "spec",
        false,
        false,
        ready,
        ready,
        "");
  }

  private static PodView deleting(PodView pod) {
    return new PodView(
        pod.name(),
        pod.uid(),
        pod.ordinal(),
        pod.node(),
        pod.gpus(),
        pod.replaceHash(),
        pod.specHash(),
        true,
        false,
        pod.listens(),
        pod.ready(),
        "");
  }

  private static List<String> deleted(PodPlan plan) {
    return plan.deletions().stream()
        .map(deletion -> deletion.pod().name() + " " + deletion.reason())
        .toList();
  }

  @Test
  void replicasWithoutAPodGetOne() {
    PodPlan plan = PodPlan.of(3, "a", List.of(pod(1, "a", true)), GPUS);
    assertThat(plan.missing()).containsExactly(0, 2);
    assertThat(plan.deletions()).isEmpty();
  }

  @Test
  void aPodOnItsWayOutStillIsItsReplicasPod() {
    PodPlan plan = PodPlan.of(1, "a", List.of(deleting(pod(0, "a", true))), GPUS);
    assertThat(plan.missing()).isEmpty();
    assertThat(plan.deletions()).isEmpty();
  }

  @Test
  void podsBeyondTheReplicasGo() {
    PodPlan plan = PodPlan.of(1, "a", List.of(pod(0, "a", true), pod(1, "a", true)), GPUS);
    assertThat(deleted(plan)).containsExactly("m-1 ScaledDown");
  }

  @Test
  void aPodWhoseGpuIsGoneGoes() {
    PodPlan plan = PodPlan.of(1, "a", List.of(pod(0, "a", true)), Set.of("gpu-n-1"));
    assertThat(deleted(plan)).containsExactly("m-0 GPUGone");
  }

  @Test
  void readyPodsOfAnEarlierSpecGoOneAtATime() {
    List<PodView> all = List.of(pod(0, "a", true), pod(1, "a", true), pod(2, "a", true));
    assertThat(deleted(PodPlan.of(3, "b", all, GPUS))).containsExactly("m-0 SpecChanged");
    List<PodView> next = List.of(pod(0, "b", false), pod(1, "a", true), pod(2, "a", true));
    assertThat(deleted(PodPlan.of(3, "b", next, GPUS))).isEmpty();
    List<PodView> then = List.of(pod(0, "b", true), pod(1, "a", true), pod(2, "a", true));
    assertThat(deleted(PodPlan.of(3, "b", then, GPUS))).containsExactly("m-1 SpecChanged");
  }

  @Test
  void aSpecThatDoesNotStartStopsAtTheFirstPod() {
    List<PodView> stuck = List.of(pod(0, "b", false), pod(1, "a", true));
    assertThat(deleted(PodPlan.of(2, "b", stuck, GPUS))).isEmpty();
    List<PodView> mended = List.of(pod(0, "b", false), pod(1, "a", true));
    assertThat(deleted(PodPlan.of(2, "c", mended, GPUS)))
        .as("the one that serves nobody makes way at once")
        .containsExactly("m-0 SpecChanged");
  }

  @Test
  void whileNoPodMayBeMadeNoneGoesForTheSakeOfANewOne() {
    List<PodView> pods = List.of(pod(0, "a", true), pod(1, "a", false), pod(3, "b", true));
    PodPlan plan = PodPlan.of(3, "b", pods, GPUS);
    assertThat(deleted(plan)).containsExactly("m-3 ScaledDown", "m-1 SpecChanged");
    assertThat(plan.missing()).containsExactly(2);

    assertThat(deleted(plan.withoutNewPods())).containsExactly("m-3 ScaledDown");
    assertThat(plan.withoutNewPods().missing()).isEmpty();
  }
}
