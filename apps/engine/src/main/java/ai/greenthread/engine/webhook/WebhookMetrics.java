package ai.greenthread.engine.webhook;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.LongSupplier;

/** What one webhook counts. May be called by any thread. */
final class WebhookMetrics {
  private static final double[] SECONDS = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5};

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final Counter reviews =
      Counter.builder()
          .name("gthread_webhook_reviews")
          .help("Objects judged, by kind and by what came of it.")
          .labelNames("kind", "outcome")
          .register(registry);
  private final Histogram duration =
      Histogram.builder()
          .name("gthread_webhook_review_duration_seconds")
          .help("Time to judge an object.")
          .classicOnly()
          .classicUpperBounds(SECONDS)
          .register(registry);
  private final Counter failedLooks =
      Counter.builder()
          .name("gthread_webhook_certificate_failures")
          .help("Looks at the certificate that failed.")
          .register(registry);

  /**
   * @param expirySeconds when the certificate that is shown expires, since 1970
   */
  WebhookMetrics(LongSupplier expirySeconds) {
    GaugeWithCallback.builder()
        .name("gthread_webhook_certificate_expiry_timestamp_seconds")
        .help("When the certificate that is shown expires.")
        .callback(callback -> callback.call((double) expirySeconds.getAsLong()))
        .register(registry);
  }

  void judged(String kind, String outcome, long nanos) {
    reviews.labelValues(kind, outcome).inc();
    duration.observe(nanos / 1e9);
  }

  void lookFailed() {
    failedLooks.inc();
  }

  byte[] text() {
    var out = new ByteArrayOutputStream(8 * 1024);
    try {
      writer.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("metrics cannot be written", e);
    }
    return out.toByteArray();
  }

  String contentType() {
    return writer.getContentType();
  }
}
