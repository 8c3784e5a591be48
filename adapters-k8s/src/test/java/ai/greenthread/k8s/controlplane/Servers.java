package ai.greenthread.k8s.controlplane;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.Binaries.Program;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The server processes of one control plane: how each is started, ended and started again. */
final class Servers implements AutoCloseable {
  private static final int PORTS = 4;

  private final Path folder;
  private final Binaries binaries;
  private final Pki pki;
  private final ServerFlags flags;
  private final Definitions definitions;
  private final Optional<ServiceNetwork> network;
  private final int[] ports;
  private final Map<Program, ServerProcess> running = new EnumMap<>(Program.class);

  /**
   * @param cluster whether pods run: they get the service accounts that a controller-manager makes,
   *     and the API server reaches them
   */
  Servers(
      Path folder,
      Binaries binaries,
      Pki pki,
      ServerFlags flags,
      Definitions definitions,
      boolean cluster)
      throws IOException {
    this.folder = folder;
    this.binaries = binaries;
    this.pki = pki;
    this.flags = flags;
    this.definitions = definitions;
    this.network = cluster ? Optional.of(new ServiceNetwork()) : Optional.empty();
    this.ports = freePorts(PORTS);
    Files.writeString(kubeconfig(), pki.kubeconfig(apiPort()));
  }

  /** Lets the API server reach Services, once there is somebody to ask for them. */
  void resolveServicesBy(JsonApi api) {
    network.ifPresent(one -> one.resolveBy(api));
  }

  int apiPort() {
    return ports[0];
  }

  /** Whether a second server stands behind the API server. */
  boolean aggregates() {
    return definitions == Definitions.NEWEST;
  }

  /** Where that one listens. */
  int definitionsPort() {
    return ports[3];
  }

  Path kubeconfig() {
    return folder.resolve("kubeconfig");
  }

  synchronized void start(Program program, ServerVersion version) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(binaries.find(program).orElseThrow().toString());
    switch (program) {
      case ETCD -> command.addAll(etcd());
      case API_SERVER -> command.addAll(apiServer());
      case DEFINITIONS -> command.addAll(definitions());
      case CONTROLLER_MANAGER -> {
        command.addAll(controller(version));
        command.addAll(controllerManager());
      }
      case SCHEDULER -> {
        command.addAll(controller(version));
        command.addAll(flags.scheduler());
      }
      case KUBECTL -> throw new IllegalArgumentException("kubectl is no server");
    }
    running.put(program, new ServerProcess(folder, program.file(), command, environment(program)));
  }

  /** The server of definitions has no other way to be told how Services are reached. */
  private Map<String, String> environment(Program program) throws IOException {
    return program == Program.DEFINITIONS && network.isPresent()
        ? Map.of("HTTPS_PROXY", network.get().proxy(), "NO_PROXY", "127.0.0.1,localhost")
        : Map.of();
  }

  private List<String> etcd() {
    String client = "http://127.0.0.1:" + ports[1];
    String peer = "http://127.0.0.1:" + ports[2];
    return List.of(
        "--data-dir=" + data(),
        "--listen-client-urls=" + client,
        "--advertise-client-urls=" + client,
        "--listen-peer-urls=" + peer,
        "--initial-advertise-peer-urls=" + peer,
        "--initial-cluster=default=" + peer,
        "--unsafe-no-fsync");
  }

  private List<String> apiServer() {
    List<String> command = new ArrayList<>();
    command.add("--etcd-servers=http://127.0.0.1:" + ports[1]);
    command.add("--bind-address=127.0.0.1");
    command.add("--advertise-address=127.0.0.1");
    command.add("--secure-port=" + apiPort());
    command.add("--cert-dir=" + folder);
    command.add("--tls-cert-file=" + pki.file("apiserver.crt"));
    command.add("--tls-private-key-file=" + pki.file("apiserver.key"));
    command.add("--client-ca-file=" + pki.file("ca.crt"));
    command.add("--service-account-key-file=" + pki.file("sa.pub"));
    command.add("--service-account-signing-key-file=" + pki.file("sa.key"));
    command.add("--service-account-issuer=https://kubernetes.default.svc");
    command.add("--service-cluster-ip-range=10.96.0.0/16");
    command.add("--authorization-mode=RBAC");
    if (network.isPresent()) {
      command.add("--egress-selector-config-file=" + network.get().configuration());
      // Names of stand-in nodes can be looked up nowhere.
      command.add("--kubelet-preferred-address-types=InternalIP");
    } else {
      // Without a controller-manager no namespace gets the account that this plugin asks for.
      command.add("--disable-admission-plugins=ServiceAccount");
    }
    command.add("--allow-privileged=true");
    if (aggregates()) {
      command.addAll(Aggregation.inFront(pki));
    }
    command.addAll(flags.apiServer());
    return command;
  }

  /** Keeps what it stores apart from what the API server stores in the same etcd. */
  private List<String> definitions() {
    List<String> command = new ArrayList<>();
    command.add("--etcd-servers=http://127.0.0.1:" + ports[1]);
    command.add("--etcd-prefix=/registry-definitions");
    command.add("--bind-address=127.0.0.1");
    command.add("--secure-port=" + definitionsPort());
    command.add("--cert-dir=" + folder);
    command.addAll(Aggregation.behind(pki, kubeconfig()));
    command.addAll(flags.apiServer());
    return command;
  }

  /** What the controller-manager and the scheduler have in common. */
  private List<String> controller(ServerVersion version) throws IOException {
    List<String> command = new ArrayList<>();
    command.add("--kubeconfig=" + kubeconfig());
    command.add("--authentication-kubeconfig=" + kubeconfig());
    command.add("--authorization-kubeconfig=" + kubeconfig());
    command.add("--bind-address=127.0.0.1");
    command.add("--secure-port=" + freePorts(1)[0]);
    if (!version.atLeast(1, 24)) {
      // The insecure port, which newer servers neither have nor know the flag of.
      command.add("--port=0");
    }
    command.add("--leader-elect=false");
    command.add("--cert-dir=" + folder);
    return command;
  }

  private List<String> controllerManager() {
    List<String> command = new ArrayList<>();
    command.add("--service-account-private-key-file=" + pki.file("sa.key"));
    command.add("--root-ca-file=" + pki.file("ca.crt"));
    command.add("--allocate-node-cidrs=false");
    // Half of the usual patience with a silent node: tests wait for it, and the nodes are near.
    command.add("--node-monitor-period=2s");
    command.add("--node-monitor-grace-period=20s");
    command.addAll(flags.controllerManager());
    return command;
  }

  /** Ends it like a crash. */
  synchronized void kill(Program program) {
    ServerProcess process = process(program);
    process.kill();
    stop(program);
  }

  /** Ends it, where it runs, with a chance to say goodbye. */
  synchronized void stop(Program program) {
    ServerProcess process = running.remove(program);
    if (process != null) {
      process.close();
    }
  }

  private ServerProcess process(Program program) {
    ServerProcess process = running.get(program);
    if (process == null) {
      throw new IllegalStateException(program.file() + " does not run");
    }
    return process;
  }

  synchronized boolean runs(Program program) {
    return running.containsKey(program);
  }

  synchronized Optional<ServerProcess> dead() {
    return running.values().stream().filter(server -> !server.alive()).findFirst();
  }

  synchronized List<Long> pids() {
    return running.values().stream().map(ServerProcess::pid).toList();
  }

  /** The last of what a server printed. */
  synchronized String lastWords(Program program) {
    return process(program).lastWords();
  }

  private static int[] freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return held.stream().mapToInt(ServerSocket::getLocalPort).toArray();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  static void endLeftovers(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      files.filter(file -> file.toString().endsWith(".pid")).forEach(ServerProcess::endLeftover);
    }
  }

  /** Stops all, last started first; data stays. */
  @Override
  public synchronized void close() {
    List<Program> order = new ArrayList<>(running.keySet());
    order.reversed().forEach(this::stop);
  }

  private Path data() {
    return folder.resolve("etcd-" + ports[1]);
  }

  /** After the servers have ended for good. */
  void deleteData() throws IOException {
    if (network.isPresent()) {
      network.get().close();
    }
    if (Files.exists(data())) {
      try (Stream<Path> files = Files.walk(data())) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
