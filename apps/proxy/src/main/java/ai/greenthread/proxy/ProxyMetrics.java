package ai.greenthread.proxy;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * lc-proxy's own metrics. Only declared models become labels, and no more than {@link #MAX_MODELS}:
 * what clients write into {@code model} must not decide how many series there are.
 */
final class ProxyMetrics {
  /** Label of requests that name no model that there is. */
  static final String UNKNOWN = "unknown";

  private static final int MAX_MODELS = 1_000;

  /** Label of models declared after {@link #MAX_MODELS} others. */
  private static final String OTHER = "other";

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final Map<String, Series> models = new ConcurrentHashMap<>();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final Counter requests;
  private final Counter connectFailures;
  private final Counter retries;
  private final Series others;

  /** How a request ended. */
  enum Ending {
    INFORMED("1xx"),
    SUCCESS("2xx"),
    REDIRECT("3xx"),
    CLIENT_ERROR("4xx"),
    SERVER_ERROR("5xx"),
    /** The answer broke off after its head. */
    BROKEN("broken"),
    /** The client left. */
    CANCELLED("cancelled");

    private final String label;

    Ending(String label) {
      this.label = label;
    }

    static Ending of(int status) {
      return switch (status / 100) {
        case 1 -> INFORMED;
        case 2 -> SUCCESS;
        case 3 -> REDIRECT;
        case 4 -> CLIENT_ERROR;
        default -> SERVER_ERROR;
      };
    }
  }

  /** What is counted of one model. */
  static final class Series {
    private final Map<Ending, CounterDataPoint> requests = new EnumMap<>(Ending.class);
    private final CounterDataPoint connectFailures;
    private final CounterDataPoint retries;

    private Series(String model, Counter requests, Counter connectFailures, Counter retries) {
      for (Ending ending : Ending.values()) {
        this.requests.put(ending, requests.labelValues(model, ending.label));
      }
      this.connectFailures = connectFailures.labelValues(model);
      this.retries = retries.labelValues(model);
    }

    void ended(Ending ending) {
      CounterDataPoint counter = requests.get(ending);
      if (counter != null) {
        counter.inc();
      }
    }

    /** A replica could not be connected to. */
    void connectFailed() {
      connectFailures.inc();
    }

    /** Another replica is tried. */
    void retried() {
      retries.inc();
    }
  }

  ProxyMetrics() {
    requests =
        counter(
            "requests", "Inference requests that ended, by model and outcome.", "model", "status");
    connectFailures =
        counter(
            "upstream_connect_failures", "Connections to a sidecar that were not made.", "model");
    retries = counter("retries", "Requests that were sent to another replica instead.", "model");
    GaugeWithCallback.builder()
        .name("gthread_proxy_in_flight_requests")
        .help("Inference requests that have come and not ended.")
        .callback(callback -> callback.call(inFlight.get()))
        .register(registry);
    others = series(OTHER);
    models.put(UNKNOWN, series(UNKNOWN));
  }

  private Counter counter(String name, String help, String... labels) {
    return Counter.builder()
        .name("gthread_proxy_" + name)
        .help(help)
        .labelNames(labels)
        .register(registry);
  }

  private Series series(String model) {
    return new Series(model, requests, connectFailures, retries);
  }

  /** Of a model that there is, or {@link #UNKNOWN}. */
  Series of(String model) {
    Series known = models.get(model);
    if (known != null) {
      return known;
    }
    return models.size() > MAX_MODELS ? others : models.computeIfAbsent(model, this::series);
  }

  void entered() {
    inFlight.incrementAndGet();
  }

  void left() {
    inFlight.decrementAndGet();
  }

  /** All metrics in Prometheus' text format. */
  byte[] text() {
    var out = new ByteArrayOutputStream(4 * 1024);
    try {
      writer.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("metrics cannot be written", e);
    }
    return out.toByteArray();
  }

  /** Content type of {@link #text}. */
  String contentType() {
    return writer.getContentType();
  }
}
