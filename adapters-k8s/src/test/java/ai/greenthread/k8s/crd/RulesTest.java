package ai.greenthread.k8s.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server itself holds the rules that span fields, while no webhook is there to be asked. */
@RealControlPlane
class RulesTest {
  private static final String RULES = "x-kubernetes-validations";

  /** One object that breaks one rule. */
  private record Broken(Resource resource, String spec) {}

  /** One change that breaks one rule, of an object that breaks none. */
  private record Changed(Resource resource, String spec, String change) {}

  private static final List<Broken> BROKEN =
      List.of(
          new Broken(
              Resource.MODEL,
              """
              {"modelName": "a/b", "tensorParallelSize": 4, "parallelism": {"tensor": 2}}
              """),
          new Broken(
              Resource.MODEL,
              """
              {"modelName": "a/b", "replicas": 2, "runtime": {"url": "http://10.0.0.1:8000"}}
              """),
          new Broken(
              Resource.MODEL,
              """
              {"modelName": "a/b", "parallelism": {"tensor": 32, "pipeline": 4}}
              """),
          new Broken(
              Resource.MODEL,
              """
              {"modelName": "a/b", "runtime": {"type": "llamacpp"}}
              """),
          new Broken(
              Resource.MODEL,
              """
              {"modelName": "a/b", "runtime": {"type": "command"}}
              """),
          new Broken(
              Resource.MODEL,
              """
              {"modelName": "a/b", "runtime": {"type": "command", "command": ["serve", "{port}"],
               "sleepSteps": [{"path": "/sleep"}]}}
              """),
          new Broken(
              Resource.MODEL,
              """
              {"modelName": "a/b", "runtime": {"type": "command", "command": ["serve", "{port}"],
               "sleepSteps": [], "wakeSteps": [{"path": "/wake"}]}}
              """),
          new Broken(
              Resource.MODEL,
              """
              {"modelName": "a/b", "env": [{"name": "A", "valueFrom": {}}]}
              """),
          new Broken(
              Resource.MODEL,
              """
              {"modelName": "a/b", "env": [{"name": "A", "valueFrom":
               {"secretKeyRef": {"name": "a", "key": "b"},
                "configMapKeyRef": {"name": "a", "key": "b"}}}]}
              """),
          new Broken(
              Resource.GPU,
              """
              {"nodeName": "n", "index": 0, "totalMemoryBytes": 10, "headroomBytes": 10}
              """),
          new Broken(Resource.GPU_SHARE_CLAIM, "{}"),
          new Broken(
              Resource.GPU_SHARE_CLAIM,
              """
              {"memory": "8Gi", "computePercent": 50, "weight": 10}
              """),
          new Broken(
              Resource.GPU_SHARE_CLAIM,
              """
              {"mode": "exclusive", "weight": 10}
              """));

  private static final String DEVICE =
      """
      {"nodeName": "n", "index": 0, "totalMemoryBytes": 10}
      """;
  private static final String CLAIM =
      """
      {"memory": "8Gi", "product": "NVIDIA-L4"}
      """;

  private static final List<Changed> CHANGED =
      List.of(
          new Changed(Resource.GPU, DEVICE, "{\"nodeName\": \"other\"}"),
          new Changed(Resource.GPU, DEVICE, "{\"index\": 1}"),
          new Changed(Resource.GPU_SHARE_CLAIM, CLAIM, "{\"mode\": \"exclusive\"}"),
          new Changed(Resource.GPU_SHARE_CLAIM, CLAIM, "{\"count\": 2}"),
          new Changed(
              Resource.GPU_SHARE_CLAIM,
              "{\"mode\": \"exclusive\", \"memory\": \"8Gi\"}",
              "{\"memory\": null}"),
          new Changed(Resource.GPU_SHARE_CLAIM, CLAIM, "{\"product\": \"NVIDIA-A40\"}"),
          new Changed(Resource.GPU_SHARE_CLAIM, CLAIM, "{\"product\": null}"),
          new Changed(Resource.STORAGE_NODE, "{\"nodeName\": \"n\"}", "{\"nodeName\": \"other\"}"));

  private final JsonApi api;
  private final JsonApi definitions;
  private final String namespace;

  RulesTest(ControlPlane plane) throws IOException {
    this.api = plane.api();
    this.definitions = plane.definitions();
    this.namespace = plane.newNamespace("rules");
  }

  @BeforeEach
  void onlyWhereTheServerKnowsRules() throws IOException {
    String path = Resource.DEFINITIONS + "/models." + Resource.GROUP;
    Answer stored = ControlPlane.demand(definitions.get(path), "read the definition of Models");
    assumeTrue(
        stored.body().toString().contains(RULES),
        () -> "this API server ignores rules in CEL; Kubernetes has them from 1.25 on");
  }

  @Test
  void eachRuleOfADefinitionRefusesWhatBreaksItAndSaysItsOwnWords() throws IOException {
    Set<String> unbroken = new TreeSet<>();
    for (Resource resource : Resource.values()) {
      collect(resource.definition(), unbroken);
    }
    assertThat(unbroken).hasSizeGreaterThanOrEqualTo(19);
    Set<String> all = Set.copyOf(unbroken);

    for (Broken broken : BROKEN) {
      Answer answer = create(broken.resource, "broken", broken.spec);
      refusedByARule(answer, broken.toString(), all, unbroken);
    }
    int made = 0;
    for (Changed changed : CHANGED) {
      String name = "changed-" + made++;
      ControlPlane.demand(create(changed.resource, name, changed.spec), "create " + changed);
      JsonObject change = new JsonObject();
      change.add("spec", JsonParser.parseString(changed.change));
      Answer answer = api.mergePatch(changed.resource.path(namespace, name), change);
      refusedByARule(answer, changed.toString(), all, unbroken);
    }

    assertThat(unbroken).as("rules that nothing here breaks").isEmpty();
  }

  /** Rules are no stricter than the webhook, which reads what is meant. */
  @Test
  void whatMeansTheSameIsNoChangeAndNoContradiction() throws IOException {
    Objects claims = new Objects(api, Resource.GPU_SHARE_CLAIM, namespace);
    ControlPlane.demand(claims.create("same", "{\"memory\": \"8Gi\"}"), "create a claim");
    claims.patch("same", "{\"spec\": {\"memory\": \"8192Mi\", \"product\": \"\"}}");

    Answer model =
        create(
            Resource.MODEL,
            "same",
            """
            {"modelName": "a/b", "runtime": {"type": "command", "command": ["serve", "{port}"],
             "url": "", "sleepSteps": []}, "replicas": 2,
             "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
               {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}}]}
            """);
    assertThat(model.ok()).as(model.describe()).isTrue();
  }

  private Answer create(Resource resource, String name, String spec) throws IOException {
    return new Objects(api, resource, namespace).create(name, spec);
  }

  /** Exactly one rule: a cause of its own, for people and for programs. */
  private static void refusedByARule(
      Answer answer, String what, Set<String> all, Set<String> unbroken) {
    assertThat(answer.status()).as("%s: %s", what, answer.describe()).isEqualTo(422);
    List<String> said = all.stream().filter(answer.message()::contains).toList();
    assertThat(said).as("%s: %s", what, answer.describe()).hasSize(1);
    unbroken.removeAll(said);
  }

  private static void collect(JsonElement part, Set<String> messages) {
    if (part instanceof JsonArray list) {
      list.forEach(item -> collect(item, messages));
    } else if (part instanceof JsonObject object) {
      for (Map.Entry<String, JsonElement> field : object.entrySet()) {
        if (field.getKey().equals(RULES)) {
          field
              .getValue()
              .getAsJsonArray()
              .forEach(rule -> messages.add(rule.getAsJsonObject().get("message").getAsString()));
        } else {
          collect(field.getValue(), messages);
        }
      }
    }
  }
}
