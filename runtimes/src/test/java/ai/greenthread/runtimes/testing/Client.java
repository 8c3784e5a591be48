package ai.greenthread.runtimes.testing;

import ai.greenthread.runtimes.surface.Json;
import ai.greenthread.runtimes.surface.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A plain client of one server. */
public final class Client implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final String base;

  public Client(String base) {
    this.base = base;
  }

  /** A complete answer. */
  public record Answer(int status, String body) {
    public JsonObject json() {
      return Json.parseObject(body.getBytes(StandardCharsets.UTF_8));
    }

    /** The text of the first choice, of a chat or a plain completion. */
    public String text() {
      JsonObject choice = json().objects("choices").getFirst();
      return choice
          .object("message")
          .map(message -> message.requiredText("content"))
          .orElseGet(() -> choice.requiredText("text"));
    }

    public String finishReason() {
      return json().objects("choices").getFirst().requiredText("finish_reason");
    }

    public JsonObject usage() {
      return json().object("usage").orElseThrow();
    }

    public JsonObject error() {
      return json().object("error").orElseThrow();
    }
  }

  public Answer get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(URI.create(base + path)).GET().build());
  }

  public Answer post(String path) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(URI.create(base + path)).POST(BodyPublishers.noBody()).build());
  }

  public Answer post(String path, Map<String, ?> body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .POST(BodyPublishers.ofByteArray(Json.bytes(body)));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request.build());
  }

  public Answer postRaw(String path, String body) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(URI.create(base + path))
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private Answer send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    return new Answer(response.statusCode(), response.body());
  }

  /** The data of every event of a streamed answer, to its end. */
  public List<String> stream(String path, Map<String, ?> body)
      throws IOException, InterruptedException {
    HttpResponse<Stream<String>> response =
        http.send(
            HttpRequest.newBuilder(URI.create(base + path))
                .POST(BodyPublishers.ofByteArray(Json.bytes(body)))
                .build(),
            BodyHandlers.ofLines());
    List<String> events = new ArrayList<>();
    response.body().filter(line -> !line.isEmpty()).forEach(events::add);
    return events.stream().map(line -> line.substring("data: ".length())).toList();
  }

  /** A bare connection to the server. */
  public Socket connect() throws IOException {
    URI uri = URI.create(base);
    return new Socket(uri.getHost(), uri.getPort());
  }

  /**
   * Sends a request over a bare socket and does not read the answer: the caller may leave when it
   * likes.
   */
  public Socket leaveLater(String path, Map<String, ?> body) throws IOException {
    Socket socket = connect();
    byte[] bytes = Json.bytes(body);
    String head =
        "POST " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + bytes.length + "\r\n\r\n";
    OutputStream out = socket.getOutputStream();
    out.write(head.getBytes(StandardCharsets.US_ASCII));
    out.write(bytes);
    out.flush();
    return socket;
  }

  /** Reads a socket's lines up to one that contains the text. */
  public static void readUntil(Socket socket, String text) throws IOException {
    BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8), 1);
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.contains(text)) {
        return;
      }
    }
    throw new IOException("the stream ended without " + text);
  }

  /** One sample of the metrics page, by a part of its name and labels. */
  public double metric(String name, String label) throws IOException, InterruptedException {
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{") && line.contains(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElseThrow(() -> new IOException("no metric " + name + " with " + label));
  }

  /** A chat of one question. */
  public static Map<String, Object> question(String model, String text) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("model", model);
    body.put("messages", List.of(Map.of("role", "user", "content", text)));
    body.put("temperature", 0);
    return body;
  }

  /** The same body with one more member. */
  public static Map<String, Object> with(Map<String, Object> body, String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(body);
    more.put(name, value);
    return more;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
