package ai.greenthread.k8s.node;

import ai.greenthread.k8s.controlplane.ControlPlane;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A node of a test cluster: it registers itself, says that it is alive, and runs the pods bound to
 * it as processes of this machine. What a kubelet would do it does: init containers, probes,
 * restarts with growing pauses, graceful ends, status. What needs a container it does by other
 * means: mount paths in variables, commands and arguments become directories, and every pod has a
 * loopback address of its own, to which {@code GREENTHREAD_HOST} and {@code GREENTHREAD_LOOPBACK}
 * are set.
 *
 * <p>All processes end when this is closed, or when the JVM ends; those that a killed JVM left are
 * ended when a node is started over the same folder.
 */
public final class StandInNode implements AutoCloseable {
  private final NodeSpec spec;
  private final NodeApi api;
  private final Addresses addresses;
  private final Path pods;
  private final Map<String, PodRun> runs = new ConcurrentHashMap<>();
  private final Registration registration;
  private final KubeletLogs logs;
  private final Thread endOfJvm;
  private final ObjectCache bound;
  private volatile boolean off;
  private volatile boolean closed;

  private final PodRun.Node asSeenByPods =
      new PodRun.Node() {
        @Override
        public Optional<JsonObject> current(String uid) {
          return bound.byUid(uid);
        }

        @Override
        public boolean off() {
          return off;
        }

        @Override
        public void over(PodRun pod) {
          forget(pod);
        }
      };

  private StandInNode(ControlPlane plane, NodeSpec spec) throws IOException {
    this.spec = spec;
    this.pods = spec.folder().resolve("pods");
    Marked.kill(spec.folder());
    deleteAll(pods);
    Files.createDirectories(pods);
    this.api = new NodeApi(plane, spec.apiPort().orElse(plane.port()));
    this.addresses = Addresses.take(RandomGenerator.getDefault());
    this.registration = new Registration(api, spec, addresses.node());
    this.logs = new KubeletLogs(plane.pki(), spec.name(), loopback(), this::served);
    this.endOfJvm = new Thread(() -> Marked.kill(spec.folder()));
    Runtime.getRuntime().addShutdownHook(endOfJvm);
    this.bound =
        new ObjectCache(
            plane.api(), "/api/v1/pods?fieldSelector=spec.nodeName%3D" + spec.name(), this::hear);
  }

  /** Starts one and returns when the API server knows it as ready. */
  public static StandInNode start(ControlPlane plane, NodeSpec spec) throws IOException {
    StandInNode node = new StandInNode(plane, spec);
    node.registration.start();
    node.bound.start();
    return node;
  }

  private synchronized void hear() {
    if (closed) {
      return;
    }
    for (JsonObject pod : bound.all()) {
      if (!runs.containsKey(NodeApi.uid(pod))) {
        begin(pod);
      }
    }
    runs.values().forEach(PodRun::wake);
  }

  private void begin(JsonObject pod) {
    boolean host = Tree.flag(false, pod, "spec", "hostNetwork");
    String uid = NodeApi.uid(pod);
    Path folder =
        pods.resolve(
            "%s_%s_%s"
                .formatted(
                    NodeApi.namespace(pod),
                    NodeApi.name(pod),
                    uid.substring(0, Math.min(8, uid.length()))));
    PodContext context =
        new PodContext(
            spec, api, folder, host ? addresses.node() : addresses.takePod(), addresses.node());
    PodRun run = new PodRun(context, pod, asSeenByPods);
    runs.put(uid, run);
    run.start();
  }

  private void forget(PodRun run) {
    runs.remove(run.uid());
    if (!run.context().address().equals(addresses.node())) {
      addresses.free(run.context().address());
    }
  }

  public String name() {
    return spec.name();
  }

  /** The node's address as the API server knows it, 10.a.b.1. */
  public String address() {
    return addresses.node();
  }

  /** Where processes on the node's own network listen, 127.a.b.1. */
  public String loopback() {
    return Addresses.loopback(addresses.node());
  }

  private PodRun run(String namespace, String pod) {
    return runs.values().stream()
        .filter(run -> run.namespace().equals(namespace) && run.name().equals(pod))
        .findFirst()
        .orElseThrow(() ->
            new IllegalStateException("no pod " + namespace + "/" + pod + " on node " + name()));
  }

  private ContainerRun container(String namespace, String pod, String container) {
    return run(namespace, pod).containers().stream()
        .filter(one -> one.name().equals(container))
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("pod " + pod + " has no container " + container));
  }

  /** Whether a pod of that name runs here. */
  public boolean has(String namespace, String pod) {
    return runs.values().stream()
        .anyMatch(run -> run.namespace().equals(namespace) && run.name().equals(pod));
  }

  /** Where a pod's processes listen. */
  public String loopback(String namespace, String pod) {
    return run(namespace, pod).context().loopback();
  }

  /** Process id of a container's first process; empty while it does not run, or no pod is here. */
  public Optional<Long> pid(String namespace, String pod, String container) {
    return has(namespace, pod) ? container(namespace, pod, container).pid() : Optional.empty();
  }

  /** {@code kill -9} of all processes of a container; the node starts it again after a pause. */
  public void kill(String namespace, String pod, String container) {
    container(namespace, pod, container).kill();
  }

  private Optional<Path> served(String namespace, String pod, String container) {
    return !off && has(namespace, pod)
        ? container(namespace, pod, container).log()
        : Optional.empty();
  }

  /** What the latest start of a container has printed; empty before its first. */
  public String log(String namespace, String pod, String container) throws IOException {
    Optional<Path> log = container(namespace, pod, container).log();
    return log.isPresent() ? Files.readString(log.get()) : "";
  }

  /** State and last log lines of all containers here, for the message of a failure. */
  public String lastWords(int lines) {
    return runs.values().stream()
        .sorted(Comparator.comparing(PodRun::describe))
        .map(run -> run.lastWords(lines))
        .collect(Collectors.joining("\n", "node " + name() + ":\n", "\n"));
  }

  /** The network fails: the node is silent and deaf, its processes live on. */
  public void partition() {
    api.cutOff(true);
    bound.pause();
  }

  /** The machine fails: silent, deaf, and all processes are gone at once. */
  public void crash() {
    off = true;
    partition();
    Marked.kill(pods);
  }

  /** The network, or the machine, is back; pods that are still bound here run again. */
  public void comeBack() {
    api.cutOff(false);
    bound.resume();
    registration.wake();
    off = false;
  }

  /** Ends all processes; the Node object and its pods are taken away. */
  @Override
  public void close() throws IOException {
    closed = true;
    bound.close();
    registration.close();
    logs.close();
    runs.values().forEach(PodRun::close);
    Marked.kill(spec.folder());
    Runtime.getRuntime().removeShutdownHook(endOfJvm);
    try {
      api.cutOff(false);
      for (JsonObject pod : bound.all()) {
        api.remove(pod);
      }
      registration.remove();
    } catch (IOException e) {
      // The server is gone already, and with it all objects.
    } finally {
      addresses.close();
    }
  }

  private static void deleteAll(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }
}
