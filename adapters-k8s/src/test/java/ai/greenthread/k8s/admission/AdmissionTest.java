package ai.greenthread.k8s.admission;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.ManifestTree;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
  private final List<Fleet.Declared> models = new ArrayList<>();
  private final List<FleetRules.Device> devices = new ArrayList<>();
  private boolean fleetAnswers = true;
  private final Admission admission =
      new Admission(
          new Fleet() {
            @Override
            public List<Declared> models() throws IOException {
              return answer(models);
            }

            @Override
            public List<FleetRules.Device> devices() throws IOException {
              return answer(devices);
            }
          });

  private <T> List<T> answer(List<T> list) throws IOException {
    if (!fleetAnswers) {
      throw new IOException("the API server does not answer");
    }
    return List.copyOf(list);
  }

  AdmissionTest() {
    devices.add(new FleetRules.Device(new GpuId("n1", 0), "NVIDIA-A40", Bytes.ofGiB(48)));
  }

  private void declare(String name, String spec) {
    JsonObject object = object("Model", name, spec);
    Optional<Model> model =
        ModelManifest.read(ManifestTree.of(object, "Model")) instanceof Reading.Valid valid
            ? Optional.of(valid.model())
            : Optional.empty();
    models.add(
        new Fleet.Declared(
            new ModelRef("team", name),
            Trees.text(Trees.at(object, "spec"), "modelName").orElse(""),
            model,
            Optional.empty()));
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  private static JsonObject object(String kind, String name, String spec) {
    return json(
        """
        {"apiVersion": "greenthread.ai/v1alpha1", "kind": "%s",
         "metadata": {"name": "%s", "namespace": "team", "uid": "u", "futureField": {"a": 1},
           "managedFields": [{"manager": "kubectl"}], "generateName": "x-"},
         "spec": %s, "status": {"phase": "Ready"}}
        """
            .formatted(kind, name, spec));
  }

  private static JsonObject review(String operation, JsonObject object, JsonElement old) {
    JsonObject review =
        json(
            """
            {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
             "request": {"uid": "705ab4f5", "kind": {"group": "greenthread.ai",
               "version": "v1alpha1", "kind": "%s"}, "namespace": "team", "operation": "%s"}}
            """
                .formatted(Trees.text(object, "kind").orElse(""), operation));
    review.getAsJsonObject("request").add("object", object);
    review.getAsJsonObject("request").add("oldObject", old);
    return review;
  }

  private JsonObject ask(JsonObject review) {
    JsonObject answer = admission.review(review);
    assertThat(Trees.text(answer, "apiVersion")).contains("admission.k8s.io/v1");
    assertThat(Trees.text(answer, "kind")).contains("AdmissionReview");
    return Trees.at(answer, "response");
  }

  private JsonObject create(String kind, String spec) {
    return ask(review("CREATE", object(kind, "qwen", spec), JsonParser.parseString("null")));
  }

  private JsonObject update(String kind, String from, String to) {
    return ask(review("UPDATE", object(kind, "qwen", to), object(kind, "qwen", from)));
  }

  private static void allowed(JsonObject response) {
    assertThat(Trees.flag(response, "allowed")).as(response.toString()).isTrue();
    assertThat(response.has("status")).isFalse();
  }

  private static JsonObject refused(JsonObject response, int code) {
    assertThat(Trees.flag(response, "allowed")).as(response.toString()).isFalse();
    assertThat(Trees.number(Trees.at(response, "status"), "code")).isEqualTo(code);
    return Trees.at(response, "status");
  }

  /** What was as wrong before may pass; what matters is that it is judged. */
  private static void allowedOrRefused(JsonObject response) {
    if (!Trees.flag(response, "allowed")) {
      refused(response, 422);
    }
  }

  private static List<String> fields(JsonObject status) {
    return Trees.items(Trees.at(status, "details"), "causes").stream()
        .map(cause -> Trees.text(cause, "field").orElse(""))
        .toList();
  }

  private static String warnings(JsonObject response) {
    return response.has("warnings") ? response.get("warnings").toString() : "";
  }

  @Test
  void everyViolationIsSaidAtOnceWithFieldAndAdvice() {
    JsonObject response =
        create(
            "Model",
            """
            {"modelName": "not an id", "sleep": {"idleTimeout": "10"}, "replicas": -1,
             "runtime": {"type": "llamacpp"}}
            """);

    JsonObject status = refused(response, 422);
    assertThat(Trees.text(response, "uid")).contains("705ab4f5");
    assertThat(Trees.text(status, "reason")).contains("Invalid");
    assertThat(Trees.text(Trees.at(status, "details"), "name")).contains("qwen");
    assertThat(Trees.text(Trees.at(status, "details"), "kind")).contains("Model");
    assertThat(fields(status))
        .containsExactlyInAnyOrder(
            "spec.modelName", "spec.sleep.idleTimeout", "spec.replicas", "spec.runtime.modelFile");
    String message = Trees.text(status, "message").orElse("");
    assertThat(message)
        .startsWith("Model.greenthread.ai \"qwen\" is invalid: [")
        .contains("spec.modelName: Invalid value: \"not an id\"")
        .contains("must be a duration such as 10s")
        .contains("must be the path of a GGUF file");
    assertThat(Trees.items(Trees.at(status, "details"), "causes"))
        .extracting(cause -> Trees.text(cause, "reason").orElse(""))
        .contains("FieldValueRequired", "FieldValueInvalid");
  }

  @Test
  void whatIsRightPassesWithoutAWord() {
    JsonObject response = create("Model", "{\"modelName\": \"Qwen/Qwen3-8B\"}");

    allowed(response);
    assertThat(response.has("warnings")).isFalse();
  }

  @Test
  void aNameThatAnotherModelServesIsRefusedWhoeverDeclaredIt() {
    declare("first", "{\"modelName\": \"a/b\", \"replicas\": \"unreadable\"}");

    JsonObject status = refused(create("Model", "{\"modelName\": \"a/b\"}"), 422);

    assertThat(Trees.text(status, "message").orElse(""))
        .contains("spec.modelName", "team/first serves it already", "raise spec.replicas there");
    allowed(create("Model", "{\"modelName\": \"a/c\"}"));
  }

  @Test
  void aModelDoesNotClashWithItself() {
    declare("qwen", "{\"modelName\": \"a/b\"}");

    allowed(update("Model", "{\"modelName\": \"a/c\"}", "{\"modelName\": \"a/b\"}"));
    allowed(create("Model", "{\"modelName\": \"a/b\"}"));
  }

  @Test
  void withoutAnAnswerOfTheServerANewNameIsRefusedAndOtherChangesPass() {
    fleetAnswers = false;

    JsonObject status = refused(create("Model", "{\"modelName\": \"a/b\"}"), 503);
    assertThat(Trees.text(status, "message").orElse("")).contains("try again");
    allowed(
        update("Model", "{\"modelName\": \"a/b\"}", "{\"modelName\": \"a/b\", \"replicas\": 2}"));
    allowed(create("GPUShareClaim", "{\"memory\": \"1Gi\"}"));
  }

  @Test
  void anUpdateThatLeavesAnInvalidSpecAlonePasses() {
    String broken = "{\"modelName\": \"not an id\", \"replicas\": -1}";

    allowed(update("Model", broken, broken));
  }

  @Test
  void whatWasWrongBeforeIsARemarkAndWhatIsNewIsRefused() {
    String broken = "{\"modelName\": \"not an id\"}";

    JsonObject kept = update("Model", broken, "{\"modelName\": \"not an id\", \"replicas\": 2}");
    allowed(kept);
    assertThat(warnings(kept)).contains("spec.modelName: was wrong before and is.");

    JsonObject worse = update("Model", broken, "{\"modelName\": \"not an id\", \"replicas\": -2}");
    assertThat(fields(refused(worse, 422))).containsExactly("spec.replicas");
  }

  @Test
  void aNameOfTheEnginesOwnIsRefusedToANewModelAndLeftToOneThatHasIt() {
    JsonObject made =
        ask(
            review(
                "CREATE",
                object("Model", "metrics", "{\"modelName\": \"a/b\"}"),
                JsonParser.parseString("null")));
    JsonObject status = refused(made, 422);
    assertThat(fields(status)).containsExactly("metadata.name");
    assertThat(Trees.text(status, "message").orElse("")).contains("such as my-metrics");
    assertThat(warnings(made)).as("said once").isEmpty();

    JsonObject kept =
        ask(
            review(
                "UPDATE",
                object("Model", "metrics", "{\"modelName\": \"a/b\", \"replicas\": 2}"),
                object("Model", "metrics", "{\"modelName\": \"a/b\"}")));
    allowed(kept);
    assertThat(warnings(kept)).contains("metadata.name: is the beginning", "such as my-metrics");
  }

  @Test
  void deletesStatusAndWhatIsOnItsWayOutPassUnread() {
    JsonObject broken = object("Model", "qwen", "{\"modelName\": \"not an id\"}");
    JsonObject delete = review("DELETE", broken, broken);
    delete.getAsJsonObject("request").remove("object");
    allowed(ask(delete));

    JsonObject status = review("UPDATE", broken, JsonParser.parseString("null"));
    status.getAsJsonObject("request").addProperty("subResource", "status");
    allowed(ask(status));

    JsonObject leaving = broken.deepCopy();
    leaving.getAsJsonObject("metadata").addProperty("deletionTimestamp", "2026-01-01T00:00:00Z");
    allowed(ask(review("UPDATE", leaving, object("Model", "qwen", "{\"modelName\": \"a/b\"}"))));
  }

  @Test
  void otherGroupsAndKindsAreNoneOfItsBusiness() {
    allowed(create("Pod", "{}"));
    JsonObject foreign = review("CREATE", object("Model", "m", "{}"), new JsonObject());
    Trees.at(foreign, "request", "kind").addProperty("group", "example.com");
    allowed(ask(foreign));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"request\": null}",
        "{\"request\": {\"uid\": 7, \"kind\": \"Model\", \"operation\": []}}",
        "{\"request\": {\"kind\": {\"group\": \"greenthread.ai\", \"kind\": \"Model\"}}}",
      })
  void aReviewWithoutARequestThatConcernsItPasses(String review) {
    allowed(ask(json(review)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"metadata\": null, \"spec\": null}",
        "{\"metadata\": [], \"spec\": []}",
        "{\"metadata\": {\"name\": {}, \"labels\": 3, \"annotations\": []}, \"spec\": \"x\"}",
        "{\"spec\": {\"runtime\": null, \"tolerations\": [null, 3], \"resources\": []}}",
        "{\"spec\": {\"replicas\": 1e400, \"sleep\": {\"idleTimeout\": 10}}}",
      })
  void anObjectThatLacksNearlyEverythingIsRefusedAndNotStumbledOver(String object) {
    for (String kind : List.of("Model", "GPUShareClaim", "GPU", "StorageNode")) {
      JsonObject odd = json(object);
      odd.addProperty("kind", kind);
      refused(ask(review("CREATE", odd, JsonParser.parseString("null"))), 422);
      allowedOrRefused(ask(review("UPDATE", odd, json("{}"))));
    }
    JsonObject none = review("CREATE", json("{\"kind\": \"Model\"}"), json("{}"));
    none.getAsJsonObject("request").addProperty("object", "text");
    refused(ask(none), 400);
  }

  @Test
  void whateverIsTornOutOfAReviewItIsAnswered() {
    SplittableRandom random = new SplittableRandom(7);
    JsonObject whole =
        review(
            "UPDATE",
            object(
                "Model",
                "qwen",
                "{\"modelName\": \"a/b\", \"runtime\": {\"env\": {\"A\": \"1\"}}}"),
            object("Model", "qwen", "{\"modelName\": \"a/c\", \"lora\": {\"enabled\": true}}"));
    for (int i = 0; i < 2000; i++) {
      JsonObject torn = whole.deepCopy();
      tear(torn, random);
      JsonObject response = ask(torn);
      assertThat(Trees.number(Trees.at(response, "status"), "code"))
          .as("seed 7, round %d: %s", i, torn)
          .isNotEqualTo(500);
    }
  }

  private static void tear(JsonObject tree, SplittableRandom random) {
    for (String name : List.copyOf(tree.keySet())) {
      switch (random.nextInt(12)) {
        case 0 -> tree.remove(name);
        case 1 -> tree.add(name, JsonParser.parseString("[1, null, {}]"));
        case 2 -> tree.add(name, JsonParser.parseString("null"));
        case 3 -> tree.addProperty(name, -1.5e300);
        default -> {
          if (tree.get(name) instanceof JsonObject child) {
            tear(child, random);
          }
        }
      }
    }
  }

  @Test
  void aFieldOfANewerDefinitionIsARemark() {
    JsonObject response = create("Model", "{\"modelName\": \"a/b\", \"novelty\": 1}");

    allowed(response);
    assertThat(warnings(response)).contains("spec.novelty: is not checked");
  }

  /** A field that the definition has and the webhook does not know would be a remark for ever. */
  @ParameterizedTest
  @EnumSource(Resource.class)
  void everyFieldOfADefinitionIsKnownHere(Resource resource) {
    JsonObject version =
        Trees.items(Trees.at(resource.definition(), "spec"), "versions").getFirst();
    JsonObject fields =
        Trees.at(version, "schema", "openAPIV3Schema", "properties", "spec", "properties");
    JsonObject spec = new JsonObject();
    fields.keySet().forEach(field -> spec.addProperty(field, 1));

    assertThat(fields.keySet()).isNotEmpty();
    assertThat(create(resource.kind(), spec.toString()).toString())
        .doesNotContain("is not checked");
  }

  @Test
  void aFieldThatTheServerDroppedIsRemarkedOnceWithWhatWasMeant() {
    JsonObject object = object("Model", "qwen", "{\"modelName\": \"a/b\"}");
    JsonObject annotations = new JsonObject();
    annotations.addProperty(
        DroppedFields.LAST_APPLIED,
        "{\"kind\":\"Model\",\"metadata\":{\"name\":\"qwen\"},"
            + "\"spec\":{\"modelName\":\"a/b\",\"idleTimeout\":\"5m\"}}");
    object.getAsJsonObject("metadata").add("annotations", annotations);

    JsonObject response = ask(review("CREATE", object, JsonParser.parseString("null")));
    allowed(response);
    assertThat(warnings(response))
        .contains("spec.idleTimeout: was dropped", "did you mean spec.sleep.idleTimeout?");

    JsonObject later = object.deepCopy();
    later.getAsJsonObject("spec").addProperty("replicas", 2);
    assertThat(warnings(ask(review("UPDATE", later, object)))).doesNotContain("dropped");

    annotations.addProperty(DroppedFields.LAST_APPLIED, "{\"spec\": [1e999");
    allowed(ask(review("CREATE", object, JsonParser.parseString("null"))));
  }

  @Test
  void aModelThatCanNeverWakeIsAllowedWithAWarning() {
    JsonObject response = create("Model", "{\"modelName\": \"a/b\", \"product\": \"NVIDIA-H100\"}");

    allowed(response);
    assertThat(warnings(response)).contains("spec.product: can never wake", "NVIDIA-A40");
  }

  @Test
  void popularityThatLeavesOthersNoRoomIsRemarkedAtWhoWantsIt() {
    declare("small", "{\"modelName\": \"a/small\", \"gpuMemoryUtilization\": \"0.5\"}");

    JsonObject response =
        create("Model", "{\"modelName\": \"a/b\", \"fairness\": {\"popular\": true}}");

    allowed(response);
    assertThat(warnings(response))
        .contains("spec.fairness.popular: leaves no room for other Models", "team/small");
  }

  @Test
  void aTurnThatOutlastsTheRequestsOfAnotherIsRemarked() {
    declare("chat", "{\"modelName\": \"a/chat\", \"queue\": {\"requestTimeout\": \"1m\"}}");

    JsonObject response =
        create("Model", "{\"modelName\": \"a/b\", \"fairness\": {\"minRuntime\": \"2m\"}}");

    allowed(response);
    assertThat(warnings(response))
        .contains("spec.fairness.minRuntime: is longer (2m)", "team/chat", "requestTimeout 1m");
  }

  @Test
  void whoeverIsNamedLikeAModelOfAnotherNamespaceIsToldOfThePathTheyShare() {
    models.add(
        new Fleet.Declared(
            new ModelRef("zoo", "qwen"), "a/older", Optional.empty(), Optional.empty()));

    JsonObject response = create("Model", "{\"modelName\": \"a/b\"}");

    allowed(response);
    assertThat(warnings(response))
        .contains("metadata.name: Model zoo/qwen has it, too", "the public path /qwen/");
    assertThat(
            warnings(
                update(
                    "Model",
                    "{\"modelName\": \"a/b\"}",
                    "{\"modelName\": \"a/c\", \"replicas\": 2}")))
        .as("who has the path is settled by then")
        .doesNotContain("metadata.name");
  }

  @Test
  void whatWaitsForARestartIsSaid() {
    JsonObject response =
        update(
            "Model",
            "{\"modelName\": \"a/b\"}",
            "{\"modelName\": \"a/b\", \"sleep\": {\"idleTimeout\": \"1m\"}, \"replicas\": 2}");

    allowed(response);
    assertThat(warnings(response))
        .contains("spec.sleep.idleTimeout: takes effect when a pod restarts")
        .doesNotContain("replaces the pods");
  }

  @Test
  void whatReplacesThePodsIsSaidInOneWarningWithTheFields() {
    JsonObject response =
        update(
            "Model",
            "{\"modelName\": \"a/b\", \"runtime\": {\"env\": {\"A\": \"1\"}}}",
            """
            {"modelName": "a/b", "dtype": "float16", "resources": {"limits": {"memory": "1Gi"}},
             "runtime": {"env": {"A": "2"}}, "sleep": {"idleTimeout": "1m"}}
            """);

    allowed(response);
    assertThat(response.getAsJsonArray("warnings").asList())
        .extracting(JsonElement::getAsString)
        .containsExactly(
            "spec.dtype, spec.resources.limits, spec.runtime.env: replaces the pods, one at a time,"
                + " each after its drain");
    assertThat(
            warnings(
                update(
                    "Model",
                    "{\"modelName\": \"a/b\", \"replicas\": 0}",
                    "{\"modelName\": \"a/c\", \"replicas\": 0}")))
        .as("without pods")
        .isEmpty();
  }

  @Test
  void aClaimsDevicesAreFixed() {
    JsonObject response =
        update("GPUShareClaim", "{\"memory\": \"1Gi\"}", "{\"memory\": \"2Gi\", \"weight\": 3}");

    assertThat(fields(refused(response, 422))).containsExactly("spec.memory");
    allowed(
        update("GPUShareClaim", "{\"memory\": \"1Gi\"}", "{\"memory\": \"1Gi\", \"weight\": 3}"));
    assertThat(warnings(create("GPUShareClaim", "{\"memory\": \"64Gi\"}")))
        .contains("can never be bound");
  }

  @Test
  void whatAnAgentWritesPassesAndAPersonsNonsenseDoesNot() {
    String device =
        "{\"nodeName\": \"n1\", \"index\": 0, \"uuid\": \"GPU-1\", \"product\": \"NVIDIA A40\","
            + " \"totalMemoryBytes\": 51539607552}";
    JsonObject object = object("GPU", "gpu-n1-0", device);
    allowed(ask(review("CREATE", object, JsonParser.parseString("null"))));
    assertThat(fields(refused(create("GPU", "{\"nodeName\": \"N_1\"}"), 422)))
        .containsExactlyInAnyOrder("spec.nodeName", "spec.index", "spec.totalMemoryBytes");
    assertThat(fields(refused(update("GPU", device, device.replace("\"n1\"", "\"n2\"")), 422)))
        .containsExactly("spec.nodeName");
    allowed(create("StorageNode", "{\"nodeName\": \"n1\"}"));
    assertThat(fields(refused(create("StorageNode", "{\"modelsPath\": \"/a/..\"}"), 422)))
        .containsExactlyInAnyOrder("spec.nodeName", "spec.modelsPath");
  }

  @Test
  void anObjectWithAThousandMistakesIsStillAnsweredInAFewWords() {
    StringBuilder arguments = new StringBuilder("\"\"");
    arguments.append(", \"\"".repeat(999));

    JsonObject status =
        refused(
            create("Model", "{\"modelName\": \"a/b\", \"extraArgs\": [" + arguments + "]}"), 422);

    assertThat(fields(status)).hasSize(100);
    assertThat(Trees.text(status, "message").orElse("")).contains("and 900 more");
  }

  @Test
  void warningsFitIntoAHeaderField() {
    String odd = "x\\r\\nSet-Cookie: a" + "y".repeat(60);
    JsonObject response =
        create(
            "Model",
            "{\"modelName\": \"a/b\", \"runtime\": {\"type\": \"llamacpp\", \"modelFile\": \""
                + odd
                + "\"}, \"kvCache\": {\"maxSize\": \"1Gi\"}}");

    allowed(response);
    assertThat(response.getAsJsonArray("warnings"))
        .isNotEmpty()
        .allSatisfy(warning ->
            assertThat(warning.getAsString()).hasSizeLessThan(257).doesNotContain("\n", "\r"));
  }
}
