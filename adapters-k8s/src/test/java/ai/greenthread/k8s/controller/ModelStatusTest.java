package ai.greenthread.k8s.controller;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What users are told; the words are in docs/kubernetes-objects.md. */
class ModelStatusTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Model MODEL = Model.of("m", ModelSpec.builder("acme/m").build());

  private static final Reach REACHED = new Reach(true, Optional.empty(), "http://m");

  private static final String SPEC = "this spec";

  private static PodView pod(String spec, boolean ready, String problem) {
    return new PodView(
        "m-0", "uid", 0, "n", List.of("gpu-n-0"), "hash", spec, false, false, true, ready, problem);
  }

  private static JsonObject status(
      List<PodView> pods, String unplaced, List<String> remarks, JsonObject before) {
    return ModelStatus.of(seen(pods, unplaced, List.of(), remarks, before), NOW);
  }

  private static ModelStatus.Seen seen(
      List<PodView> pods,
      String unplaced,
      List<String> refusals,
      List<String> remarks,
      JsonObject before) {
    return new ModelStatus.Seen(
        MODEL,
        2,
        pods,
        List.of(),
        SPEC,
        unplaced,
        refusals,
        remarks,
        REACHED,
        Optional.empty(),
        Optional.empty(),
        before);
  }

  private static JsonObject status(PodView... pods) {
    return status(List.of(pods), "", List.of(), new JsonObject());
  }

  private static String phase(JsonObject status) {
    return Trees.text(status, "phase").orElseThrow();
  }

  private static Map<String, String> reasons(JsonObject status) {
    Map<String, String> reasons = new TreeMap<>();
    for (JsonObject condition : Trees.items(status, "conditions")) {
      reasons.put(
          Trees.text(condition, "type").orElseThrow(),
          Trees.text(condition, "status").orElseThrow()
              + " "
              + Trees.text(condition, "reason").orElseThrow());
    }
    return reasons;
  }

  @Test
  void aReadyPodOfThisSpecIsAllThatIsWanted() {
    JsonObject status = status(pod(SPEC, true, ""));
    assertThat(phase(status)).isEqualTo("Ready");
    assertThat(reasons(status))
        .containsExactly(
            Map.entry("Placed", "True DevicesChosen"),
            Map.entry("Ready", "True Booted"),
            Map.entry("UpToDate", "True SpecApplied"),
            Map.entry("Wakeable", "True Fits"));
  }

  @Test
  void withoutGpusItIsPendingAndNotSaidToFit() {
    JsonObject status = status(List.of(), "none suits", List.of(), new JsonObject());
    assertThat(phase(status)).isEqualTo("Pending");
    assertThat(reasons(status))
        .containsEntry("Placed", "False NoSuitableGPU")
        .containsEntry("Ready", "False NoPods")
        .containsEntry("Wakeable", "False NotPlaced");
  }

  @Test
  void aPodIsReadyOnceItListensAndItsSidecarHasBooted() {
    PodView listening = pod(SPEC, false, "");
    JsonObject booted = Trees.object("name", "m-0", "podUID", "uid", "state", "booted");
    JsonObject said = Trees.object("replicaStatuses", List.of(booted));
    assertThat(listening.with(said).ready()).isTrue();
    assertThat(listening.with(new JsonObject()).ready()).isFalse();
    booted.addProperty("podUID", "of the pod before");
    assertThat(listening.with(Trees.object("replicaStatuses", List.of(booted))).ready()).isFalse();
  }

  @Test
  void aPodThatBootsIsStagingAndOneThatCannotIsFailed() {
    assertThat(phase(status(pod(SPEC, false, "")))).isEqualTo("Staging");
    JsonObject failed = status(pod(SPEC, false, "inference: ImagePullBackOff"));
    assertThat(phase(failed)).isEqualTo("Failed");
    assertThat(reasons(failed)).containsEntry("Ready", "False PodFailing");
    assertThat(failed.toString()).contains("m-0: inference: ImagePullBackOff");
  }

  @Test
  void aServerThatFailedIsToldWithTheCommandThatShowsItsWords() {
    assertThat(
            failing(
                "while starting, the server ended with exit code 127 (a command was not"
                    + " found); see the log of the pod's container inference"))
        .isEqualTo(
            "m-0: while starting, the server ended with exit code 127 (a command was not found);"
                + " see kubectl logs -n default m-0 -c inference");
    assertThat(failing("it does not answer"))
        .isEqualTo(
            "m-0: it does not answer; what its server said: kubectl logs -n default m-0 -c"
                + " inference");
    assertThat(
            failing(
                "the server's container was restarted; see the log of the pod's container"
                    + " inference"))
        .endsWith("-c inference --previous");
    assertThat(failing("the server was killed with exit code 137"))
        .endsWith("; if for memory, raise spec.resources.limits.memory");
  }

  private static String failing(String reason) {
    JsonObject entry =
        Trees.object("name", "m-0", "podUID", "uid", "state", "failed", "reason", reason);
    JsonObject before = Trees.object("replicaStatuses", List.of(entry));
    return Trees.items(status(List.of(pod(SPEC, false, "")), "", List.of(), before), "conditions")
        .stream()
        .filter(condition -> Trees.text(condition, "type").orElse("").equals("Ready"))
        .flatMap(condition -> Trees.text(condition, "message").stream())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aContainerThatKeepsEndingIsToldWithItsExitCodeAndWhereToLook() {
    JsonObject container =
        Trees.object(
            "name",
            "inference",
            "state",
            Map.of("waiting", Map.of("reason", "CrashLoopBackOff", "message", "back-off 20s")),
            "lastState",
            Map.of("terminated", Map.of("exitCode", 137, "reason", "OOMKilled")));
    JsonObject pod =
        Trees.object(
            "metadata",
            Map.of("name", "m-0", "namespace", "team"),
            "status",
            Map.of("containerStatuses", List.of(container)));
    assertThat(PodView.of(pod).problem())
        .isEqualTo(
            "inference: CrashLoopBackOff, back-off 20s; it ended with exit code 137 (it was killed;"
                + " if for memory, raise spec.resources.limits.memory): see kubectl logs -n team m-0"
                + " -c inference --previous");
  }

  @Test
  void whatASidecarSaidOfAnEarlierPodCountsNoMore() {
    JsonObject entry = Trees.object("name", "m-0", "podUID", "uid", "state", "failed");
    entry.addProperty("reason", "out of memory");
    JsonObject before = Trees.object("replicaStatuses", List.of(entry));
    assertThat(reasons(status(List.of(pod(SPEC, true, "")), "", List.of(), before)))
        .containsEntry("Ready", "False PodFailing");

    entry.addProperty("podUID", "of the pod before");
    JsonObject old = Trees.object("replicaStatuses", List.of(entry));
    assertThat(reasons(status(List.of(pod(SPEC, true, "")), "", List.of(), old)))
        .containsEntry("Ready", "True Booted");
  }

  @Test
  void aPodOfAnEarlierSpecIsNamedWithWhatToDo() {
    JsonObject status = status(pod("an earlier one", true, ""));
    assertThat(reasons(status)).containsEntry("UpToDate", "False RestartPending");
    assertThat(status.toString()).contains("kubectl delete pod m-0");
  }

  @Test
  void whatWasRefusedIsToldInTheWordsOfWhoeverRefused() {
    List<String> quota = List.of("pod m-1 was refused: exceeded quota");
    JsonObject one =
        ModelStatus.of(
            seen(List.of(pod(SPEC, true, "")), "", quota, List.of(), new JsonObject()), NOW);
    assertThat(phase(one)).as("one replica serves").isEqualTo("Ready");
    assertThat(reasons(one)).containsEntry("Ready", "False Refused");
    assertThat(one.toString()).contains("exceeded quota");
    JsonObject none = ModelStatus.of(seen(List.of(), "", quota, List.of(), new JsonObject()), NOW);
    assertThat(phase(none)).isEqualTo("Failed");
  }

  @Test
  void withoutAServiceThereIsNoUrlAndWhatIsMissingIsNotSaidToBePlaced() {
    JsonObject status =
        ModelStatus.of(
            new ModelStatus.Seen(
                MODEL,
                2,
                List.of(),
                List.of(),
                SPEC,
                "",
                List.of("the Service m is there already"),
                List.of(),
                new Reach(false, Optional.empty(), ""),
                Optional.empty(),
                Optional.empty(),
                new JsonObject()),
            NOW);
    assertThat(phase(status)).isEqualTo("Failed");
    assertThat(status.get("url").isJsonNull()).as("as in a patch that removes it").isTrue();
    assertThat(reasons(status))
        .containsEntry("Placed", "False NoService")
        .containsEntry("Ready", "False Refused")
        .containsEntry("Wakeable", "False NotPlaced");
  }

  @Test
  void aWaitBoundIsShownInSecondsAndWithdrawnWhereNoneHolds() {
    ModelStatus.Seen unbounded =
        seen(List.of(pod(SPEC, true, "")), "", List.of(), List.of(), new JsonObject());
    assertThat(ModelStatus.of(unbounded, NOW).get("waitBoundSeconds").isJsonNull())
        .as("as in a patch that removes it")
        .isTrue();
    ModelStatus.Seen bounded =
        new ModelStatus.Seen(
            unbounded.model(),
            unbounded.generation(),
            unbounded.pods(),
            unbounded.gpus(),
            unbounded.specHash(),
            unbounded.unplaced(),
            unbounded.refusals(),
            unbounded.remarks(),
            unbounded.reach(),
            unbounded.measured(),
            Optional.of(Duration.ofSeconds(140)),
            unbounded.before());
    assertThat(Trees.number(ModelStatus.of(bounded, NOW), "waitBoundSeconds")).isEqualTo(140);
  }

  @Test
  void aConditionThatStaysKeepsItsTime() {
    JsonObject first = status(pod(SPEC, true, ""));
    JsonObject later =
        ModelStatus.of(
            seen(
                List.of(pod(SPEC, true, "")),
                "",
                List.of(),
                List.of("popular x leaves no room"),
                first),
            NOW.plusSeconds(60));
    Map<String, String> since = new TreeMap<>();
    for (JsonObject condition : Trees.items(later, "conditions")) {
      since.put(
          Trees.text(condition, "type").orElseThrow(),
          Trees.text(condition, "lastTransitionTime").orElseThrow());
    }
    assertThat(since)
        .containsEntry("Ready", "2026-01-01T00:00:00Z")
        .containsEntry("Wakeable", "2026-01-01T00:01:00Z");
  }
}
