package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** What a probe or a hook of a container does once: a request, a connection or a command. */
final class Probe {
  private Probe() {}

  /**
   * The container that is asked.
   *
   * @param address loopback address of its pod
   * @param environment for commands
   */
  record Target(
      String address,
      JsonObject container,
      Map<String, String> environment,
      Mounts mounts,
      Path directory) {}

  /** Whether the action succeeds within its time; interruptible. */
  static boolean succeeds(JsonObject action, Target target, int seconds)
      throws InterruptedException {
    try {
      if (action.has("httpGet")) {
        return http(Tree.object(action, "httpGet"), target, seconds);
      }
      if (action.has("tcpSocket")) {
        return tcp(Tree.object(action, "tcpSocket"), target, seconds);
      }
      if (action.has("exec")) {
        return command(Tree.texts(action, "exec", "command"), target, seconds);
      }
      return false;
    } catch (IOException | GeneralSecurityException e) {
      return false;
    }
  }

  private static int port(JsonObject action, Target target) throws IOException {
    String port = Tree.text("", action, "port");
    if (port.matches("[0-9]+")) {
      return Integer.parseInt(port);
    }
    return Tree.objects(target.container(), "ports").stream()
        .filter(one -> Tree.text("", one, "name").equals(port))
        .map(one -> Tree.number(0, one, "containerPort"))
        .findFirst()
        .orElseThrow(() -> new IOException("no port named " + port));
  }

  private static boolean http(JsonObject get, Target target, int seconds)
      throws IOException, GeneralSecurityException {
    boolean secure = Tree.text("HTTP", get, "scheme").equals("HTTPS");
    String path = Tree.text("/", get, "path");
    URI uri =
        URI.create(
            "%s://%s:%d%s"
                .formatted(
                    secure ? "https" : "http",
                    Addresses.loopback(Tree.text(target.address(), get, "host")),
                    port(get, target),
                    path.startsWith("/") ? path : "/" + path));
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    if (connection instanceof HttpsURLConnection https) {
      https.setSSLSocketFactory(trustingAll().getSocketFactory());
      https.setHostnameVerifier((host, session) -> true);
    }
    connection.setConnectTimeout(seconds * 1000);
    connection.setReadTimeout(seconds * 1000);
    connection.setInstanceFollowRedirects(false);
    connection.setRequestProperty("User-Agent", "kube-probe/stand-in");
    connection.setRequestProperty("Connection", "close");
    for (JsonObject header : Tree.objects(get, "httpHeaders")) {
      connection.setRequestProperty(Tree.text("", header, "name"), Tree.text("", header, "value"));
    }
    try {
      int status = connection.getResponseCode();
      return status >= 200 && status < 400;
    } finally {
      connection.disconnect();
    }
  }

  /** A kubelet checks no certificate of a probe either. */
  private static SSLContext trustingAll() throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    TrustManager trusting =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    context.init(null, new TrustManager[] {trusting}, null);
    return context;
  }

  private static boolean tcp(JsonObject socket, Target target, int seconds) throws IOException {
    try (Socket connection = new Socket()) {
      String host = Addresses.loopback(Tree.text(target.address(), socket, "host"));
      connection.connect(new InetSocketAddress(host, port(socket, target)), seconds * 1000);
      return true;
    }
  }

  private static boolean command(List<String> command, Target target, int seconds)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(target.mounts().onHost(command))
            .directory(target.directory().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(target.environment());
    Process process = builder.start();
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS) && process.exitValue() == 0;
    } finally {
      process.destroyForcibly();
    }
  }
}
