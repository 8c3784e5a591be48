package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The ports of a pod that its node lends it: whoever connects to the node's address meets the pod.
 * A pod on the node's network needs none of this.
 */
final class HostPorts implements Closeable {
  private static final int CHUNK_BYTES = 16 * 1024;
  private static final int BACKLOG = 256;

  private final List<ServerSocket> listeners = new ArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /** Opens all that the pod's containers ask for, or none. */
  static HostPorts open(JsonObject pod, PodContext context) throws IOException {
    HostPorts ports = new HostPorts();
    try {
      for (JsonObject container : Tree.objects(pod, "spec", "containers")) {
        for (JsonObject port : Tree.objects(container, "ports")) {
          int host = Tree.number(0, port, "hostPort");
          if (host > 0 && !context.address().equals(context.nodeAddress())) {
            ports.lend(
                new InetSocketAddress(Addresses.loopback(context.nodeAddress()), host),
                new InetSocketAddress(context.loopback(), Tree.number(0, port, "containerPort")));
          }
        }
      }
      return ports;
    } catch (IOException e) {
      ports.close();
      throw e;
    }
  }

  private void lend(InetSocketAddress from, InetSocketAddress to) throws IOException {
    InetAddress address = from.getAddress();
    ServerSocket listener = new ServerSocket(from.getPort(), BACKLOG, address);
    listeners.add(listener);
    Thread.ofVirtual().name("host port " + from.getPort()).start(() -> accept(listener, to));
  }

  private void accept(ServerSocket listener, InetSocketAddress to) {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client, to));
      } catch (IOException e) {
        // Closed, or a client that left before it was met.
      }
    }
  }

  private void serve(Socket client, InetSocketAddress to) {
    try (client;
        Socket pod = new Socket()) {
      pod.connect(to);
      client.setTcpNoDelay(true);
      pod.setTcpNoDelay(true);
      open.add(pod);
      Thread.ofVirtual().start(() -> pump(client, pod));
      pump(pod, client);
      open.remove(pod);
    } catch (IOException e) {
      // The pod does not listen: the client is closed.
    } finally {
      open.remove(client);
    }
  }

  private static void pump(Socket from, Socket to) {
    try (to) {
      InputStream in = from.getInputStream();
      byte[] chunk = new byte[CHUNK_BYTES];
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        to.getOutputStream().write(chunk, 0, read);
      }
    } catch (IOException e) {
      // One side went away; the other is closed.
    }
  }

  @Override
  public void close() throws IOException {
    for (ServerSocket listener : listeners) {
      listener.close();
    }
    for (Socket socket : open) {
      socket.close();
    }
  }
}
