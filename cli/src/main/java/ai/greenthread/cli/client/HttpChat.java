package ai.greenthread.cli.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A chat API that is met at a URL. */
final class HttpChat implements ChatApi {
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final URI completions;

  /**
   * @param base where the API is, with or without its {@code /v1}
   */
  HttpChat(String base) {
    String bare = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    this.completions =
        URI.create((bare.endsWith("/v1") ? bare : bare + "/v1") + "/chat/completions");
  }

  @Override
  public URI url() {
    return completions;
  }

  @Override
  public Reply ask(String request) throws IOException, InterruptedException {
    HttpRequest post =
        HttpRequest.newBuilder(completions)
            .timeout(FIRST_BYTE)
            .header("Content-Type", "application/json")
            .header("Accept", "text/event-stream")
            .POST(BodyPublishers.ofString(request))
            .build();
    HttpResponse<InputStream> response = http.send(post, BodyHandlers.ofInputStream());
    return new Reply(response.statusCode(), response.body());
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
