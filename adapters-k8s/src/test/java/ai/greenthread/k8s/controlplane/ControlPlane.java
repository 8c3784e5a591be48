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
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A real etcd and a real kube-apiserver on loopback, with GreenThread's resources defined; on
 * demand also a real kube-controller-manager and kube-scheduler, and a newer server that keeps the
 * definitions. Ready means that the server says so <em>and</em> that a custom resource was created
 * and read back: a server with a broken JSON library says it is ready and dies at that. Without a
 * controller-manager a deleted namespace never goes away: take a fresh one.
 */
public final class ControlPlane implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration PATIENCE_PER_CALL = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 3;

  private final Pki pki;
  private final Servers servers;
  private final Thread endOfJvm;
  private final AtomicInteger namespaces = new AtomicInteger();
  private final JsonApi api;
  private final JsonApi definitions;

  private ControlPlane(Pki pki, Servers servers) throws IOException {
    this.pki = pki;
    this.servers = servers;
    this.endOfJvm = new Thread(servers::close);
    Runtime.getRuntime().addShutdownHook(endOfJvm);
    try {
      servers.start(Program.ETCD, ANY);
      servers.start(Program.API_SERVER, ANY);
      this.api = new JsonApi(client(), PATIENCE_PER_CALL);
      this.definitions =
          servers.aggregates()
              ? new JsonApi(client(servers.definitionsPort()), PATIENCE_PER_CALL)
              : api;
      servers.resolveServicesBy(api);
    } catch (IOException | RuntimeException e) {
      servers.close();
      throw e;
    }
  }

  /** For servers that are started before one can be asked for its version. */
  private static final ServerVersion ANY = new ServerVersion(1, 0);

  /**
   * Starts etcd and an API server in {@code folder}, where all their files go. Pods need no service
   * account here, as nobody makes any.
   *
   * @param apiServerFlags added to the usual ones
   */
  public static ControlPlane start(
      Path folder, Binaries binaries, Definitions definitions, String... apiServerFlags)
      throws IOException {
    ServerFlags flags = ServerFlags.none().apiServer(apiServerFlags);
    return start(folder, binaries, definitions, flags, false);
  }

  /**
   * Starts all four servers: pods have service accounts, are scheduled to nodes, and what owns
   * objects cleans up after itself. Webhooks and proxied requests reach Services whose pods run on
   * stand-in nodes.
   */
  public static ControlPlane startCluster(
      Path folder, Binaries binaries, Definitions definitions, ServerFlags flags)
      throws IOException {
    ControlPlane plane = start(folder, binaries, definitions, flags, true);
    try {
      plane.startControllers();
      return plane;
    } catch (IOException | RuntimeException e) {
      plane.close();
      throw e;
    }
  }

  private static ControlPlane start(
      Path folder, Binaries binaries, Definitions definitions, ServerFlags flags, boolean accounts)
      throws IOException {
    Files.createDirectories(folder);
    Servers.endLeftovers(folder);
    try {
      Pki pki = new Pki(folder);
      if (definitions == Definitions.NEWEST) {
        Aggregation.issue(pki);
      }
      for (int attempt = 1; ; attempt++) {
        ControlPlane started =
            new ControlPlane(pki, new Servers(folder, binaries, pki, flags, definitions, accounts));
        try {
          started.awaitReady();
          if (definitions == Definitions.NEWEST) {
            started.startDefinitions();
          }
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

  /** Starts the server behind the API server and announces it there. */
  private void startDefinitions() throws IOException {
    servers.start(Program.DEFINITIONS, version());
    await("the server of definitions to be ready", () -> definitions.get("/readyz").ok());
    demand(api.create(Aggregation.SERVICES, Aggregation.service()), "name this machine");
    demand(
        api.create(
            Aggregation.API_SERVICES, Aggregation.apiService(pki, servers.definitionsPort())),
        "announce the server of definitions");
  }

  /** Starts the controller-manager and the scheduler and waits for the first they have to do. */
  private void startControllers() throws IOException {
    ServerVersion version = version();
    servers.start(Program.CONTROLLER_MANAGER, version);
    servers.start(Program.SCHEDULER, version);
    awaitAccount("default");
  }

  /** Until pods may be made in a namespace: the controllers have given it its account. */
  private void awaitAccount(String namespace) throws IOException {
    String account = "/api/v1/namespaces/" + namespace + "/serviceaccounts/default";
    // Old servers mount the token of a Secret, and refuse a pod until the account has one.
    boolean secret = !version().atLeast(1, 22);
    await(
        "the service account of " + namespace,
        () -> {
          Answer answer = api.get(account);
          return answer.ok() && (!secret || answer.body().has("secrets"));
        });
  }

  /** Which Kubernetes this is, in the server's own words. */
  public ServerVersion version() throws IOException {
    return ServerVersion.of(demand(api.get("/version"), "ask for the version").body());
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

  /**
   * The administrator's way to the server that keeps the definitions, which need not be the API
   * server; their objects are met at {@link #api} in either case.
   */
  public JsonApi definitions() {
    return definitions;
  }

  /** Where the API server listens on 127.0.0.1. */
  public int port() {
    return servers.apiPort();
  }

  /** A kubeconfig of the administrator, as a file. */
  public Path kubeconfig() {
    return servers.kubeconfig();
  }

  /**
   * The text of a kubeconfig for whom a token tells of; without one the server knows nobody.
   *
   * @param serverPort where the API server is met on 127.0.0.1: {@link #port}, or a proxy's
   */
  public String kubeconfig(int serverPort, Optional<String> token) throws IOException {
    return pki.tokenKubeconfig(serverPort, token);
  }

  /** Certificate of the authority that signed the API server's, as PEM. */
  public Path authority() {
    return pki.file("ca.crt");
  }

  /** Signs certificates, for the webhooks of tests. */
  public Pki pki() {
    return pki;
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
    if (servers.runs(Program.CONTROLLER_MANAGER)) {
      awaitAccount(name);
    }
    return name;
  }

  /** Ends the API server like a crash; what it stored stays in etcd. */
  public void killApiServer() {
    kill(Program.API_SERVER);
  }

  /** Starts it again on the same port and the same etcd. */
  public void restartApiServer() throws IOException {
    restart(Program.API_SERVER);
  }

  /** Ends one of the servers like a crash. */
  public void kill(Program server) {
    servers.kill(server);
  }

  /** Starts a server again, with the data it had, and waits for the API server if that runs. */
  public void restart(Program server) throws IOException {
    servers.stop(server);
    ServerVersion version =
        server == Program.ETCD || server == Program.API_SERVER ? ANY : version();
    servers.start(server, version);
    if (servers.runs(Program.API_SERVER)) {
      awaitReady();
    }
  }

  private void awaitReady() throws IOException {
    await("the API server to be ready", () -> api.get("/readyz").ok());
  }

  /** Defines the resources, then creates one and reads it back. */
  private void define() throws IOException {
    for (Resource resource : Resource.values()) {
      JsonObject definition = resource.definition();
      String name = definition.getAsJsonObject("metadata").get("name").getAsString();
      demand(definitions.create(Resource.DEFINITIONS, definition), "define " + name);
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
      Optional<ServerProcess> dead = servers.dead();
      if (dead.isPresent()) {
        throw new IOException(
            "waited for " + what + ", and a server ended. " + dead.get().lastWords());
      }
      if (Instant.now().isAfter(deadline)) {
        throw new IOException(
            "waited "
                + PATIENCE.toSeconds()
                + " s for "
                + what
                + ". "
                + servers.lastWords(Program.API_SERVER));
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  /** Stops the servers, last started first; the logs stay, the data goes. */
  @Override
  public void close() throws IOException {
    servers.close();
    Runtime.getRuntime().removeShutdownHook(endOfJvm);
    servers.deleteData();
  }

  /** Process ids, for tests of this class. */
  List<Long> pids() {
    return servers.pids();
  }
}
