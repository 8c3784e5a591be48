package ai.greenthread.k8s.node;

import ai.greenthread.k8s.client.JsonApi;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.kubernetes.client.util.Config;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** What runs in pods of these tests: a server that says who it is and what it may do. */
public final class TinyServer {
  private static final int BACKLOG = 1024;

  private TinyServer() {}

  /** An image whose entry point it is. */
  public static Images.Launcher image() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path", ""));
    return Images.program(
        List.of(
            java,
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classes,
            TinyServer.class.getName()));
  }

  /** Listens where {@code GREENTHREAD_HOST} and {@code PORT} say. */
  public static void main(String[] args) throws IOException, GeneralSecurityException {
    Map<String, String> environment = System.getenv();
    String host = environment.getOrDefault("GREENTHREAD_HOST", "127.0.0.1");
    int port = Integer.parseInt(environment.getOrDefault("PORT", "8080"));
    HttpServer server = server(new InetSocketAddress(host, port), environment);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", TinyServer::answer);
    server.start();
    System.out.println("listening");
  }

  /** One with TLS where {@code TLS_STORE} names a key store, whose password is "test". */
  private static HttpServer server(InetSocketAddress address, Map<String, String> environment)
      throws IOException, GeneralSecurityException {
    String store = environment.getOrDefault("TLS_STORE", "");
    if (store.isEmpty()) {
      return HttpServer.create(address, BACKLOG);
    }
    char[] password = "test".toCharArray();
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(KeyStore.getInstance(new File(store), password), password);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    HttpsServer server = HttpsServer.create(address, BACKLOG);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    return server;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    try (exchange) {
      if (path.endsWith("/stream")) {
        stream(exchange);
      } else if (path.endsWith("/die")) {
        Runtime.getRuntime().halt(3);
      } else if (path.endsWith("/review")) {
        send(exchange, text(refusal(exchange)));
      } else if (path.endsWith("/echo")) {
        send(exchange, exchange.getRequestBody().readAllBytes());
      } else if (path.endsWith("/ask")) {
        // A request to the API server with the pod's own identity; the path is the query.
        JsonApi api = new JsonApi(Config.defaultClient(), Duration.ofSeconds(20));
        send(exchange, text(api.get(exchange.getRequestURI().getQuery()).describe()));
      } else {
        send(exchange, text(System.getenv().getOrDefault("HOSTNAME", "") + " " + path));
      }
    }
  }

  /** As an admission webhook: nothing is welcome. */
  private static String refusal(HttpExchange exchange) throws IOException {
    String review = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String uid = Tree.text("", JsonParser.parseString(review).getAsJsonObject(), "request", "uid");
    return """
    {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
     "response": {"uid": "%s", "allowed": false, "status": {"message": "says %s"}}}
    """
        .formatted(uid, System.getenv().getOrDefault("HOSTNAME", ""));
  }

  private static byte[] text(String words) {
    return words.getBytes(StandardCharsets.UTF_8);
  }

  private static void send(HttpExchange exchange, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  /** A line every 50 ms until the client has left. */
  private static void stream(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    try {
      for (int line = 0; ; line++) {
        out.write(text("line " + line + "\n"));
        out.flush();
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
    } catch (IOException e) {
      System.out.println("the client left");
      throw e;
    }
  }
}
