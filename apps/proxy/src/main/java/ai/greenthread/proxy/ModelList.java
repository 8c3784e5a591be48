package ai.greenthread.proxy;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.server.Exchange;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** {@code /v1/models} and {@code /v1/models/{id}}; never wakes anything. */
final class ModelList {
  static final String PATH = "/v1/models";

  private static final Duration STARTING_RETRY = Duration.ofSeconds(1);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ReplicaDirectory directory;

  ModelList(ReplicaDirectory directory) {
    this.directory = directory;
  }

  void list(Exchange exchange) throws ClientGoneException {
    ObjectNode list = JSON.createObjectNode().put("object", "list");
    var data = list.putArray("data");
    directory.models().forEach(model -> data.add(item(model)));
    answer(exchange, list);
  }

  /** An id holds slashes, percent-encoded or not. */
  void one(Exchange exchange) throws ClientGoneException {
    String encoded = exchange.path().substring(PATH.length() + 1).replace("+", "%2B");
    String id = decoded(encoded);
    boolean knowsAll = directory.isReady();
    for (ReplicaDirectory.ServedModel model : directory.models()) {
      if (model.modelName().equals(id)) {
        answer(exchange, item(model));
        return;
      }
    }
    throw unknown(id, directory, knowsAll);
  }

  private static String decoded(String encoded) {
    try {
      return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST, "the model id in the URL is not properly percent-encoded");
    }
  }

  /**
   * Nobody is told that a model does not exist by a proxy that does not know them all yet.
   *
   * @param knowsAll whether the directory had been filled before the model was looked for
   */
  static ApiException unknown(String id, ReplicaDirectory directory, boolean knowsAll) {
    List<ReplicaDirectory.ServedModel> models = directory.models();
    String shown = id.length() > 120 ? id.substring(0, 120) + "…" : id;
    if (!knowsAll) {
      return new ApiException(
          ApiError.of(
                  ErrorCode.NO_REPLICA,
                  "the model `" + shown + "` is not known yet, as the engine has just been started")
              .withRetryAfter(STARTING_RETRY));
    }
    String known =
        models.isEmpty()
            ? "no model is declared yet"
            : "these are served: "
                + models.stream()
                    .map(ReplicaDirectory.ServedModel::modelName)
                    .collect(Collectors.joining(", "));
    return new ApiException(
        ApiError.of(ErrorCode.MODEL_NOT_FOUND, "the model `" + shown + "` does not exist; " + known)
            .withParam("model"));
  }

  private static ObjectNode item(ReplicaDirectory.ServedModel model) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", model.modelName())
        .put("object", "model")
        .put("created", model.created().getEpochSecond())
        .put("owned_by", "greenthread");
  }

  private static void answer(Exchange exchange, ObjectNode body) throws ClientGoneException {
    exchange.respondJson(200, body.toString().getBytes(StandardCharsets.UTF_8));
  }
}
