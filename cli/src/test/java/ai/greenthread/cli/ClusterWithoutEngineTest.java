package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cluster in which nobody defined GreenThread's kinds of object is said to have no engine. */
class ClusterWithoutEngineTest {
  private static final String MODEL =
      """
      apiVersion: greenthread.ai/v1alpha1
      kind: Model
      metadata: {name: one}
      spec: {modelName: org/one, modelType: chat}
      """;

  // JUnit sets both before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private HttpServer server;

  /** Whether the person may not even ask for Models. */
  private volatile boolean forbidden;

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          boolean refused =
              forbidden && exchange.getRequestURI().getPath().startsWith("/apis/greenthread.ai/");
          byte[] text =
              (refused
                      ? """
                      {"kind": "Status", "message": "models.greenthread.ai is forbidden: User \\"jane\\"
                       cannot list resource \\"models\\" in API group \\"greenthread.ai\\" at the cluster
                       scope"}
                      """
                          .replace("\n", "")
                      : "404 page not found\n")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(refused ? 403 : 404, text.length);
          exchange.getResponseBody().write(text);
          exchange.close();
        });
    server.start();
    Files.writeString(
        folder.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        current-context: bare
        contexts: [{name: bare, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: 'http://127.0.0.1:%d'}}]
        users: [{name: u, user: {token: t}}]
        """
            .formatted(server.getAddress().getPort()));
    Files.writeString(folder.resolve("model.yaml"), MODEL);
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "get models",
        "get models -n team",
        "get gpus",
        "describe model one",
        "wake one",
        "delete model one",
        "apply --dry-run -f",
        "apply -f",
        "delete -f"
      })
  void everyCommandSaysSo(String line) {
    for (boolean each : new boolean[] {false, true}) {
      forbidden = each;
      String words = line.endsWith("-f") ? line + " " + folder.resolve("model.yaml") : line;
      Run.Result result =
          new Run(folder.resolve("no-engine"))
              .gtctl((words + " --kubeconfig " + folder.resolve("kubeconfig")).split(" ", -1));
      assertThat(result.code()).as(result.err()).isEqualTo(3);
      assertThat(result.err())
          .contains("no engine is installed in context bare (http://127.0.0.1:")
          .contains("its API server knows no Models", "helm upgrade --install greenthread")
          .contains("kubectl config get-contexts");
    }
  }
}
