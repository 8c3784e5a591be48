package ai.greenthread.runtimes.surface;

import ai.greenthread.runtimes.http.Exchange;
import ai.greenthread.runtimes.surface.AnswerShape.Usage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Carries one answer from the engine to its client, and stops the engine when the client leaves.
 */
final class CompletionRun {
  private final Exchange exchange;
  private final GenerationRequest request;
  private final AnswerSink sink;
  private final StopStrings stops;
  private final ServerMetrics metrics;
  private final RequestHistory history;
  private final String historyId;
  private final long arrivedAt = System.nanoTime();
  private long firstTokenAt;
  private long lastTokenAt;
  private int tokens;
  private boolean broken;
  private boolean ended;

  CompletionRun(
      Exchange exchange,
      GenerationRequest request,
      AnswerSink sink,
      List<String> stopStrings,
      ServerMetrics metrics,
      RequestHistory history) {
    this.exchange = exchange;
    this.request = request;
    this.sink = sink;
    this.stops = new StopStrings(stopStrings);
    this.metrics = metrics;
    this.history = history;
    this.historyId = request.http().header("x-request-id").orElse(request.id());
  }

  void run(TextEngine engine) throws IOException, InterruptedException {
    history.begun(historyId);
    Generation generation = engine.generate(request);
    metrics.arrived();
    try {
      exchange.onLeave(generation::cancel);
      sink.open();
      follow(generation);
    } finally {
      metrics.gone();
      giveUp(generation);
      if (!ended) {
        history.ended(historyId, FinishReason.ABORT);
      }
    }
  }

  /**
   * Where the answer broke off, the engine still has to hear of it, and to say that it has stopped.
   */
  private void giveUp(Generation generation) throws InterruptedException {
    if (!ended) {
      generation.cancel();
      while (generation.next() instanceof Generation.Text) {}
    }
  }

  private void follow(Generation generation) throws IOException, InterruptedException {
    while (true) {
      switch (generation.next()) {
        case Generation.Text text -> text(generation, text);
        case Generation.End end -> {
          end(generation, end.reason());
          return;
        }
        case Generation.Failed failed -> {
          finish(generation, FinishReason.ABORT);
          sink.failed(failed.error());
          return;
        }
        case Generation.Cut _ -> {
          finish(generation, FinishReason.ABORT);
          exchange.cut();
          return;
        }
      }
    }
  }

  private void text(Generation generation, Generation.Text text) {
    long now = System.nanoTime();
    if (tokens == 0) {
      firstTokenAt = now;
      metrics.firstToken(now - arrivedAt, generation.queuedNanos(), request.promptTokens());
    }
    metrics.tokens(text.tokens(), tokens == 0 ? 0 : now - lastTokenAt);
    lastTokenAt = now;
    if (stops.hit() || broken) {
      return;
    }
    tokens += text.tokens();
    String ready = stops.accept(text.text());
    try {
      if (!ready.isEmpty()) {
        sink.text(ready);
      }
    } catch (IOException _) {
      // The exchange has noticed; the engine still has to say that it has stopped.
      broken = true;
    }
    if (stops.hit() || broken) {
      generation.cancel();
    }
  }

  private void end(Generation generation, FinishReason reason) throws IOException {
    boolean left = exchange.leftAtNanos().isPresent() || broken;
    FinishReason told = left ? FinishReason.ABORT : stops.hit() ? FinishReason.STOP : reason;
    finish(generation, told);
    if (left) {
      return;
    }
    String rest = stops.rest();
    if (!rest.isEmpty()) {
      sink.text(rest);
    }
    sink.end(told, stops.found().orElse(null), new Usage(request.promptTokens(), tokens));
    history.handedOver(historyId);
  }

  private void finish(Generation generation, FinishReason reason) {
    ended = true;
    history.ended(historyId, reason);
    long now = System.nanoTime();
    metrics.finished(reason, now - arrivedAt, tokens == 0 ? 0 : lastTokenAt - firstTokenAt);
    if (exchange.leftAtNanos().isPresent()) {
      Departure.Phase phase =
          tokens > 0
              ? Departure.Phase.STREAMING
              : generation.started() ? Departure.Phase.BEFORE_FIRST_TOKEN : Departure.Phase.QUEUED;
      metrics.departed(
          new Departure(
              request.id(), phase, Duration.ofNanos(now - exchange.leftAtNanos().getAsLong())));
    }
  }
}
