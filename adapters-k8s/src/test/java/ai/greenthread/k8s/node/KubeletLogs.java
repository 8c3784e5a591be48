package ai.greenthread.k8s.node;

import ai.greenthread.k8s.controlplane.Pki;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x509.GeneralName;

/** The part of a kubelet's own API that {@code kubectl logs} needs: {@code /containerLogs}. */
final class KubeletLogs implements AutoCloseable {
  private static final int PORT = 10250;
  private static final int CHUNK_BYTES = 16 * 1024;
  private static final Duration LOOK = Duration.ofMillis(50);

  /** Where logs are. */
  interface Source {
    /** The log of a container's latest start; empty where no such container runs here. */
    Optional<Path> log(String namespace, String pod, String container);
  }

  private final Source source;
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile boolean closed;

  /**
   * @param address the node's loopback address
   */
  KubeletLogs(Pki pki, String node, String address, Source source) throws IOException {
    this.source = source;
    this.server = HttpsServer.create(new InetSocketAddress(address, PORT), 0);
    try {
      pki.issue(
          "kubelet-" + node,
          "CN=system:node:" + node,
          new GeneralName(GeneralName.iPAddress, address));
      server.setHttpsConfigurator(new HttpsConfigurator(tls(pki, "kubelet-" + node)));
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot make the kubelet's certificate", e);
    }
    server.setExecutor(threads);
    server.createContext("/containerLogs/", this::serve);
    server.start();
  }

  private static SSLContext tls(Pki pki, String name) throws IOException, GeneralSecurityException {
    String pem = Files.readString(pki.file(name + ".key")).replaceAll("-----[^-]+-----|\\s", "");
    var key =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    Certificate certificate;
    try (var in = Files.newInputStream(pki.file(name + ".crt"))) {
      certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, new char[0]);
    store.setKeyEntry(name, key, new char[0], new Certificate[] {certificate});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String[] names = exchange.getRequestURI().getPath().split("/", -1);
      String query = "&" + Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse("");
      Optional<Path> log =
          names.length == 5 ? source.log(names[2], names[3], names[4]) : Optional.empty();
      if (log.isEmpty()) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", "text/plain");
      exchange.sendResponseHeaders(200, 0);
      send(exchange.getResponseBody(), log.get(), query);
    }
  }

  private void send(OutputStream out, Path log, String query) throws IOException {
    int tail =
        query.contains("&tailLines=")
            ? Integer.parseInt(query.replaceAll(".*&tailLines=([0-9]+).*", "$1"))
            : Integer.MAX_VALUE;
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      byte[] all = new byte[(int) file.length()];
      file.readFully(all);
      List<String> lines = new String(all, StandardCharsets.UTF_8).lines().toList();
      for (String line : lines.subList(Math.max(0, lines.size() - tail), lines.size())) {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      }
      out.flush();
      byte[] chunk = new byte[CHUNK_BYTES];
      while (query.contains("&follow=true") && !closed) {
        int read = file.read(chunk);
        if (read > 0) {
          out.write(chunk, 0, read);
          out.flush();
        } else {
          Thread.sleep(LOOK);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    server.stop(0);
    threads.shutdownNow();
  }
}
