package ai.greenthread.k8s.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** A kubelet's promises, kept by the stand-in for pods that are bound to its node by hand. */
@RealControlPlane(controllers = true)
class NodeTest {
  @TempDir Path folder;
  private JsonApi api;
  private String namespace;
  private StandInNode node;

  @BeforeEach
  void node(ControlPlane plane, TestInfo test) throws IOException {
    api = plane.api();
    namespace = plane.newNamespace("node");
    node =
        StandInNode.start(
            plane,
            NodeSpec.of("node-of-" + namespace, folder)
                .images(Images.none().with("example.com/tiny", TinyServer.image())));
  }

  @AfterEach
  void endNode() throws IOException {
    node.close();
  }

  private Pods pods() {
    return new Pods(api, namespace, node);
  }

  @Test
  void aPodRunsWithVariablesVolumesAndItsOwnAddress() throws IOException {
    Pods pods = pods();
    pods.secret("secret", "password", "s3cret");
    pods.configMap("settings", "colour", "green");
    pods.create(
        "all",
        """
        annotations: {"example.com/note": "noted"}
        ---
        initContainers:
        - name: first
          image: none
          command: [sh, -c, 'echo from-init > /data/file']
          volumeMounts: [{name: data, mountPath: /data}]
        containers:
        - name: main
          image: none
          command: [sh, -c]
          args:
          - |
            echo "name=$(NAME) note=$NOTE password=$PASSWORD node=$NODE"
            echo "file=$(cat $(FILE)) colour=$(cat /settings/colour)"
            echo "host=$GREENTHREAD_HOST url=$URL escaped=$ESCAPED"
            exec sleep 600
          env:
          - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
          - {name: NOTE, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['example.com/note']"}}}
          - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
          - {name: PASSWORD, valueFrom: {secretKeyRef: {name: secret, key: password}}}
          - {name: FILE, value: /data/file}
          - {name: GREENTHREAD_LOOPBACK, value: 127.0.0.1}
          - {name: URL, value: "http://$(GREENTHREAD_LOOPBACK):8000$(LATER)"}
          - {name: LATER, value: never}
          - {name: ESCAPED, value: $$(NAME)}
          volumeMounts:
          - {name: data, mountPath: /data}
          - {name: settings, mountPath: /settings, readOnly: true}
        volumes:
        - {name: data, emptyDir: {}}
        - {name: settings, configMap: {name: settings}}
        """);

    pods.awaitReady("all");

    JsonObject pod = pods.get("all");
    String address = Tree.text("", pod, "status", "podIP");
    assertThat(address).startsWith("10.");
    String loopback = "127" + address.substring(2);
    pods.await("its words", () -> node.log(namespace, "all", "main").contains("escaped"));
    assertThat(node.log(namespace, "all", "main").lines())
        .containsExactly(
            "name=all note=noted password=s3cret node=" + node.name(),
            "file=from-init colour=green",
            "host=%s url=http://%s:8000$(LATER) escaped=$(NAME)".formatted(loopback, loopback));
    assertThat(node.loopback(namespace, "all")).isEqualTo(loopback);
  }

  @Test
  void aKilledContainerIsStartedAgainAndKeepsItsVolume() throws IOException {
    Pods pods = pods();
    pods.create(
        "again",
        """
        ---
        containers:
        - name: main
          image: none
          command: [sh, -c, 'echo x >> /data/starts; sleep 600 & sleep 600']
          volumeMounts: [{name: data, mountPath: /data}]
        volumes:
        - {name: data, emptyDir: {}}
        """);
    pods.await("its first words", () -> starts().equals("x\n"));
    long before = node.pid(namespace, "again", "main").orElseThrow();

    node.kill(namespace, "again", "main");

    pods.await("a restart", () -> pods.restarts("again") == 1);
    pods.awaitReady("again");
    JsonObject status = Tree.objects(pods.get("again"), "status", "containerStatuses").getFirst();
    assertThat(Tree.number(0, status, "lastState", "terminated", "exitCode")).isEqualTo(137);
    assertThat(node.pid(namespace, "again", "main").orElseThrow()).isNotEqualTo(before);
    pods.await("its second words beside the first", () -> starts().equals("x\nx\n"));
  }

  /** What the pod has written into its volume. */
  private String starts() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("pods"))) {
      return files.filter(path -> path.endsWith("starts")).map(Pods::text).findFirst().orElse("");
    }
  }

  @Test
  void aContainerThatSaysItIsIllIsEndedAndStartedAgain() throws IOException {
    Pods pods = pods();
    pods.create(
        "ill",
        """
        ---
        containers:
        - name: main
          image: none
          command: [sh, -c, 'rm -f /data/ill; exec sleep 600']
          readinessProbe: {exec: {command: [test, -e, /data/ready]}, periodSeconds: 1}
          livenessProbe: {exec: {command: [test, '!', -e, /data/ill]}, periodSeconds: 1, failureThreshold: 1}
          volumeMounts: [{name: data, mountPath: /data}]
        volumes:
        - {name: data, hostPath: {path: '%s'}}
        """
            .formatted(folder));
    pods.await("it to run", () -> node.pid(namespace, "ill", "main").isPresent());
    assertThat(pods.ready("ill")).isFalse();

    Pods.write(folder.resolve("ready"));
    pods.awaitReady("ill");
    Pods.write(folder.resolve("ill"));

    pods.await("a restart", () -> pods.restarts("ill") == 1);
  }

  @Test
  void aDeletedPodMaySayGoodbyeAndIsGoneWhenItsProcessesAre() throws IOException {
    Pods pods = pods();
    pods.create(
        "polite",
        """
        ---
        terminationGracePeriodSeconds: 60
        containers:
        - name: main
          image: none
          command: [sh, -c, 'trap "echo bye > /data/bye; exit 0" TERM; echo up; while :; do sleep 0.1; done']
          volumeMounts: [{name: data, mountPath: /data}]
        volumes:
        - {name: data, hostPath: {path: '%s'}}
        """
            .formatted(folder));
    pods.await("it to run", () -> pods.has("polite") && pods.log("polite").contains("up"));
    ProcessHandle process =
        ProcessHandle.of(node.pid(namespace, "polite", "main").orElseThrow()).orElseThrow();

    pods.delete("polite");

    pods.await("the pod to be gone", () -> api.get(pods.path("polite")).status() == 404);
    assertThat(process.isAlive()).isFalse();
    assertThat(folder.resolve("bye")).hasContent("bye");
  }

  @Test
  void aDeletedPodThatDoesNotListenIsKilledWhenItsTimeIsUp() throws IOException {
    Pods pods = pods();
    pods.create(
        "deaf",
        """
        ---
        terminationGracePeriodSeconds: 1
        containers:
        - name: main
          image: none
          command: [sh, -c, 'trap "" TERM; echo up; while :; do sleep 0.1; done']
        """);
    pods.await("it to run", () -> pods.has("deaf") && pods.log("deaf").contains("up"));

    pods.delete("deaf");

    pods.await("the pod to be gone", () -> api.get(pods.path("deaf")).status() == 404);
  }

  @Test
  void aPodRemovedByForceMayComeAgainUnderItsName() throws IOException {
    Pods pods = pods();
    String spec =
        """
        ---
        containers:
        - {name: main, image: none, command: [sleep, '600']}
        """;
    pods.create("twice", spec);
    pods.awaitReady("twice");
    long before = node.pid(namespace, "twice", "main").orElseThrow();

    assertThat(api.delete(pods.path("twice") + "?gracePeriodSeconds=0").ok()).isTrue();
    assertThat(api.delete(pods.path("twice") + "?gracePeriodSeconds=0&uid=another").ok()).isFalse();
    pods.create("twice", spec);

    pods.awaitReady("twice");
    pods.await(
        "the first one's process to end",
        () -> ProcessHandle.of(before).filter(ProcessHandle::isAlive).isEmpty());
    assertThat(api.delete(pods.path("twice") + "?gracePeriodSeconds=0&uid=another").status())
        .isEqualTo(409);
    assertThat(pods.ready("twice")).isTrue();
  }

  @Test
  void anUnknownImageWithoutACommandIsSaidSo() throws IOException {
    Pods pods = pods();
    pods.create(
        "unknown",
        """
        ---
        containers:
        - {name: main, image: 'example.com/nobody:1'}
        """);

    pods.await("the reason", () -> pods.waiting("unknown").equals("ImagePullBackOff"));
  }

  @Test
  void aHostPortOfThePodIsMetAtTheNodesAddress() throws IOException {
    Pods pods = pods();
    pods.create(
        "lent",
        """
        ---
        containers:
        - name: main
          image: example.com/tiny
          ports: [{containerPort: 8080, hostPort: 9440}]
          readinessProbe: {tcpSocket: {port: 8080}, timeoutSeconds: 5}
        """);
    pods.awaitReady("lent");

    URI uri = URI.create("http://%s:9440/hello".formatted(node.loopback()));
    try (InputStream answer = uri.toURL().openStream()) {
      assertThat(new String(answer.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("lent /hello");
    }
    pods.delete("lent");
    pods.await("the pod to be gone", () -> api.get(pods.path("lent")).status() == 404);
    assertThatThrownBy(() -> uri.toURL().openStream().close()).isInstanceOf(ConnectException.class);
  }

  @Test
  void aPodOnTheNodesNetworkHasTheNodesAddress() throws IOException {
    Pods pods = pods();
    pods.create(
        "host",
        """
        ---
        hostNetwork: true
        containers:
        - name: main
          image: none
          command: [sh, -c, 'echo $GREENTHREAD_HOST $HOST_IP $IP; exec sleep 600']
          env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
        """);
    pods.awaitReady("host");

    String own = node.loopback();
    pods.await("its words", () -> pods.log("host").endsWith("\n"));
    assertThat(pods.log("host")).isEqualTo("%s %s %s\n".formatted(own, own, own));
    assertThat(Tree.text("", pods.get("host"), "status", "podIP")).isEqualTo(node.address());
  }
}
