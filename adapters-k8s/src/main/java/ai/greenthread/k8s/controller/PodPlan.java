package ai.greenthread.k8s.controller;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which pods of a Model have to go and which replicas lack one. A pure function of what is seen:
 *
 * <ul>
 *   <li>a pod beyond {@code replicas}, one that has ended, and one whose GPU is gone, go at once;
 *   <li>a pod of an earlier spec goes at once if it is not ready, for it serves nobody;
 *   <li>a ready pod of an earlier spec goes only while all others are there and ready, so one pod
 *       at a time, and a spec that does not start stops at the first;
 *   <li>a replica without a pod gets one; a pod on its way out still is its replica's pod.
 * </ul>
 *
 * @param deletions pods to delete, and why
 * @param missing ordinals that lack a pod
 */
record PodPlan(List<Deletion> deletions, Set<Integer> missing) {
  /** Why a pod goes whose device there is no more. */
  static final String GPU_GONE = "GPUGone";

  /** Why a pod goes that was made from an earlier spec. */
  private static final String SPEC_CHANGED = "SpecChanged";

  PodPlan {
    deletions = List.copyOf(deletions);
    missing = new TreeSet<>(missing);
  }

  /**
   * A pod that has to go.
   *
   * @param reason one word, for Events
   * @param why for people
   */
  record Deletion(PodView pod, String reason, String why) {}

  /** What of it may be done while no pod may be made: none goes for the sake of a new one. */
  PodPlan withoutNewPods() {
    return new PodPlan(
        deletions.stream().filter(deletion -> !deletion.reason().equals(SPEC_CHANGED)).toList(),
        Set.of());
  }

  static PodPlan of(int replicas, String replaceHash, List<PodView> pods, Set<String> gpus) {
    List<Deletion> deletions = new ArrayList<>();
    List<PodView> outdated = new ArrayList<>();
    Set<Integer> missing = new TreeSet<>();
    for (int ordinal = 0; ordinal < replicas; ordinal++) {
      missing.add(ordinal);
    }
    Set<PodView> settled = new HashSet<>();
    for (PodView pod : pods) {
      missing.remove(pod.ordinal());
      if (pod.deleting()) {
        continue;
      }
      if (pod.ordinal() < 0 || pod.ordinal() >= replicas) {
        deletions.add(new Deletion(pod, "ScaledDown", "spec.replicas is " + replicas));
      } else if (pod.ended()) {
        deletions.add(new Deletion(pod, "PodEnded", "it has ended: " + pod.problem()));
      } else if (!gpus.containsAll(pod.gpus())) {
        deletions.add(
            new Deletion(
                pod, GPU_GONE, "of its GPUs " + String.join(", ", pod.gpus()) + " one is gone"));
      } else if (!pod.replaceHash().equals(replaceHash)) {
        outdated.add(pod);
      } else if (pod.ready()) {
        settled.add(pod);
      }
    }
    for (PodView pod : outdated) {
      if (!pod.ready()) {
        deletions.add(new Deletion(pod, SPEC_CHANGED, "it was made from an earlier spec"));
      }
    }
    List<PodView> serving = outdated.stream().filter(PodView::ready).toList();
    boolean allUp = settled.size() + serving.size() == replicas;
    if (!serving.isEmpty() && allUp) {
      deletions.add(
          new Deletion(serving.getFirst(), SPEC_CHANGED, "it was made from an earlier spec"));
    }
    return new PodPlan(deletions, missing);
  }
}
