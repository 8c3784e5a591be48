package ai.greenthread.k8s.controlplane;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.Binaries.Program;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A real etcd and a real kube-apiserver on loopback, with GreenThread's resources defined. Ready
 * means that the server says so <em>and</em> that a custom resource was created and read back: a
 * server with a broken JSON library says it is ready and dies at that. There is no
 * controller-manager, so a deleted namespace never goes away: take a fresh one.
 */
public final class ControlPlane implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration PATIENCE_PER_CALL = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 3;
  private static final int PORTS = 3;

  private final Path folder;
  private final Binaries binaries;
  private final Pki pki;
  private final List<String> apiServerFlags;
  private final int[] ports;
  private final ServerProcess etcd;
  private final Thread endOfJvm = new Thread(this::stopServers);
  private final AtomicInteger namespaces = new AtomicInteger();
  private final JsonApi api;
  private ServerProcess apiServer;

  private ControlPlane(Path folder, Binaries binaries, Pki pki, List<String> apiServerFlags)
      throws IOException {
    this.folder = folder;
    this.binaries = binaries;
    this.pki = pki;
    this.apiServerFlags = apiServerFlags;
    this.ports = freePorts();
    this.etcd = startEtcd();
    this.apiServer = startApiServer();
    this.api = new JsonApi(client(), PATIENCE_PER_CALL);
    Runtime.getRuntime().addShutdownHook(endOfJvm);
  }

  /**
   * Starts one in {@code folder}, where all its files go.
   *
   * @param apiServerFlags added to the usual ones
   */
  public static ControlPlane start(Path folder, Binaries binaries, String... apiServerFlags)
      throws IOException {
    Files.createDirectories(folder);
    endLeftovers(folder);
    try {
      Pki pki = new Pki(folder);
      for (int attempt = 1; ; attempt++) {
        ControlPlane started = new ControlPlane(folder, binaries, pki, List.of(apiServerFlags));
        try {
          started.awaitReady();
          started.define();
          return started;
        } catch (RuntimeException e) {
          started.close();
          throw e;
        } catch (IOException e) {
          started.close();
          // A port that was free may have been taken: that is worth another try.
          if (attempt == ATTEMPTS) {
            throw e;
          }
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot make certificates", e);
    }
  }

  /** A client of the administrator; it may also be led over a proxy's port. */
  public ApiClient client(int port) {
    try {
      KubeConfig config = KubeConfig.loadKubeConfig(new StringReader(pki.kubeconfig(port)));
      return ClientBuilder.kubeconfig(config).build();
    } catch (IOException e) {
      throw new IllegalStateException("cannot use the kubeconfig", e);
    }
  }

  public ApiClient client() {
    return client(port());
  }

  /** The administrator's way to all objects, patient enough for a busy machine. */
  public JsonApi api() {
    return api;
  }

  /** Where the API server listens on 127.0.0.1. */
  public int port() {
    return ports[0];
  }

  /** A kubeconfig of the administrator, as a file. */
  public Path kubeconfig() throws IOException {
    return Files.writeString(folder.resolve("kubeconfig"), pki.kubeconfig(port()));
  }

  /** Makes a namespace that nobody else has. */
  public String newNamespace(String about) throws IOException {
    String name =
        about.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-")
            + "-"
            + namespaces.incrementAndGet();
    JsonElement namespace =
        JsonParser.parseString(
            "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"}}"
                .formatted(name));
    demand(api.create("/api/v1/namespaces", namespace), "create namespace " + name);
    return name;
  }

  /** Ends the API server like a crash; what it stored stays in etcd. */
  public void killApiServer() {
    apiServer.kill();
  }

  /** Starts it again on the same port and the same etcd. */
  public void restartApiServer() throws IOException {
    apiServer.close();
    apiServer = startApiServer();
    awaitReady();
  }

  private ServerProcess startEtcd() throws IOException {
    String client = "http://127.0.0.1:" + ports[1];
    String peer = "http://127.0.0.1:" + ports[2];
    Path data = folder.resolve("etcd-" + ports[1]);
    return new ServerProcess(
        folder,
        "etcd",
        List.of(
            binaries.find(Program.ETCD).orElseThrow().toString(),
            "--data-dir=" + data,
            "--listen-client-urls=" + client,
            "--advertise-client-urls=" + client,
            "--listen-peer-urls=" + peer,
            "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=default=" + peer,
            "--unsafe-no-fsync"));
  }

  private ServerProcess startApiServer() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(binaries.find(Program.API_SERVER).orElseThrow().toString());
    command.add("--etcd-servers=http://127.0.0.1:" + ports[1]);
    command.add("--bind-address=127.0.0.1");
    command.add("--advertise-address=127.0.0.1");
    command.add("--secure-port=" + port());
    command.add("--cert-dir=" + folder);
    command.add("--tls-cert-file=" + pki.file("apiserver.crt"));
    command.add("--tls-private-key-file=" + pki.file("apiserver.key"));
    command.add("--client-ca-file=" + pki.file("ca.crt"));
    command.add("--service-account-key-file=" + pki.file("sa.pub"));
    command.add("--service-account-signing-key-file=" + pki.file("sa.key"));
    command.add("--service-account-issuer=https://kubernetes.default.svc");
    command.add("--service-cluster-ip-range=10.96.0.0/16");
    command.add("--authorization-mode=RBAC");
    // Without a controller-manager no namespace gets the account that this plugin asks for.
    command.add("--disable-admission-plugins=ServiceAccount");
    command.add("--allow-privileged=true");
    command.addAll(apiServerFlags);
    return new ServerProcess(folder, "kube-apiserver", command);
  }

  private void awaitReady() throws IOException {
    await("the API server to be ready", () -> api.get("/readyz").ok());
  }

  /** Defines the resources, then creates one and reads it back. */
  private void define() throws IOException {
    for (Resource resource : Resource.values()) {
      JsonObject definition = resource.definition();
      String name = definition.getAsJsonObject("metadata").get("name").getAsString();
      demand(api.create(Resource.DEFINITIONS, definition), "define " + name);
    }
    for (Resource resource : Resource.values()) {
      await(resource.plural() + " to be served", () -> api.get(resource.path("default")).ok());
    }
    JsonElement probe =
        JsonParser.parseString(
            """
            {"apiVersion": "%s", "kind": "GPU", "metadata": {"name": "probe"},
             "spec": {"nodeName": "n", "index": 0, "totalMemoryBytes": 1}}
            """
                .formatted(Resource.API_VERSION));
    await("the first object", () -> created(api, probe));
    String path = Resource.GPU.path("default", "probe");
    demand(api.get(path), "read the first object back");
    demand(api.delete(path), "delete the first object");
  }

  /** A server that serves a new resource may still answer 404 or 429 to its first write. */
  private static boolean created(JsonApi api, JsonElement probe) throws IOException {
    Answer answer = api.create(Resource.GPU.path("default"), probe);
    if (answer.status() == 404 || answer.status() == 429) {
      return false;
    }
    demand(answer, "create the first object");
    return true;
  }

  /** Fails unless the answer is a success. */
  public static Answer demand(Answer answer, String what) {
    if (!answer.ok()) {
      throw new IllegalStateException("cannot " + what + ": " + answer.describe());
    }
    return answer;
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private void await(String what, Condition condition) throws IOException {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (true) {
      try {
        if (condition.holds()) {
          return;
        }
      } catch (IOException e) {
        // Not there yet, which is what is waited for.
      }
      for (ServerProcess server : List.of(etcd, apiServer)) {
        if (!server.alive()) {
          throw new IOException(
              "waited for " + what + ", and a server ended. " + server.lastWords());
        }
      }
      if (Instant.now().isAfter(deadline)) {
        throw new IOException(
            "waited " + PATIENCE.toSeconds() + " s for " + what + ". " + apiServer.lastWords());
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  private static int[] freePorts() throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < PORTS; i++) {
        held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return held.stream().mapToInt(ServerSocket::getLocalPort).toArray();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  private static void endLeftovers(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      files.filter(file -> file.toString().endsWith(".pid")).forEach(ServerProcess::endLeftover);
    }
  }

  private void stopServers() {
    apiServer.close();
    etcd.close();
  }

  /** Stops the servers, last started first; the logs stay, the data goes. */
  @Override
  public void close() throws IOException {
    stopServers();
    Runtime.getRuntime().removeShutdownHook(endOfJvm);
    Path data = folder.resolve("etcd-" + ports[1]);
    if (Files.exists(data)) {
      try (Stream<Path> files = Files.walk(data)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Process ids, for tests of this class. */
  List<Long> pids() {
    return List.of(etcd.pid(), apiServer.pid());
  }
}
