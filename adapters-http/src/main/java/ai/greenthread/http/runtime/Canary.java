package ai.greenthread.http.runtime;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelType;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.util.Optional;

/**
 * A short greedy question whose answer depends on the weights: four tokens of a completion, or the
 * first numbers of an embedding. A server that answers otherwise after a wake than before the sleep
 * lost its weights on the way, whatever its status codes say.
 */
final class Canary {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int EMBEDDING_NUMBERS = 8;

  private Canary() {}

  /** Empty for kinds of models that have no such short question. */
  static Optional<String> ask(AdminClient server, Model model, Duration limit)
      throws RuntimeFailure, InterruptedException {
    ModelType type = model.spec().modelType().orElse(ModelType.CHAT);
    return switch (type) {
      case CHAT -> Optional.of(completion(server, model.spec().modelName(), limit));
      case EMBEDDING -> Optional.of(embedding(server, model.spec().modelName(), limit));
      case TTS, ASR, RERANKER -> Optional.empty();
    };
  }

  private static String completion(AdminClient server, String modelName, Duration limit)
      throws RuntimeFailure, InterruptedException {
    String body =
        JsonNodeFactory.instance
            .objectNode()
            .put("model", modelName)
            .put("prompt", "Hello")
            .put("max_tokens", 4)
            .put("temperature", 0)
            .put("seed", 1)
            .toString();
    JsonNode answer = ask(server, "/v1/completions", body, limit);
    JsonNode text = answer.path("choices").path(0).path("text");
    if (!text.isTextual()) {
      throw new RuntimeFailure("the canary got an answer without text");
    }
    return text.textValue();
  }

  private static String embedding(AdminClient server, String modelName, Duration limit)
      throws RuntimeFailure, InterruptedException {
    String body =
        JsonNodeFactory.instance
            .objectNode()
            .put("model", modelName)
            .put("input", "Hello")
            .put("encoding_format", "float")
            .toString();
    JsonNode vector =
        ask(server, "/v1/embeddings", body, limit).path("data").path(0).path("embedding");
    if (!vector.isArray() || vector.isEmpty()) {
      throw new RuntimeFailure("the canary got an answer without an embedding");
    }
    var print = new StringBuilder();
    for (int i = 0; i < Math.min(EMBEDDING_NUMBERS, vector.size()); i++) {
      print.append(Math.round(vector.get(i).doubleValue() * 100)).append(' ');
    }
    return print.toString();
  }

  private static JsonNode ask(AdminClient server, String path, String body, Duration limit)
      throws RuntimeFailure, InterruptedException {
    AdminClient.Answer answer = server.post(path, body, limit);
    if (!answer.ok()) {
      throw new RuntimeFailure("the canary failed: " + AdminClient.refusal("POST", path, answer));
    }
    try {
      return JSON.readTree(answer.body());
    } catch (JsonProcessingException e) {
      throw new RuntimeFailure("the canary got an answer that is no JSON", e);
    }
  }
}
