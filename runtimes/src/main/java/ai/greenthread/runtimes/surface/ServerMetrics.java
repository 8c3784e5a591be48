package ai.greenthread.runtimes.surface;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What a server counts and measures, and its page for Prometheus under vLLM's names. */
public final class ServerMetrics {
  /** Older departures are forgotten beyond this many. */
  private static final int MAX_DEPARTURES = 1000;

  private final String modelName;
  private final Turns turns;
  private final LongAdder promptTokens = new LongAdder();
  private final LongAdder generationTokens = new LongAdder();
  private final LongAdder cacheQueries = new LongAdder();
  private final LongAdder cacheHits = new LongAdder();
  private final LongAdder inFlight = new LongAdder();
  private final Map<FinishReason, LongAdder> finished = new EnumMap<>(FinishReason.class);
  private final Histogram firstToken =
      new Histogram(
          0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20,
          40);
  private final Histogram interToken =
      new Histogram(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5);
  private final Histogram endToEnd = requestTimes();
  private final Histogram queueTime = requestTimes();
  private final Histogram prefill = requestTimes();
  private final Histogram decode = requestTimes();
  private final Histogram departureStop = new Histogram(0.001, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5);
  private final Deque<Departure> departures = new ArrayDeque<>();
  private final Map<Departure.Phase, LongAdder> departed = new EnumMap<>(Departure.Phase.class);

  public ServerMetrics(String modelName, Turns turns) {
    this.modelName = modelName;
    this.turns = turns;
    for (FinishReason reason : FinishReason.values()) {
      finished.put(reason, new LongAdder());
    }
    for (Departure.Phase phase : Departure.Phase.values()) {
      departed.put(phase, new LongAdder());
    }
  }

  private static Histogram requestTimes() {
    return new Histogram(
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920,
        7680);
  }

  /** Requests being answered or waiting. */
  public long inFlight() {
    return inFlight.sum();
  }

  /** Clients that left early, the latest last. */
  public List<Departure> departures() {
    synchronized (departures) {
      return List.copyOf(departures);
    }
  }

  /** Counts a look into the prefix cache, in tokens. */
  public void prefixCache(long queried, long hit) {
    cacheQueries.add(queried);
    cacheHits.add(hit);
  }

  void arrived() {
    inFlight.increment();
  }

  void gone() {
    inFlight.decrement();
  }

  void firstToken(long nanosSinceArrival, long queuedNanos, int prompt) {
    promptTokens.add(prompt);
    firstToken.observe(seconds(nanosSinceArrival));
    queueTime.observe(seconds(queuedNanos));
    prefill.observe(seconds(nanosSinceArrival - queuedNanos));
  }

  void tokens(int count, long nanosSinceLast) {
    generationTokens.add(count);
    if (nanosSinceLast > 0) {
      interToken.observe(seconds(nanosSinceLast));
    }
  }

  void finished(FinishReason reason, long nanosSinceArrival, long decodeNanos) {
    counter(finished, reason).increment();
    endToEnd.observe(seconds(nanosSinceArrival));
    decode.observe(seconds(decodeNanos));
  }

  void departed(Departure departure) {
    counter(departed, departure.phase()).increment();
    departureStop.observe(seconds(departure.stoppedAfter().toNanos()));
    synchronized (departures) {
      departures.addLast(departure);
      if (departures.size() > MAX_DEPARTURES) {
        departures.removeFirst();
      }
    }
  }

  /**
   * The page.
   *
   * @param kvCacheUsage 0 to 1
   * @param sleepState awake, weights_offloaded or discard_all
   * @param olderNames uses the names of vLLM before 0.9
   */
  public String page(double kvCacheUsage, String sleepState, boolean olderNames) {
    StringBuilder page = new StringBuilder(8 << 10);
    String labels = "engine=\"0\",model_name=\"" + escape(modelName) + "\"";
    value(page, "gauge", "vllm:num_requests_running", labels, turns.running());
    value(page, "gauge", "vllm:num_requests_waiting", labels, turns.waiting());
    String cache = olderNames ? "vllm:gpu_cache_usage_perc" : "vllm:kv_cache_usage_perc";
    page.append("# TYPE ").append(cache).append(" gauge\n");
    page.append(cache).append('{').append(labels).append("} ").append(kvCacheUsage).append('\n');
    page.append("# TYPE vllm:engine_sleep_state gauge\n");
    for (String state : List.of("awake", "weights_offloaded", "discard_all")) {
      String labelled = labels + ",sleep_state=\"" + state + "\"";
      sample(page, "vllm:engine_sleep_state", labelled, state.equals(sleepState) ? 1 : 0);
    }
    value(page, "counter", "vllm:prefix_cache_queries_total", labels, cacheQueries.sum());
    value(page, "counter", "vllm:prefix_cache_hits_total", labels, cacheHits.sum());
    value(page, "counter", "vllm:num_preemptions_total", labels, 0);
    value(page, "counter", "vllm:prompt_tokens_total", labels, promptTokens.sum());
    value(page, "counter", "vllm:generation_tokens_total", labels, generationTokens.sum());
    page.append("# TYPE vllm:request_success_total counter\n");
    finished.forEach((reason, count) ->
        sample(
            page,
            "vllm:request_success_total",
            labels + ",finished_reason=\"" + reason.wireName() + "\"",
            count.sum()));
    page.append("# TYPE greenthread:client_departures_total counter\n");
    departed.forEach((phase, count) ->
        sample(
            page,
            "greenthread:client_departures_total",
            labels + ",phase=\"" + phase.wireName() + "\"",
            count.sum()));
    departureStop.write(page, "greenthread:client_departure_stop_seconds", labels);
    firstToken.write(page, "vllm:time_to_first_token_seconds", labels);
    String between =
        olderNames ? "vllm:time_per_output_token_seconds" : "vllm:inter_token_latency_seconds";
    interToken.write(page, between, labels);
    endToEnd.write(page, "vllm:e2e_request_latency_seconds", labels);
    queueTime.write(page, "vllm:request_queue_time_seconds", labels);
    prefill.write(page, "vllm:request_prefill_time_seconds", labels);
    decode.write(page, "vllm:request_decode_time_seconds", labels);
    return page.toString();
  }

  private static void value(
      StringBuilder page, String kind, String name, String labels, long value) {
    page.append("# TYPE ").append(name).append(' ').append(kind).append('\n');
    sample(page, name, labels, value);
  }

  private static void sample(StringBuilder page, String name, String labels, long value) {
    page.append(name).append('{').append(labels).append("} ").append(value).append('\n');
  }

  private static <K extends Enum<K>> LongAdder counter(Map<K, LongAdder> counters, K key) {
    return counters.computeIfAbsent(key, _ -> new LongAdder());
  }

  private static double seconds(long nanos) {
    return Math.max(0, nanos) / 1e9;
  }

  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
