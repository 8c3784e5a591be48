package ai.greenthread.k8s.controlplane;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.node.Addresses;
import ai.greenthread.k8s.node.Tree;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The API server's way into the cluster: webhooks and proxied requests go to Services and pods,
 * whose addresses exist only in objects. The server is told to ask this for connections, as it does
 * where it stands outside of the cluster's network (its egress selector), and this leads a
 * Service's address to a ready pod's loopback address.
 */
final class ServiceNetwork implements Closeable {
  private static final int CHUNK_BYTES = 16 * 1024;
  private static final int LONGEST_HEAD_BYTES = 8 * 1024;
  private static final Pattern NAME_OF_A_SERVICE = Pattern.compile("([^.]+)\\.([^.]+)\\.svc");

  private final Path home;
  private final ServerSocketChannel listener;
  private final ServerSocketChannel proxy;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private volatile @Nullable JsonApi api;

  ServiceNetwork() throws IOException {
    // A socket's path has to be short, which a build's folder need not be.
    this.home = Files.createTempDirectory("gt");
    this.listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket()));
    this.proxy = ServerSocketChannel.open();
    proxy.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Files.writeString(
        configuration(),
        """
        apiVersion: apiserver.k8s.io/v1beta1
        kind: EgressSelectorConfiguration
        egressSelections:
        - name: cluster
          connection:
            proxyProtocol: HTTPConnect
            transport: {uds: {udsName: "%s"}}
        """
            .formatted(socket()));
    for (ServerSocketChannel one : List.of(listener, proxy)) {
      Thread.ofVirtual().name("service network").start(() -> accept(one));
    }
  }

  private Path socket() {
    return home.resolve("s");
  }

  /** For the API server's {@code --egress-selector-config-file}. */
  Path configuration() {
    return home.resolve("egress.yaml");
  }

  /** The same way for a server that knows HTTP proxies only, as a URL. */
  String proxy() throws IOException {
    return "http://127.0.0.1:" + ((InetSocketAddress) proxy.getLocalAddress()).getPort();
  }

  /** From now on Services can be found. */
  void resolveBy(JsonApi server) {
    api = server;
  }

  private void accept(ServerSocketChannel door) {
    while (door.isOpen()) {
      try {
        SocketChannel server = door.accept();
        open.add(server);
        Thread.ofVirtual().name("service connection").start(() -> serve(server));
      } catch (IOException e) {
        // Closed, or a caller that left before it was met.
      }
    }
  }

  private void serve(SocketChannel server) {
    try (server) {
      InputStream in = Channels.newInputStream(server);
      OutputStream out = Channels.newOutputStream(server);
      String[] words = head(in).split(" ", -1);
      Optional<InetSocketAddress> target =
          words.length > 1 && words[0].equals("CONNECT") ? resolve(words[1]) : Optional.empty();
      if (target.isEmpty()) {
        out.write("HTTP/1.1 503 nobody is there\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return;
      }
      try (SocketChannel pod = SocketChannel.open(target.get())) {
        open.add(pod);
        out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        Thread.ofVirtual().start(() -> pump(in, pod));
        pump(Channels.newInputStream(pod), server);
        open.remove(pod);
      }
    } catch (IOException e) {
      // The server notices that its connection is closed.
    } finally {
      open.remove(server);
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (head.size() < LONGEST_HEAD_BYTES) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      head.write(next);
      String text = head.toString(StandardCharsets.ISO_8859_1);
      if (text.endsWith("\r\n\r\n")) {
        return text;
      }
    }
    throw new IOException("no head of a request");
  }

  private static void pump(InputStream from, SocketChannel to) {
    try (to) {
      OutputStream out = Channels.newOutputStream(to);
      byte[] chunk = new byte[CHUNK_BYTES];
      for (int read = from.read(chunk); read >= 0; read = from.read(chunk)) {
        out.write(chunk, 0, read);
      }
    } catch (IOException e) {
      // One side went away; the other is closed.
    }
  }

  /** Where connections to a Service's or a pod's address and port lead. */
  private Optional<InetSocketAddress> resolve(String target) throws IOException {
    int colon = target.lastIndexOf(':');
    String host = target.substring(0, Math.max(0, colon));
    String port = target.substring(colon + 1);
    JsonApi server = api;
    if (server == null) {
      return Optional.empty();
    }
    Matcher named = NAME_OF_A_SERVICE.matcher(host);
    if (named.matches()) {
      String path = "/api/v1/namespaces/%s/services/%s".formatted(named.group(2), named.group(1));
      return endpoint(server, server.get(path).body(), port);
    }
    for (JsonObject service : list(server, "/api/v1/services")) {
      if (Tree.text("", service, "spec", "clusterIP").equals(host)) {
        return endpoint(server, service, port);
      }
    }
    return Optional.of(new InetSocketAddress(Addresses.loopback(host), Integer.parseInt(port)));
  }

  private static List<JsonObject> list(JsonApi server, String path) throws IOException {
    return Tree.objects(server.get(path).body(), "items");
  }

  private static Optional<InetSocketAddress> endpoint(
      JsonApi server, JsonObject service, String port) throws IOException {
    String path =
        "/api/v1/namespaces/%s/endpoints/%s"
            .formatted(
                Tree.text("", service, "metadata", "namespace"),
                Tree.text("", service, "metadata", "name"));
    Answer endpoints = server.get(path);
    List<InetSocketAddress> ready = new ArrayList<>();
    for (JsonObject one : Tree.objects(service, "spec", "ports")) {
      if (!Tree.text("", one, "port").equals(port)) {
        continue;
      }
      String name = Tree.text("", one, "name");
      for (JsonObject subset : Tree.objects(endpoints.body(), "subsets")) {
        for (JsonObject address : Tree.objects(subset, "addresses")) {
          for (JsonObject behind : Tree.objects(subset, "ports")) {
            if (Tree.text("", behind, "name").equals(name)) {
              ready.add(
                  new InetSocketAddress(
                      Addresses.loopback(Tree.text("", address, "ip")),
                      Tree.number(0, behind, "port")));
            }
          }
        }
      }
    }
    // By chance, as kube-proxy does.
    return ready.isEmpty()
        ? Optional.empty()
        : Optional.of(ready.get(ThreadLocalRandom.current().nextInt(ready.size())));
  }

  @Override
  public void close() throws IOException {
    listener.close();
    proxy.close();
    for (SocketChannel channel : open) {
      channel.close();
    }
    Files.deleteIfExists(socket());
    Files.deleteIfExists(configuration());
    Files.deleteIfExists(home);
  }
}
