package ai.greenthread.k8s.node;

import ai.greenthread.k8s.client.JsonApi;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kubernetes.client.util.Config;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/** What runs in pods of these tests: a server that says who it is and what it may do. */
public final class TinyServer {
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
  public static void main(String[] args) throws IOException {
    Map<String, String> environment = System.getenv();
    String host = environment.getOrDefault("GREENTHREAD_HOST", "127.0.0.1");
    int port = Integer.parseInt(environment.getOrDefault("PORT", "8080"));
    HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 1024);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", TinyServer::answer);
    server.start();
    System.out.println("listening");
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    try (exchange) {
      if (path.endsWith("/stream")) {
        stream(exchange);
      } else if (path.endsWith("/die")) {
        Runtime.getRuntime().halt(3);
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

  private static byte[] text(String words) {
    return words.getBytes(StandardCharsets.UTF_8);
  }

  private static void send(HttpExchange exchange, byte[] body) throws IOException {
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
