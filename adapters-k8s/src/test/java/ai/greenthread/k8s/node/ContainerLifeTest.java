package ai.greenthread.k8s.node;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a container begins, is watched and ends, where its pod says more than the least. */
@RealControlPlane(controllers = true)
class ContainerLifeTest {
  @TempDir Path folder;
  private JsonApi api;
  private String namespace;
  private StandInNode node;
  private Pods pods;

  @BeforeEach
  void node(ControlPlane plane) throws IOException {
    api = plane.api();
    namespace = plane.newNamespace("life");
    node =
        StandInNode.start(
            plane,
            NodeSpec.of("node-of-" + namespace, folder).taints("example.com/kept=yes:NoSchedule"));
    pods = new Pods(api, namespace, node);
  }

  @AfterEach
  void endNode() throws IOException {
    node.close();
  }

  @Test
  void aSlowStartIsWaitedForAsLongAsThePodSaysAndNoLonger() throws IOException {
    String slow =
        """
        ---
        containers:
        - name: main
          image: none
          command: [sleep, '600']
          startupProbe: {exec: {command: [test, -e, /data/%s]}, periodSeconds: 1, failureThreshold: %d}
          livenessProbe: {exec: {command: ['true']}, periodSeconds: 1}
          volumeMounts: [{name: data, mountPath: /data}]
        volumes:
        - {name: data, hostPath: {path: '%s'}}
        """;
    pods.create("patient", slow.formatted("begun", 600, folder));
    pods.create("impatient", slow.formatted("never", 1, folder));

    pods.await("a restart of the impatient one", () -> pods.restarts("impatient") >= 1);
    assertThat(pods.ready("patient")).isFalse();
    assertThat(pods.restarts("patient")).isZero();
    Pods.write(folder.resolve("begun"));

    pods.awaitReady("patient");
    assertThat(pods.restarts("patient")).isZero();
  }

  @Test
  void theHookBeforeTheEndRunsBeforeTheSignal() throws IOException {
    pods.create(
        "hooked",
        """
        ---
        containers:
        - name: main
          image: none
          command: [sh, -c, 'trap "echo signal >> /data/order; exit 0" TERM; echo up; while :; do sleep 0.1; done']
          lifecycle: {preStop: {exec: {command: [sh, -c, 'echo hook >> /data/order']}}}
          volumeMounts: [{name: data, mountPath: /data}]
        volumes:
        - {name: data, hostPath: {path: '%s'}}
        """
            .formatted(folder));
    pods.await("it to run", () -> pods.has("hooked") && pods.log("hooked").contains("up"));

    pods.delete("hooked");

    pods.await("the pod to be gone", () -> api.get(pods.path("hooked")).status() == 404);
    assertThat(folder.resolve("order")).hasContent("hook\nsignal\n");
  }

  @Test
  void whatIsMissingIsWaitedForAndNamed() throws IOException {
    pods.create(
        "waiting",
        """
        labels: {app: waiting}
        ---
        containers:
        - name: main
          image: none
          command: [sh, -c, 'echo "$APP_colour $(cat /about/labels) $(cat /all/key)"; exec sleep 600']
          envFrom: [{prefix: APP_, configMapRef: {name: settings}}]
          volumeMounts:
          - {name: about, mountPath: /about}
          - {name: all, mountPath: /all}
        volumes:
        - name: about
          downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
        - name: all
          projected: {sources: [{secret: {name: secret, items: [{key: password, path: key}]}}]}
        """);
    pods.await("the reason", () -> pods.waiting("waiting").equals("CreateContainerConfigError"));

    pods.configMap("settings", "colour", "green");
    pods.secret("secret", "password", "s3cret");

    pods.awaitReady("waiting");
    pods.await("its words", () -> pods.log("waiting").endsWith("\n"));
    assertThat(pods.log("waiting")).isEqualTo("green app=\"waiting\" s3cret\n");
  }

  @Test
  void theSchedulerHeedsTheNodesTaints() throws IOException {
    String pod =
        """
        metadata: {name: %s}
        spec:
          nodeSelector: {kubernetes.io/hostname: %s}
          tolerations: %s
          containers: [{name: main, image: none, command: [sleep, '600']}]
        """;
    String path = "/api/v1/namespaces/" + namespace + "/pods";
    String all = "[{key: example.com/kept, operator: Exists}]";
    pods.create(path, Pods.yaml(pod.formatted("unwelcome", node.name(), "[]")));
    pods.create(path, Pods.yaml(pod.formatted("welcome", node.name(), all)));

    pods.awaitReady("welcome");
    pods.await(
        "the refusal",
        () ->
            Tree.objects(pods.get("unwelcome"), "status", "conditions").stream()
                .anyMatch(one -> Tree.text("", one, "reason").equals("Unschedulable")));
  }
}
