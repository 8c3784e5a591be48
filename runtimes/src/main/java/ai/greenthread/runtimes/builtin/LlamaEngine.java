package ai.greenthread.runtimes.builtin;

import ai.greenthread.runtimes.gguf.GgufHeader;
import ai.greenthread.runtimes.surface.ApiError;
import ai.greenthread.runtimes.surface.ChatMessage;
import ai.greenthread.runtimes.surface.FinishReason;
import ai.greenthread.runtimes.surface.Generation;
import ai.greenthread.runtimes.surface.GenerationRequest;
import ai.greenthread.runtimes.surface.GenerationRequest.Sampling;
import ai.greenthread.runtimes.surface.Json;
import ai.greenthread.runtimes.surface.TextEngine;
import ai.greenthread.runtimes.surface.Turns;
import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaIterator;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A GGUF model in llama.cpp. */
final class LlamaEngine implements TextEngine {
  private static final Logger LOG = System.getLogger(LlamaEngine.class.getName());

  /** Tokens in the first piece of a long prompt. */
  private static final int FIRST_PIECE = 32;

  /** Fewest tokens in any piece. */
  private static final int SHORTEST_PIECE = 8;

  /**
   * How long reading a piece of the prompt should take: a client that leaves stops the reading at
   * the end of the piece.
   */
  private static final double PIECE_NANOS = 40e6;

  /**
   * Tokens computed in one step; small, because its buffers are what a small model's memory mostly
   * consists of.
   */
  private static final int BATCH = 128;

  private final LlamaModel model;
  private final Served served;
  private final ChatTemplate template;
  private final Turns turns;
  private final ExecutorService workers;
  private final Optional<Integer> beginToken;

  private LlamaEngine(
      LlamaModel model, Served served, Turns turns, int workers, Optional<Integer> beginToken) {
    this.model = model;
    this.served = served;
    this.template = new ChatTemplate(messages -> applyTemplate(model, messages));
    this.turns = turns;
    this.beginToken = beginToken;
    // Platform threads: a native call would keep a virtual thread's carrier to itself.
    this.workers =
        Executors.newFixedThreadPool(
            workers, Thread.ofPlatform().daemon().name("llama-", 0).factory());
  }

  /**
   * Loads a model; takes as long as its file is large. The native library must find its temporary
   * folder already set.
   *
   * @throws IOException where llama.cpp cannot load it
   */
  static LlamaEngine load(Path file, GgufHeader header, BuiltinOptions options, Turns turns)
      throws IOException {
    int context =
        options.ctxSize() > 0 ? options.ctxSize() : (int) header.contextLength().orElse(2048);
    ModelParameters parameters =
        new ModelParameters()
            .setModel(file.toString())
            .setThreads(options.threads())
            .setThreadsBatch(options.threads())
            .setCtxSize(context * options.maxNumSeqs())
            .setParallel(options.maxNumSeqs())
            .setBatchSize(BATCH)
            .setUbatchSize(BATCH)
            .disableContextShift()
            .enableJinja()
            .disableLog();
    return new LlamaEngine(
        open(file, parameters),
        new Served(options.servedNames(), file.toString(), context, options.defaultTemperature()),
        turns,
        options.maxNumSeqs(),
        beginToken(header));
  }

  private static LlamaModel open(Path file, ModelParameters parameters) throws IOException {
    try {
      return new LlamaModel(parameters);
    } catch (RuntimeException e) {
      throw new IOException("llama.cpp cannot load " + file + ": " + e.getMessage(), e);
    }
  }

  private static Optional<Integer> beginToken(GgufHeader header) {
    boolean sentencePiece = header.text("tokenizer.ggml.model").equals(Optional.of("llama"));
    if (!header.flag("tokenizer.ggml.add_bos_token").orElse(sentencePiece)) {
      return Optional.empty();
    }
    return Optional.of((int) header.number("tokenizer.ggml.bos_token_id").orElse(1));
  }

  @Override
  public Served served() {
    return served;
  }

  @Override
  public boolean alive() {
    return true;
  }

  @Override
  public String version() {
    return "0.1.0-builtin";
  }

  @Override
  public String chatPrompt(List<ChatMessage> messages) {
    try {
      return template.render(messages);
    } catch (RuntimeException _) {
      throw ApiError.badRequest(
          "The model's chat template cannot render this conversation.", "messages");
    }
  }

  private static String applyTemplate(LlamaModel model, List<ChatMessage> messages) {
    List<Object> turns = new ArrayList<>();
    messages.forEach(
        message -> turns.add(Json.object("role", message.role(), "content", message.content())));
    byte[] conversation = Json.bytes(Json.object("messages", turns));
    return model.applyTemplate(new String(conversation, StandardCharsets.UTF_8));
  }

  @Override
  public int[] tokenize(String text) {
    int[] tokens = model.encode(text);
    if (beginToken.isEmpty() || (tokens.length > 0 && tokens[0] == beginToken.get())) {
      return tokens;
    }
    int[] withBegin = new int[tokens.length + 1];
    withBegin[0] = beginToken.get();
    System.arraycopy(tokens, 0, withBegin, 1, tokens.length);
    return withBegin;
  }

  @Override
  public String detokenize(int[] tokens) {
    boolean begins = tokens.length > 0 && beginToken.equals(Optional.of(tokens[0]));
    return model.decode(begins ? Arrays.copyOfRange(tokens, 1, tokens.length) : tokens);
  }

  @Override
  public Optional<float[]> embed(String text) {
    return Optional.empty();
  }

  @Override
  public Generation generate(GenerationRequest request) {
    return new LlamaGeneration(
        turns.enter(), generation -> workers.execute(() -> work(request, generation)));
  }

  private void work(GenerationRequest request, LlamaGeneration generation) {
    try {
      generation.finish(write(request, generation));
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "llama.cpp failed on " + request.id(), e);
      generation.finish(
          new Generation.Failed(ApiError.of(500, "The model failed on this request.")));
    }
  }

  private Generation.Chunk write(GenerationRequest request, LlamaGeneration generation) {
    readPrompt(request, generation);
    if (generation.cancelled()) {
      return new Generation.End(FinishReason.ABORT);
    }
    LlamaIterator pieces = model.generate(parameters(request)).iterator();
    boolean lastWasEmpty = false;
    while (pieces.hasNext()) {
      LlamaOutput output = pieces.next();
      if (generation.cancelled()) {
        pieces.cancel();
        return new Generation.End(FinishReason.ABORT);
      }
      if (pieces.hasNext()) {
        lastWasEmpty = output.text.isEmpty();
        generation.piece(new Generation.Text(output.text, tokensIn(output.text)));
      }
    }
    // The binding does not say why it stopped, but the end-of-text token comes as a last, empty
    // piece.
    return new Generation.End(lastWasEmpty ? FinishReason.STOP : FinishReason.LENGTH);
  }

  /**
   * Reads a long prompt into the cache piece by piece, and does not read again what it has read.
   * The binding offers no way to give up a wait for the first token, so the waits are made short
   * instead.
   */
  private void readPrompt(GenerationRequest request, LlamaGeneration generation) {
    String prompt = request.prompt();
    double charactersPerToken = (double) prompt.length() / Math.max(1, request.promptTokens());
    int tokens = FIRST_PIECE;
    int done = 0;
    while (!generation.cancelled()) {
      int end = done + (int) Math.ceil(tokens * charactersPerToken);
      if (end >= prompt.length()) {
        return;
      }
      long began = System.nanoTime();
      read(prompt.substring(0, Character.isLowSurrogate(prompt.charAt(end)) ? end + 1 : end));
      long took = System.nanoTime() - began;
      done = end;
      double fitting = tokens * Math.min(2, PIECE_NANOS / Math.max(1, took));
      tokens = (int) Math.max(SHORTEST_PIECE, fitting);
    }
  }

  private void read(String beginning) {
    LlamaIterator reading =
        model
            .generate(
                new InferenceParameters(beginning)
                    .setNPredict(0)
                    .setTemperature(0)
                    .setCachePrompt(true))
            .iterator();
    while (reading.hasNext()) {
      reading.next();
    }
  }

  private static InferenceParameters parameters(GenerationRequest request) {
    Sampling sampling = request.sampling();
    InferenceParameters parameters =
        new InferenceParameters(request.prompt())
            .setNPredict(request.maxTokens())
            .setCachePrompt(true)
            .setTemperature((float) sampling.temperature())
            .setTopK(Math.max(0, sampling.topK()))
            .setTopP((float) sampling.topP())
            .setMinP((float) sampling.minP())
            .setPresencePenalty((float) sampling.presencePenalty())
            .setFrequencyPenalty((float) sampling.frequencyPenalty())
            .setRepeatPenalty((float) sampling.repetitionPenalty())
            .setIgnoreEos(sampling.ignoreEnd());
    sampling.seed().ifPresent(seed -> parameters.setSeed((int) seed));
    return parameters;
  }

  /** Tokens behind a piece: one, unless they had to be gathered until a character was complete. */
  private int tokensIn(String piece) {
    boolean ascii = piece.length() == piece.getBytes(StandardCharsets.UTF_8).length;
    return ascii ? 1 : Math.max(1, model.encode(piece).length);
  }
}
