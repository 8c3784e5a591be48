package ai.greenthread.examples;

import ai.greenthread.domain.Bytes;
import ai.greenthread.standalone.Standalone;
import ai.greenthread.standalone.StandaloneConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;

/** An engine inside a program: serves the models of a folder and asks one of them a question. */
public final class Embed {
  private Embed() {}

  public static void main(String[] folders) throws Exception {
    var config =
        StandaloneConfig.in(Path.of(folders[0])) // applied models, logs, what was measured
            .withVirtualGpus(Bytes.ofMiB(160)) // leave it out to use the machine's GPUs
            .withManifests(Path.of(folders[1])); // files and folders of Model manifests
    try (var engine = Standalone.start(config, step -> System.err.println(step))) {
      System.out.println(ask(engine.proxy(), "greenthread/tiny-chat-fast"));
    }
  }

  private static String ask(URI proxy, String model) throws Exception {
    var body =
        """
        {"model": "%s", "temperature": 0,
         "messages": [{"role": "user", "content": "What is the capital of Norway?"}]}\
        """
            .formatted(model);
    var request =
        HttpRequest.newBuilder(proxy.resolve("/v1/chat/completions"))
            .POST(BodyPublishers.ofString(body));
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request.build(), BodyHandlers.ofString()).body();
    }
  }
}
