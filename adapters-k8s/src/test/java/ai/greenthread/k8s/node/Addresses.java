package ai.greenthread.k8s.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * The addresses of one node: a network 10.a.b.0/24, whose members stand for the loopback addresses
 * 127.a.b.0/24. The API server refuses loopback addresses in Endpoints, and a process cannot listen
 * on others. The network is chosen by chance and held against other test runs on this machine.
 */
public final class Addresses implements AutoCloseable {
  private static final int LOCK_PORT = 47_913;
  private static final int ATTEMPTS = 1000;
  private static final int LAST = 254;

  private final String network;
  private final ServerSocket lock;
  private final BitSet taken = new BitSet();
  private int last = 1;

  private Addresses(String network, ServerSocket lock) {
    this.network = network;
    this.lock = lock;
  }

  /** Takes a network that nobody else has. */
  static Addresses take(RandomGenerator random) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      // Below 10.96 with its Services, and away from the 127.0.0.0/16 that everybody uses.
      String network = ".%d.%d.".formatted(random.nextInt(1, 90), random.nextInt(0, 256));
      ServerSocket lock = new ServerSocket();
      try {
        lock.bind(new InetSocketAddress(InetAddress.getByName("127" + network + 1), LOCK_PORT));
        return new Addresses(network, lock);
      } catch (IOException e) {
        lock.close();
      }
    }
    throw new IOException("no loopback network is free after " + ATTEMPTS + " attempts");
  }

  /** The node's own address. */
  String node() {
    return "10" + network + 1;
  }

  /** An address that no pod of this node has; the longest unused comes first. */
  synchronized String takePod() {
    for (int i = 0; i < LAST; i++) {
      last = last >= LAST ? 2 : last + 1;
      if (!taken.get(last)) {
        taken.set(last);
        return "10" + network + last;
      }
    }
    throw new IllegalStateException("more than " + (LAST - 1) + " pods on one node");
  }

  synchronized void free(String pod) {
    taken.clear(Integer.parseInt(pod.substring(pod.lastIndexOf('.') + 1)));
  }

  /** Where the processes behind an address of a pod or node listen; others stand for themselves. */
  public static String loopback(String address) {
    return address.startsWith("10.") ? "127" + address.substring(2) : address;
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
