package ai.greenthread.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 600 requests of 60 clients over three models of which one fits: every one ends, once, well. */
class ManyClientsTest {
  private static final int CLIENTS = 60;
  private static final int REQUESTS = 600;
  private static final int STREAMS = 100;

  private record Outcome(String model, boolean stream, String problem, double seconds) {}

  @Test
  void everyRequestEndsOnceAndNoneWaitsLongerThanThePrintedBound(@TempDir Path data)
      throws Exception {
    try (Engine gt = Engine.start(data);
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        HttpClient http = HttpClient.newHttpClient()) {
      Map<String, Double> bounds = bounds(gt);
      assertThat(bounds).as("printed bounds").containsOnlyKeys(Engine.DEMO.toArray(String[]::new));

      var next = new AtomicInteger();
      var work = new ArrayList<Callable<List<Outcome>>>();
      for (int client = 0; client < CLIENTS; client++) {
        work.add(() -> {
          var mine = new ArrayList<Outcome>();
          int number = next.getAndIncrement();
          while (number < REQUESTS) {
            String model = Engine.DEMO.get(number % Engine.DEMO.size());
            mine.add(ask(http, gt, model, number % (REQUESTS / STREAMS) == 0));
            number = next.getAndIncrement();
          }
          return mine;
        });
      }
      var outcomes = new ArrayList<Outcome>();
      for (Future<List<Outcome>> done : clients.invokeAll(work)) {
        outcomes.addAll(done.get());
      }

      assertThat(outcomes).hasSize(REQUESTS);
      assertThat(outcomes).filteredOn(Outcome::stream).hasSize(STREAMS);
      assertThat(outcomes).filteredOn(outcome -> !outcome.problem().isEmpty()).isEmpty();
      for (String model : Engine.DEMO) {
        List<Double> waits =
            outcomes.stream()
                .filter(outcome -> outcome.model().equals(model))
                .map(Outcome::seconds)
                .sorted()
                .toList();
        System.out.printf(
            "%s: %d requests, p50 %.2f s, longest %.2f s, bound %.1f s%n",
            model,
            waits.size(),
            waits.get(waits.size() / 2),
            Collections.max(waits),
            bounds.get(model));
        assertThat(Collections.max(waits)).isLessThanOrEqualTo(bounds.get(model));
      }
      JsonNode gpus = Engine.JSON.readTree(gt.here("get", "gpus", "-o", "json").output());
      assertThat(gpus.path("items").path(0).path("status").path("overcommits"))
          .as("how often the ledger charged more than the device has")
          .hasToString("0");
      assertThat(gt.metricSum("gthread_sidecar_preemptions_total")).isGreaterThan(0);
    }
  }

  private static Map<String, Double> bounds(Engine gt) throws Exception {
    var bounds = new TreeMap<String, Double>();
    JsonNode models = Engine.JSON.readTree(gt.here("get", "models", "-o", "json").output());
    for (JsonNode model : models.path("items")) {
      JsonNode bound = model.path("status").path("waitBoundSeconds");
      if (bound.isNumber()) {
        bounds.put(model.path("metadata").path("name").asText(), bound.doubleValue());
      }
    }
    return bounds;
  }

  private static Outcome ask(HttpClient http, Engine gt, String model, boolean stream) {
    long start = System.nanoTime();
    String problem = "";
    try {
      HttpResponse<String> response =
          http.send(
              Engine.post(
                  gt.proxy().resolve("/v1/chat/completions"),
                  Engine.chatBody(model, Engine.QUESTION, stream)),
              BodyHandlers.ofString());
      problem = stream ? judgeStream(response) : judge(response);
    } catch (Exception e) {
      problem = e.toString();
    }
    return new Outcome(model, stream, problem, (System.nanoTime() - start) / 1e9);
  }

  private static String judge(HttpResponse<String> response) throws Exception {
    if (response.statusCode() != 200) {
      return response.statusCode() + " " + response.body();
    }
    String answer = Engine.answer(response);
    return answer.equals(Engine.ANSWER) ? "" : "answered " + answer;
  }

  private static String judgeStream(HttpResponse<String> response) throws Exception {
    if (response.statusCode() != 200) {
      return response.statusCode() + " " + response.body();
    }
    var text = new StringBuilder();
    int ends = 0;
    for (String line : response.body().lines().toList()) {
      if (line.equals("data: [DONE]")) {
        ends++;
      } else if (line.startsWith("data: ")) {
        JsonNode chunk = Engine.JSON.readTree(line.substring("data: ".length()));
        text.append(chunk.path("choices").path(0).path("delta").path("content").asText(""));
      }
    }
    return ends == 1 && text.toString().equals(Engine.ANSWER)
        ? ""
        : "streamed " + text + " with " + ends + " ends";
  }
}
