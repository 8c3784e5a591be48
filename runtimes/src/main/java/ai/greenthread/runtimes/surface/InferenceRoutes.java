package ai.greenthread.runtimes.surface;

import ai.greenthread.runtimes.http.Exchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The routes that read and write text. */
final class InferenceRoutes {
  /** Answer length of a plain completion that names none, as OpenAI and vLLM have it. */
  private static final int PLAIN_DEFAULT_TOKENS = 16;

  /** Texts in one embeddings request. */
  private static final int MAX_INPUTS = 2048;

  private final TextEngine engine;
  private final ServerMetrics metrics;
  private final RequestHistory history;
  private final Supplier<ErrorShape> errorShape;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final long startedAt;

  InferenceRoutes(
      TextEngine engine,
      ServerMetrics metrics,
      RequestHistory history,
      Supplier<ErrorShape> errorShape,
      InstantSource clock,
      RandomGenerator random) {
    this.engine = engine;
    this.metrics = metrics;
    this.history = history;
    this.errorShape = errorShape;
    this.clock = clock;
    this.random = random;
    this.startedAt = clock.instant().getEpochSecond();
  }

  void models(Exchange exchange) throws IOException {
    TextEngine.Served served = engine.served();
    List<Object> models = new ArrayList<>();
    for (String name : served.names()) {
      models.add(
          Json.object(
              "id",
              name,
              "object",
              "model",
              "created",
              startedAt,
              "owned_by",
              "vllm",
              "root",
              served.root(),
              "parent",
              null,
              "max_model_len",
              served.maxModelLen(),
              "permission",
              List.of()));
    }
    Replies.json(exchange, 200, Json.object("object", "list", "data", models));
  }

  void chat(Exchange exchange) throws IOException, InterruptedException {
    JsonObject body = Json.parseObject(exchange.request().body());
    String model = knownModel(body);
    RequestReading.refuseUnsupported(body);
    String prompt = engine.chatPrompt(RequestReading.messages(body));
    String id = id("chatcmpl-", exchange);
    AnswerShape shape = new AnswerShape.Chat(id, now(), model);
    answer(exchange, body, prompt, id, shape, OptionalInt.empty());
  }

  void completions(Exchange exchange) throws IOException, InterruptedException {
    JsonObject body = Json.parseObject(exchange.request().body());
    String model = knownModel(body);
    RequestReading.refuseUnsupported(body);
    String prompt = RequestReading.prompt(body, engine);
    String id = id("cmpl-", exchange);
    AnswerShape shape = new AnswerShape.Plain(id, now(), model);
    answer(exchange, body, prompt, id, shape, OptionalInt.of(PLAIN_DEFAULT_TOKENS));
  }

  private void answer(
      Exchange exchange,
      JsonObject body,
      String prompt,
      String id,
      AnswerShape shape,
      OptionalInt defaultTokens)
      throws IOException, InterruptedException {
    TextEngine.Served served = engine.served();
    int promptTokens = engine.tokenize(prompt).length;
    GenerationRequest request =
        new GenerationRequest(
            id,
            prompt,
            promptTokens,
            RequestReading.maxTokens(body, promptTokens, served.maxModelLen(), defaultTokens),
            RequestReading.sampling(body, served.defaultTemperature()),
            exchange.request());
    boolean withUsage =
        body.object("stream_options").map(o -> o.flag("include_usage", false)).orElse(false);
    AnswerSink sink =
        body.flag("stream", false)
            ? new AnswerSink.Stream(exchange, shape, withUsage, errorShape.get())
            : new AnswerSink.Whole(exchange, shape);
    List<String> stops = RequestReading.stops(body);
    new CompletionRun(exchange, request, sink, stops, metrics, history).run(engine);
  }

  void embeddings(Exchange exchange) throws IOException, InterruptedException {
    JsonObject body = Json.parseObject(exchange.request().body());
    String model = knownModel(body);
    List<String> inputs = inputs(body);
    boolean base64 = body.text("encoding_format").filter("base64"::equals).isPresent();
    List<Object> data = new ArrayList<>();
    int tokens = 0;
    for (String input : inputs) {
      int length = engine.tokenize(input).length;
      if (length > engine.served().maxModelLen()) {
        throw ApiError.badRequest(
            "This model's maximum context length is %d tokens. However, you requested %d tokens in the input for embedding generation. Please reduce the length of the input."
                .formatted(engine.served().maxModelLen(), length),
            "input");
      }
      tokens += length;
      float[] vector =
          engine
              .embed(input)
              .orElseThrow(
                  () -> ApiError.badRequest("The model does not support Embeddings API", "model"));
      data.add(
          Json.object(
              "index",
              data.size(),
              "object",
              "embedding",
              "embedding",
              base64 ? encoded(vector) : vector));
    }
    Replies.json(
        exchange,
        200,
        Json.object(
            "id",
            id("embd-", exchange),
            "object",
            "list",
            "created",
            now(),
            "model",
            model,
            "data",
            data,
            "usage",
            new AnswerShape.Usage(tokens, 0).json()));
  }

  private List<String> inputs(JsonObject body) {
    Object input = body.members().get("input");
    if (input instanceof List<?> list && !list.isEmpty() && list.getFirst() instanceof Long) {
      return List.of(engine.detokenize(body.integers("input")));
    }
    List<String> inputs = body.texts("input");
    if (inputs.isEmpty() || inputs.size() > MAX_INPUTS) {
      throw ApiError.badRequest("input must be 1 to " + MAX_INPUTS + " texts.", "input");
    }
    return inputs;
  }

  private static String encoded(float[] vector) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : vector) {
      bytes.putFloat(number);
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  void tokenize(Exchange exchange) throws IOException {
    JsonObject body = Json.parseObject(exchange.request().body());
    knownModel(body);
    String text =
        body.has("messages")
            ? engine.chatPrompt(RequestReading.messages(body))
            : body.requiredText("prompt");
    int[] tokens = engine.tokenize(text);
    Replies.json(
        exchange,
        200,
        Json.object(
            "count",
            tokens.length,
            "max_model_len",
            engine.served().maxModelLen(),
            "tokens",
            tokens,
            "token_strs",
            null));
  }

  void detokenize(Exchange exchange) throws IOException {
    JsonObject body = Json.parseObject(exchange.request().body());
    knownModel(body);
    Replies.json(exchange, 200, Json.object("prompt", engine.detokenize(body.integers("tokens"))));
  }

  /**
   * The asked-for name as the answer repeats it; the first served name where the request leaves it
   * out.
   */
  private String knownModel(JsonObject body) {
    List<String> names = engine.served().names();
    String asked = body.text("model").orElse(names.getFirst());
    if (!names.contains(asked)) {
      throw new ApiError(
          404,
          "The model `" + RequestReading.clip(asked) + "` does not exist.",
          Optional.of("model"));
    }
    return asked;
  }

  private String id(String prefix, Exchange exchange) {
    return prefix
        + exchange
            .request()
            .header("x-request-id")
            .filter(id -> id.length() <= 128 && id.chars().allMatch(InferenceRoutes::plain))
            .orElseGet(() -> hex(random.nextLong()) + hex(random.nextLong()));
  }

  private static boolean plain(int c) {
    return c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '_');
  }

  private static String hex(long bits) {
    return String.format("%016x", bits);
  }

  private long now() {
    return clock.instant().getEpochSecond();
  }

  /** Everything this class serves, by method and path. */
  Map<String, VllmSurface.Route> routes() {
    return Map.of(
        "GET /v1/models", this::models,
        "POST /v1/chat/completions", this::chat,
        "POST /v1/completions", this::completions,
        "POST /v1/embeddings", this::embeddings,
        "POST /tokenize", this::tokenize,
        "POST /detokenize", this::detokenize);
  }
}
