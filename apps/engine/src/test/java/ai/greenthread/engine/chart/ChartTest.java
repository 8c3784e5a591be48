package ai.greenthread.engine.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.engine.Engine;
import ai.greenthread.k8s.admission.WebhookConfiguration;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.render.Access;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the chart makes of its values, and which values it refuses; without a cluster. */
class ChartTest {
  private static final String CONTROLLER = "Deployment/greenthread-controller";
  private static final String WEBHOOK = "Deployment/greenthread-webhook";
  private static final String AGENT = "DaemonSet/greenthread-agent";
  private static final Path RESOURCES =
      Rendered.CHART.resolve("../../../adapters-k8s/src/main/resources").normalize();

  @Test
  void helmFindsNothingWrongWithIt() {
    assertThat(Rendered.lint()).isEmpty();
  }

  @Test
  void itsCustomResourcesAndWebhooksAreThoseOfTheCode() throws IOException {
    assertThat(texts(Rendered.CHART.resolve("crds"))).isEqualTo(texts(RESOURCES.resolve("crds")));
    assertThat(Rendered.CHART.resolve("files/webhooks.yaml"))
        .hasSameTextualContentAs(RESOURCES.resolve("admission/webhooks.yaml"));
  }

  private static Map<String, String> texts(Path folder) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        texts.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return texts;
  }

  @Test
  void theChartHasTheProductsVersion() throws IOException {
    String pom = Files.readString(Rendered.CHART.resolve("../../../pom.xml").normalize());
    String version =
        pom.substring(pom.indexOf("<version>") + 9, pom.indexOf("</version>"))
            .replace("-SNAPSHOT", "");

    assertThat(Files.readAllLines(Rendered.CHART.resolve("Chart.yaml")))
        .contains("version: " + version, "appVersion: " + version);
  }

  @Test
  void byDefaultThereAreTwoControllersTwoWebhooksAndAnAgentOnEachGpuNode() throws IOException {
    Rendered chart = Rendered.with("");

    for (String part : List.of(CONTROLLER, WEBHOOK)) {
      assertThat(Trees.number(Trees.at(chart.get(part), "spec"), "replicas")).isEqualTo(2);
      assertThat(
              Trees.at(chart.pod(part), "affinity", "podAntiAffinity")
                  .has("preferredDuringSchedulingIgnoredDuringExecution"))
          .isTrue();
    }
    assertThat(chart.objects())
        .containsKeys(
            "PodDisruptionBudget/greenthread-controller", "PodDisruptionBudget/greenthread-webhook")
        .doesNotContainKeys("PodMonitor/greenthread-models", "NetworkPolicy/greenthread-agent");
    JsonObject agent = chart.pod(AGENT);
    assertThat(Trees.flag(agent, "hostPID")).isTrue();
    assertThat(Trees.flag(agent, "hostNetwork")).isFalse();
    assertThat(Trees.text(agent, "runtimeClassName")).contains("nvidia");
    assertThat(Trees.text(Trees.at(agent, "nodeSelector"), "nvidia.com/gpu.present"))
        .contains("true");
    assertThat(Trees.items(agent, "tolerations"))
        .contains(Trees.object("key", "nvidia.com/gpu", "operator", "Exists"));
  }

  @Test
  void noPartRunsAsRootOrWithAnyRightOfItsNodes() throws IOException {
    for (JsonObject pod : Rendered.with("").pods()) {
      assertThat(Trees.flag(Trees.at(pod, "securityContext"), "runAsNonRoot")).isTrue();
      assertThat(Trees.text(Trees.at(pod, "securityContext", "seccompProfile"), "type"))
          .contains("RuntimeDefault");
      JsonObject container = Trees.items(pod, "containers").getFirst();
      JsonObject security = Trees.at(container, "securityContext");
      assertThat(Trees.flag(security, "readOnlyRootFilesystem")).isTrue();
      assertThat(Trees.flag(security, "allowPrivilegeEscalation")).isFalse();
      assertThat(Trees.at(security, "capabilities").toString()).isEqualTo("{\"drop\":[\"ALL\"]}");
      assertThat(Trees.items(pod, "volumes")).noneMatch(volume -> volume.has("hostPath"));
      assertThat(container.has("livenessProbe")).isTrue();
      assertThat(container.has("readinessProbe")).isTrue();
      assertThat(Trees.at(container, "resources").has("requests")).isTrue();
    }
  }

  @Test
  void noRoleHasAWildcardAndOnlyTheSidecarsRolesMayBeBound() throws IOException {
    Rendered chart = Rendered.with("");
    for (Map.Entry<String, JsonObject> object : chart.objects().entrySet()) {
      for (JsonObject rule : Trees.items(object.getValue(), "rules")) {
        assertThat(rule.toString()).as(object.getKey()).doesNotContain("\"*\"");
      }
    }
    List<JsonObject> binds =
        chart.objects().values().stream()
            .flatMap(object -> Trees.items(object, "rules").stream())
            .filter(rule -> rule.toString().contains("\"bind\""))
            .toList();
    assertThat(binds).hasSize(1);
    assertThat(binds.getFirst().getAsJsonArray("resourceNames"))
        .map(name -> name.getAsString())
        .containsExactlyInAnyOrder(Access.MODELS_ROLE, Access.GPUS_ROLE);
    assertThat(chart.objects())
        .containsKeys("ClusterRole/" + Access.MODELS_ROLE, "ClusterRole/" + Access.GPUS_ROLE);
  }

  @Test
  void noSecretComesWithAnythingInIt() throws IOException {
    Rendered chart = Rendered.with("{licence: {token: very-secret}}");

    assertThat(chart.get("Secret/greenthread-webhook-certificate").has("data")).isFalse();
    assertThat(chart.objects().toString()).doesNotContain("very-secret");
  }

  @Test
  void theApiServerAsksTheWebhookAsTheCodeWants() throws IOException {
    JsonObject made = Rendered.with("").get("ValidatingWebhookConfiguration/greenthread");
    JsonObject wanted =
        WebhookConfiguration.atService(Rendered.NAMESPACE, "greenthread-webhook", 443);

    assertThat(made.get("webhooks")).isEqualTo(wanted.get("webhooks"));
    JsonObject lax =
        Rendered.with("{webhook: {failurePolicy: Ignore}}")
            .get("ValidatingWebhookConfiguration/greenthread");
    assertThat(Trees.items(lax, "webhooks"))
        .allMatch(webhook -> Trees.text(webhook, "failurePolicy").orElse("").equals("Ignore"));
  }

  /** A variable that no option reads is a mistake in writing. */
  @Test
  void everyVariableIsOneThatItsProcessReads() throws IOException {
    Rendered chart =
        Rendered.with(
            """
            agent: {headroom: 1Gi, nvmlLibrary: /lib/x.so, virtualGpus: [8Gi]}
            global: {imagePullSecrets: [{name: mine}]}
            """);
    Map<String, String> parts =
        Map.of(CONTROLLER, "controller", WEBHOOK, "webhook", AGENT, "agent");
    Set<String> others =
        Set.of("GREENTHREAD_LOG_LEVEL", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES");
    for (Map.Entry<String, String> part : parts.entrySet()) {
      assertThat(chart.container(part.getKey()).getAsJsonArray("command"))
          .map(word -> word.getAsString())
          .containsExactly("greenthread-engine", part.getValue());
      String read =
          Objects.requireNonNull(Engine.createCommandLine().getSubcommands().get(part.getValue()))
              .getCommandSpec()
              .options()
              .stream()
              .filter(option -> option.userObject() instanceof Field)
              .map(option -> ((Field) option.userObject()).getAnnotation(CommandLine.Option.class))
              .map(option -> option.defaultValue())
              .collect(Collectors.joining(" "));
      for (JsonObject variable : Trees.items(chart.container(part.getKey()), "env")) {
        String name = Trees.text(variable, "name").orElseThrow();
        assertThat(read.contains("${env:" + name + ":-") || others.contains(name))
            .as(part.getValue() + " reads " + name)
            .isTrue();
      }
    }
  }

  @Test
  void valuesReachTheProcesses() throws IOException {
    Rendered chart =
        Rendered.with(
            """
            image: {repository: registry.example.com:5000/gt, tag: "2"}
            agent: {image: {tag: "3"}, port: 9555, runtimeClassName: ""}
            webhook: {replicas: 1}
            vllm: {runtimeClassName: other}
            sidecar: {resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}}
            route: {kind: ingress, host: models.example.com, ingressClassName: nginx, annotations: {a/b: "600"}}
            """);

    assertThat(Trees.text(chart.container(CONTROLLER), "image"))
        .contains("registry.example.com:5000/gt:2");
    assertThat(Trees.text(chart.container(AGENT), "image"))
        .contains("registry.example.com:5000/gt:3");
    assertThat(chart.pod(AGENT).has("runtimeClassName")).isFalse();
    assertThat(chart.objects()).doesNotContainKey("PodDisruptionBudget/greenthread-webhook");
    assertThat(chart.variable(CONTROLLER, "GREENTHREAD_RUNTIME_CLASS")).contains("other");
    assertThat(chart.variable(CONTROLLER, "GREENTHREAD_AGENT_PORT")).contains("9555");
    assertThat(chart.variable(CONTROLLER, "GREENTHREAD_SIDECAR_IMAGE"))
        .contains("registry.example.com:5000/gt:2");
    assertThat(chart.variable(CONTROLLER, "GREENTHREAD_SIDECAR_RESOURCES"))
        .contains("limits.memory=1Gi,requests.cpu=1,requests.memory=128Mi");
    assertThat(chart.variable(CONTROLLER, "GREENTHREAD_ROUTE_CLASS")).contains("nginx");
    assertThat(chart.container(CONTROLLER).getAsJsonArray("args").toString())
        .isEqualTo("[\"--route-annotation=a/b=600\"]");
    assertThat(verbs(chart, "ingresses")).contains("create", "patch", "delete");
    assertThat(verbs(chart, "httproutes"))
        .as("to take back what was made while another kind was chosen")
        .containsExactly("list", "delete");
  }

  private static List<String> verbs(Rendered chart, String resource) {
    return Trees.items(chart.get("ClusterRole/greenthread-controller"), "rules").stream()
        .filter(rule -> rule.getAsJsonArray("resources").contains(Trees.tree(resource)))
        .flatMap(rule -> rule.getAsJsonArray("verbs").asList().stream())
        .map(JsonElement::getAsString)
        .toList();
  }

  @Test
  void agentsRunOnAnyNodeWhereNoLabelIsAskedFor() throws IOException {
    Rendered chart = Rendered.with("{agent: {nodeSelector: null, virtualGpus: [24Gi, 24Gi]}}");

    assertThat(chart.pod(AGENT).has("nodeSelector")).isFalse();
    assertThat(chart.variable(AGENT, "GREENTHREAD_VIRTUAL_GPUS")).contains("24Gi,24Gi");
  }

  @Test
  void monitorsAndPoliciesAreMadeWhereTheyAreWanted() throws IOException {
    Rendered chart = Rendered.with("{monitoring: {enabled: true}, networkPolicy: {enabled: true}}");

    assertThat(chart.objects())
        .containsKeys(
            "PodMonitor/greenthread-controller",
            "PodMonitor/greenthread-webhook",
            "PodMonitor/greenthread-agent",
            "PodMonitor/greenthread-models",
            "NetworkPolicy/greenthread-controller",
            "NetworkPolicy/greenthread-webhook",
            "NetworkPolicy/greenthread-agent");
  }

  @Test
  void olderSpellingsStillInstall() throws IOException {
    Rendered chart =
        Rendered.with(
            """
            licenceToken: abc
            controller: {huggingfaceToken: hf}
            gateway: {enabled: true, className: envoy, requestTimeout: 300s}
            apiserver: {enabled: true, port: 3001}
            storage: {modelsPath: /mnt/models}
            lmcache: {enabled: false}
            """);

    assertThat(
            Trees.text(
                Trees.at(chart.get("Gateway/greenthread-gateway"), "spec"), "gatewayClassName"))
        .contains("envoy");
    assertThat(chart.variable(CONTROLLER, "GREENTHREAD_ROUTE")).contains("httproute");
    assertThat(chart.variable(CONTROLLER, "GREENTHREAD_ROUTE_CLASS"))
        .contains("greenthread-gateway");
    assertThat(chart.variable(CONTROLLER, "GREENTHREAD_GATEWAY_NAMESPACE"))
        .contains(Rendered.NAMESPACE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          controller: {replicas: 0}               | replicas
          controller: {replicas: two}             | replicas
          controller: {replica: 3}                | replica
          controler: {replicas: 3}                | controler
          image: {digest: abc}                    | digest
          image: {repository: "a b"}              | repository
          agent: {port: 80}                       | port
          agent: {reportPeriod: soon}             | reportPeriod
          agent: {headroom: lots}                 | headroom
          agent: {virtualGpus: [big]}             | virtualGpus
          webhook: {failurePolicy: Maybe}         | failurePolicy
          route: {kind: nodeport}                 | kind
          route: {host: "https://models.example"} | host
          route: {kind: httproute}                | route.gatewayName
          logLevel: LOUD                          | logLevel
          monitoring: {enabled: "yes"}            | enabled
          """)
  void nonsenseIsRefusedByItsKey(String values, String key) {
    assertThatThrownBy(() -> Rendered.with(values)).hasMessageContaining(key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"env", "cdi"})
  void devicesAreSelectedAsValuesSay(String way) throws IOException {
    assertThat(
            Rendered.with("{controller: {deviceSelection: " + way + "}}")
                .variable(CONTROLLER, "GREENTHREAD_DEVICE_SELECTION"))
        .contains(way);
  }
}
