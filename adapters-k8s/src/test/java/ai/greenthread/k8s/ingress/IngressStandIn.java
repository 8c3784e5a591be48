package ai.greenthread.k8s.ingress;

import ai.greenthread.k8s.client.JsonApi;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Leads HTTP/1.1 requests by the cluster's Ingresses and HTTPRoutes to ready pods of test nodes, in
 * turn. Bytes pass as they come, in both directions; nothing is tried twice; who goes away is felt
 * on the other side at once. 404 where no rule fits, 503 where nobody is ready, 502 where the pod
 * does not answer. Every connection carries one request.
 */
public final class IngressStandIn implements Closeable {
  private static final int CHUNK_BYTES = 16 * 1024;
  private static final int BACKLOG = 1024;
  private static final int CONNECT_MILLIS = 5_000;
  private static final Duration FAREWELL = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Routes routes;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private IngressStandIn(JsonApi api) throws IOException {
    this.routes = new Routes(api);
    this.listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
  }

  /** Starts one on a free port of 127.0.0.1; returns when it knows all rules there are. */
  public static IngressStandIn start(JsonApi api) throws IOException {
    IngressStandIn ingress = new IngressStandIn(api);
    ingress.routes.start();
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!ingress.routes.listed()) {
      if (Instant.now().isAfter(deadline)) {
        ingress.close();
        throw new IOException("the API server does not list what an ingress has to know");
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
    Thread.ofVirtual().name("ingress").start(ingress::accept);
    return ingress;
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Where requests go that name no host of their own. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + port());
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        open.add(client);
        Thread.ofVirtual().name("ingress request").start(() -> serve(client));
      } catch (IOException e) {
        // Closed, or a client that left before it was met.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      client.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(client.getInputStream());
      Optional<Head> request = Head.read(in);
      if (request.isPresent()) {
        lead(client, in, request.get());
      }
    } catch (IOException e) {
      // The client is gone.
    } finally {
      open.remove(client);
    }
  }

  private void lead(Socket client, InputStream in, Head request) throws IOException {
    Optional<Rule> rule = routes.find(request.field("host"), request.path());
    if (rule.isEmpty()) {
      refuse(client, "404 Not Found", "no rule for this host and path");
      return;
    }
    Optional<InetSocketAddress> target = routes.next(rule.get());
    if (target.isEmpty()) {
      refuse(client, "503 Service Unavailable", "no pod is ready");
      return;
    }
    try (Socket pod = new Socket()) {
      pod.setTcpNoDelay(true);
      try {
        pod.connect(target.get(), CONNECT_MILLIS);
      } catch (IOException e) {
        refuse(client, "502 Bad Gateway", "the pod does not listen");
        return;
      }
      open.add(pod);
      try {
        forward(client, in, pod, request);
      } finally {
        open.remove(pod);
      }
    }
  }

  private static void forward(Socket client, InputStream in, Socket pod, Head request)
      throws IOException {
    OutputStream up = pod.getOutputStream();
    up.write(
        request.closing(
            "X-Forwarded-For: " + client.getInetAddress().getHostAddress(),
            "X-Forwarded-Host: " + request.field("host"),
            "X-Forwarded-Proto: http"));
    Thread body = Thread.ofVirtual().name("ingress body").start(() -> up(in, up, pod));
    InputStream answer = new BufferedInputStream(pod.getInputStream());
    OutputStream down = client.getOutputStream();
    Optional<Head> head = answer(answer);
    while (head.isPresent() && head.get().status() < 200 && head.get().status() != 101) {
      down.write(head.get().plain());
      head = answer(answer);
    }
    if (head.isEmpty()) {
      refuse(client, "502 Bad Gateway", "the pod closed the connection without an answer");
      return;
    }
    down.write(head.get().closing());
    try {
      pump(answer, down);
    } catch (IOException e) {
      // An answer that broke off must not look like one that ended.
      client.setSoLinger(true, 0);
      throw e;
    }
    client.shutdownOutput();
    try {
      // A client that still sends would otherwise lose the answer with the connection.
      body.join(FAREWELL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Optional<Head> answer(InputStream answer) {
    try {
      return Head.read(answer);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Passes on what the client sends; when it goes away the pod's connection is closed. */
  private static void up(InputStream in, OutputStream up, Socket pod) {
    byte[] chunk = new byte[CHUNK_BYTES];
    boolean listening = true;
    try {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        try {
          if (listening) {
            up.write(chunk, 0, read);
          }
        } catch (IOException e) {
          // The pod has heard enough; its answer may be on the way.
          listening = false;
        }
      }
    } catch (IOException e) {
      // The client was cut off.
    }
    try {
      pod.close();
    } catch (IOException e) {
      // It is closed as far as it can be.
    }
  }

  private static void pump(InputStream from, OutputStream to) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    for (int read = from.read(chunk); read >= 0; read = from.read(chunk)) {
      to.write(chunk, 0, read);
    }
  }

  private static void refuse(Socket client, String status, String words) throws IOException {
    byte[] body = (words + "\n").getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            .formatted(status, body.length);
    OutputStream out = client.getOutputStream();
    out.write(head.getBytes(StandardCharsets.US_ASCII));
    out.write(body);
    client.shutdownOutput();
    // What the client still sends is read, so that the answer is not lost with the connection.
    client.setSoTimeout((int) FAREWELL.toMillis());
    try {
      client.getInputStream().skip(CHUNK_BYTES);
    } catch (IOException e) {
      // It sends nothing and does not close either.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    routes.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
