package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.cli.client.Answer;
import ai.greenthread.cli.client.ChatClient;
import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.GpuView;
import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.LogQuery;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.client.PutMode;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.crd.Resource;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What commands rely on, whichever world the engine is in. Each test makes Models of its own. */
@Timeout(300)
abstract class EngineContract {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  abstract Engine engine();

  abstract String namespace();

  /** {@code spec} of a small simulated chat Model, save for its name. */
  abstract String spec();

  /** What everybody said last, for the message of a failure. */
  abstract String lastWords();

  ModelRef ref(String name) {
    return new ModelRef(namespace(), name);
  }

  JsonNode manifest(String name, int replicas) throws Exception {
    ObjectNode spec = (ObjectNode) Json.parse(spec());
    spec.put("modelName", "org/" + name).put("replicas", replicas);
    ObjectNode model = Json.mapper().createObjectNode();
    model.put("apiVersion", "greenthread.ai/v1alpha1").put("kind", "Model");
    model.putObject("metadata").put("name", name).put("namespace", namespace());
    model.set("spec", spec);
    return model;
  }

  Optional<ModelView> model(String name) {
    return engine().models().stream().filter(each -> each.ref().equals(ref(name))).findFirst();
  }

  void until(String what, BooleanSupplier condition) throws InterruptedException {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("never: " + what + "\n" + lastWords());
      }
      Thread.sleep(200);
    }
  }

  ModelView ready(String name, int replicas) throws Exception {
    Answer put = engine().put(ref(name), manifest(name, replicas), PutMode.USUAL);
    assertThat(put.ok()).as(put.body().toString()).isTrue();
    until(
        name + " is ready",
        () -> model(name).filter(m -> m.number("readyReplicas").equals("" + replicas)).isPresent());
    return model(name).orElseThrow();
  }

  @Test
  void aDryRunJudgesAndChangesNothing() throws Exception {
    Answer answer = engine().put(ref("dry"), manifest("dry", 1), PutMode.DRY_RUN);
    assertThat(answer.ok()).as(answer.body().toString()).isTrue();
    assertThat(answer.body().path("spec").path("modelName").asText()).isEqualTo("org/dry");
    assertThat(model("dry")).isEmpty();
  }

  @Test
  void everyViolationIsListedByItsField() throws Exception {
    ObjectNode wrong = (ObjectNode) manifest("wrong", -1);
    ((ObjectNode) wrong.path("spec")).put("modelType", "poetry");
    Answer answer = engine().put(ref("wrong"), wrong, PutMode.DRY_RUN);
    assertThat(answer.ok()).isFalse();
    assertThat(answer.violations())
        .anyMatch(line -> line.startsWith("spec.replicas"))
        .anyMatch(line -> line.startsWith("spec.modelType"));
  }

  @Test
  void aFieldThatNobodyKnowsIsAViolation() throws Exception {
    ObjectNode wrong = (ObjectNode) manifest("wrong", 1);
    ((ObjectNode) wrong.path("spec")).put("replicsa", 2);
    Answer answer = engine().put(ref("wrong"), wrong, PutMode.DRY_RUN);
    assertThat(answer.ok()).isFalse();
    assertThat(answer.violations()).anyMatch(line -> line.startsWith("spec.replicsa"));
  }

  /** As {@code gpuMemoryUtilization: 0.9} without quotes, of which gtctl warns. */
  @Test
  void aNumberWhereATextIsMeantIsTakenForOne() throws Exception {
    ObjectNode odd = (ObjectNode) manifest("odd", 0);
    ObjectNode spec = (ObjectNode) odd.path("spec");
    spec.put("gpuMemoryUtilization", 0.9);
    ((ObjectNode) spec.path("runtime")).putObject("env").put("PORT", 8080);
    for (PutMode mode : List.of(PutMode.DRY_RUN, PutMode.USUAL)) {
      Answer answer = engine().put(ref("odd"), odd, mode);
      assertThat(answer.ok()).as(answer.body().toString()).isTrue();
    }
    JsonNode stored = model("odd").orElseThrow().json().path("spec");
    assertThat(stored.path("gpuMemoryUtilization").isTextual()).isTrue();
    assertThat(stored.path("gpuMemoryUtilization").asText()).isEqualTo("0.9");
    assertThat(stored.path("runtime").path("env").path("PORT").asText()).isEqualTo("8080");
    engine().delete(ref("odd"));
  }

  @Test
  void whatDoesNotExistIsSaidToBeMissing() {
    assertThatThrownBy(() -> engine().delete(ref("nobody")))
        .isInstanceOfSatisfying(
            CliException.class,
            e -> {
              assertThat(e.exitCode()).isEqualTo(ExitCode.NOT_FOUND);
              assertThat(e.message()).contains("nobody");
            });
  }

  @Test
  void aModelIsFoundByItselfAsItWasDeclared() throws Exception {
    assertThat(engine().find(ref("alone"))).isEmpty();
    engine().put(ref("alone"), manifest("alone", 0), PutMode.USUAL);
    ModelView found = engine().find(ref("alone")).orElseThrow();
    assertThat(found.ref()).isEqualTo(ref("alone"));
    assertThat(found.json().path("spec"))
        .isEqualTo(model("alone").orElseThrow().json().path("spec"));
    engine().delete(ref("alone"));
  }

  @Test
  void gpusTellTheirSizeAndWhatIsLeft() {
    List<GpuView> gpus = engine().gpus();
    assertThat(gpus).isNotEmpty();
    assertThat(gpus)
        .allSatisfy(gpu -> {
          assertThat(gpu.name()).startsWith("gpu-");
          assertThat(gpu.namespace()).isEqualTo("greenthread-system");
          assertThat(gpu.totalBytes()).isPositive();
          assertThat(gpu.availableBytes()).isPositive().isLessThanOrEqualTo(gpu.totalBytes());
        });
  }

  /** Names in JSON and YAML do not depend on where the engine is, so that scripts need not ask. */
  @Test
  void objectsHaveTheFieldsThatKubernetesHasForThem() throws Exception {
    ready("shape", 1);
    engine().transition(ref("shape"), "wake");
    until("it is seen serving", () -> model("shape").orElseThrow().state().equals("serving"));
    until("its bound is told", () -> model("shape").orElseThrow().waitBound().endsWith(" s"));
    ObjectShape models =
        ObjectShape.of(Resource.MODEL)
            .and("status.replicaStatuses[].gpus")
            .and("status.replicaStatuses[].memoryBytes")
            .and("status.replicaStatuses[].inFlight")
            .and("status.replicaStatuses[].queued")
            .and("status.replicaStatuses[].url")
            .and("status.replicaStatuses[].lastEvent");
    engine().modelList().path("items").forEach(each -> assertThat(models.strange(each)).isEmpty());
    assertThat(ObjectShape.paths(model("shape").orElseThrow().json()))
        .contains("apiVersion", "kind", "metadata.name", "metadata.namespace")
        .contains("metadata.generation", "metadata.creationTimestamp", "spec.modelName")
        .contains("status.phase", "status.url", "status.node", "status.gpus", "status.replicas")
        .contains("status.readyReplicas", "status.servingReplicas", "status.sleepingReplicas")
        .contains("status.servingMemoryPerGPU", "status.memory.servingHuman")
        .contains("status.conditions[].type", "status.conditions[].status")
        .contains("status.conditions[].reason", "status.conditions[].message")
        .contains("status.conditions[].lastTransitionTime", "status.replicaStatuses[].name")
        .contains("status.replicaStatuses[].state", "status.replicaStatuses[].since")
        .contains("status.replicaStatuses[].gpus", "status.replicaStatuses[].memoryBytes");

    ObjectShape gpus = ObjectShape.of(Resource.GPU).and("status.overcommits");
    JsonNode all = engine().gpuList();
    all.path("items").forEach(each -> assertThat(gpus.strange(each)).isEmpty());
    assertThat(ObjectShape.paths(all.path("items")))
        .contains("[].spec.nodeName", "[].spec.index", "[].spec.uuid", "[].spec.product")
        .contains("[].spec.totalMemoryBytes", "[].spec.headroomBytes", "[].spec.virtual")
        .contains("[].status.availableMemoryBytes", "[].status.mode", "[].status.health")
        .contains("[].status.stats.usedMemoryBytes", "[].status.stats.freeMemoryBytes")
        .contains("[].status.preemptionIntents")
        .contains("[].status.occupants[].podName", "[].status.occupants[].namespace")
        .contains("[].status.occupants[].modelName", "[].status.occupants[].ordinal")
        .contains("[].status.occupants[].generation", "[].status.occupants[].state")
        .contains("[].status.occupants[].reservedMemoryBytes")
        .contains("[].status.occupants[].residualMemoryBytes")
        .contains("[].status.occupants[].measuredMemoryBytes")
        .contains("[].status.occupants[].popular", "[].status.occupants[].minRuntime")
        .contains("[].status.occupants[].becameServingAt");
    assertThat(engine().gpus())
        .flatExtracting(GpuView::occupants)
        .filteredOn(occupant -> occupant.pod().equals("shape-0"))
        .extracting(GpuView.Occupant::model)
        .containsOnly("shape");
    engine().delete(ref("shape"));
  }

  @Test
  void aModelIsWokenTalkedToPutToSleepAndDeleted() throws Exception {
    ModelView model = ready("tiny", 1);
    assertThat(model.phase()).isEqualTo("Ready");
    assertThat(model.servingMemory()).isNotEmpty();

    JsonNode woken = engine().transition(ref("tiny"), "wake");
    assertThat(woken.path("status").asText()).isEqualTo("ok");
    assertThat(woken.path("new_state").asText()).isEqualTo("serving");
    assertThat(woken.path("duration_ms").isNumber()).isTrue();
    assertThat(woken.path("timed_out").asBoolean(true)).isFalse();
    until("it is seen serving", () -> model("tiny").orElseThrow().state().equals("serving"));
    ModelView serving = engine().closeUp(model("tiny").orElseThrow());
    assertThat(serving.memoryBytes()).isPositive();
    assertThat(serving.replicaStatuses())
        .singleElement()
        .satisfies(r -> assertThat(r.name()).isEqualTo("tiny-0"));

    StringBuilder answer = new StringBuilder();
    try (ChatClient chat = new ChatClient(engine().chat(serving, false), "tiny")) {
      chat.stream(question("org/tiny"), answer::append);
    }
    assertThat(answer).isNotEmpty();

    JsonNode asleep = engine().transition(ref("tiny"), "sleep");
    assertThat(asleep.path("old_state").asText()).isEqualTo("serving");
    assertThat(asleep.path("new_state").asText()).isEqualTo("sleeping");
    until("it is seen asleep", () -> model("tiny").orElseThrow().state().equals("sleeping"));

    List<EventLine> events = RecentEvents.read(engine(), Optional.of(ref("tiny")), 100);
    assertThat(events).extracting(EventLine::type).contains("wake_completed", "sleep_completed");
    assertThat(events).isSortedAccordingTo(java.util.Comparator.comparing(EventLine::time));
    assertThat(RecentEvents.read(engine(), Optional.of(ref("tiny")), 2))
        .hasSizeLessThanOrEqualTo(2);

    try (InputStream log =
        engine().logs(ref("tiny"), new LogQuery(50, false, OptionalInt.empty()))) {
      assertThat(new String(log.readAllBytes(), StandardCharsets.UTF_8)).isNotBlank();
    }

    JsonNode last = engine().delete(ref("tiny"));
    assertThat(last.path("metadata").path("name").asText()).isEqualTo("tiny");
    assertThat(model("tiny")).as("gone when delete returns").isEmpty();
  }

  @Test
  void whatWasReadCanBeAppliedAgainAndChangesNothing() throws Exception {
    engine().put(ref("again"), manifest("again", 0), PutMode.USUAL);
    JsonNode read = model("again").orElseThrow().json();
    Answer answer = engine().put(ref("again"), read, PutMode.USUAL);
    assertThat(answer.ok()).as(answer.body().toString()).isTrue();
    assertThat(answer.body().path("spec")).isEqualTo(read.path("spec"));
    assertThat(answer.body().path("metadata").path("generation"))
        .isEqualTo(read.path("metadata").path("generation"));
    engine().delete(ref("again"));
  }

  static ObjectNode question(String model) {
    ObjectNode request = Json.mapper().createObjectNode().put("model", model).put("stream", true);
    request.putArray("messages").addObject().put("role", "user").put("content", "Hello");
    return request;
  }
}
