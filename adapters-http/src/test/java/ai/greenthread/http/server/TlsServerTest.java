package ai.greenthread.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.http.server.ServerIdentity.Credential;
import ai.greenthread.http.testkit.RawClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TlsServerTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private static final Credential FIRST = credential("CN=first");
  private static final Credential SECOND = credential("CN=second");

  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch left = new CountDownLatch(1);
  private final ServerIdentity identity = new ServerIdentity(FIRST, Duration.ofMillis(500));
  private final HttpServer server =
      HttpServer.startTls(
          ServerSettings.loopback(0),
          Routes.builder()
              .get("/hello", exchange -> exchange.respond(200, "text/plain", bytes("hello")))
              .post("/echo", exchange -> exchange.respond(200, "text/plain", exchange.body()))
              .get("/wait", this::waitForTheClientToLeave)
              .build(),
          new SplittableRandom(1),
          identity);

  private static Credential credential(String name) {
    try {
      Path folder = Files.createTempDirectory("tls");
      Path file = folder.resolve("store.p12");
      try {
        return credential(file, name);
      } finally {
        Files.deleteIfExists(file);
        Files.delete(folder);
      }
    } catch (IOException | GeneralSecurityException | InterruptedException e) {
      throw new IllegalStateException("cannot make a certificate", e);
    }
  }

  private static Credential credential(Path file, String name)
      throws IOException, GeneralSecurityException, InterruptedException {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                name,
                "-ext",
                "san=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return new Credential(
        List.of((X509Certificate) store.getCertificate("server")),
        (PrivateKey) store.getKey("server", PASSWORD));
  }

  private static SSLContext trusting(Credential... shown)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (Credential credential : shown) {
      store.setCertificateEntry(credential.toString(), credential.chain().getFirst());
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static HttpClient client(Credential... trusted) throws Exception {
    return HttpClient.newBuilder().sslContext(trusting(trusted)).build();
  }

  private HttpResponse<String> get(HttpClient client) throws Exception {
    return client.send(
        HttpRequest.newBuilder(server.uri().resolve("/hello")).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void waitForTheClientToLeave(Exchange exchange) throws InterruptedException {
    exchange.cancellation().bind(left::countDown);
    exchange.watchClient();
    arrived.countDown();
    left.await();
  }

  @AfterEach
  void stop() {
    left.countDown();
    server.close();
  }

  @Test
  void answersOverTlsOnOneConnectionLargeBodiesIncluded() throws Exception {
    HttpClient client = client(FIRST);
    String large = "x".repeat(1 << 20);

    for (int i = 0; i < 20; i++) {
      assertThat(get(client).body()).isEqualTo("hello");
    }
    HttpResponse<String> echoed =
        client.send(
            HttpRequest.newBuilder(server.uri().resolve("/echo"))
                .POST(HttpRequest.BodyPublishers.ofString(large))
                .build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(server.uri().getScheme()).isEqualTo("https");
    assertThat(echoed.body()).isEqualTo(large);
    assertThat(echoed.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
  }

  @Test
  void aReplacedCertificateIsShownToNewConnectionsAndOldOnesGoOn() throws Exception {
    HttpClient before = client(FIRST);
    assertThat(get(before).statusCode()).isEqualTo(200);

    identity.replace(SECOND);

    assertThat(get(before).statusCode()).isEqualTo(200);
    assertThat(get(client(SECOND)).statusCode()).isEqualTo(200);
    assertThatThrownBy(() -> get(client(FIRST))).isInstanceOf(IOException.class);
    assertThat(identity.credential()).isEqualTo(SECOND);
  }

  @Test
  void requestsFlowOnWhileTheCertificateIsReplacedAgainAndAgain() throws Exception {
    for (int i = 0; i < 30; i++) {
      identity.replace(i % 2 == 0 ? SECOND : FIRST);
      assertThat(get(client(FIRST, SECOND)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aClientThatLeavesIsFelt() throws Exception {
    try (SSLSocket socket = connect()) {
      socket
          .getOutputStream()
          .write(bytes("GET /wait HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\n\r\n"));
      assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
    }

    assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
  }

  private SSLSocket connect() throws Exception {
    SSLSocket socket =
        (SSLSocket)
            trusting(FIRST)
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.port());
    socket.startHandshake();
    return socket;
  }

  @Test
  void aClientThatNeverFinishesItsHandshakeIsLetGo() throws Exception {
    try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      silent.setSoTimeout(20_000);

      assertThat(silent.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(get(client(FIRST)).statusCode()).isEqualTo(200);
  }

  @Test
  void whoSpeaksPlainHttpHarmsNobody() throws Exception {
    try (RawClient plain = new RawClient(server.port())) {
      plain.get("/hello");
    }
    assertThat(get(client(FIRST)).statusCode()).isEqualTo(200);
  }
}
