package ai.greenthread.engine.agent;

import ai.greenthread.domain.Bytes;
import ai.greenthread.k8s.gpus.ObservedGpu;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;

/** The agent's own metrics. Of a value that a device does not tell there is no series. */
final class AgentMetrics {
  private static final List<String> HEALTHS = List.of("Healthy", "Degraded", "Unhealthy");
  private static final double[] SECONDS = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final Counter reportFailures;
  private final Counter leaseFailures;
  private final Histogram reports;
  private final Histogram measurements;
  private final Histogram linkWaits;
  private volatile List<ObservedGpu> seen = List.of();

  AgentMetrics() {
    GaugeWithCallback.builder()
        .name("gthread_agent_gpus")
        .help("Devices of this node that are seen.")
        .callback(callback -> callback.call(seen.size()))
        .register(registry);
    gauge(
        "memory_total_bytes",
        "Memory of the device.",
        gpu -> OptionalDouble.of((double) gpu.device().total().count()));
    gauge("memory_used_bytes", "Memory in use.", gpu -> bytes(gpu.reading().used()));
    gauge("memory_free_bytes", "Memory free.", gpu -> bytes(gpu.reading().free()));
    gauge(
        "utilization_percent",
        "Share of the last sample period in which the device computed.",
        gpu -> whole(gpu.reading().utilizationPercent()));
    gauge(
        "temperature_celsius",
        "Temperature of the chip.",
        gpu -> whole(gpu.reading().temperatureCelsius()));
    gauge("power_watts", "Power drawn.", gpu -> gpu.reading().powerWatts());
    GaugeWithCallback.builder()
        .name("gthread_agent_gpu_health")
        .help("Health of the device: 1 for the one it has.")
        .labelNames("gpu", "health")
        .callback(callback ->
            seen.forEach(gpu ->
                HEALTHS.forEach(health ->
                    callback.call(
                        gpu.reading().health().label().equals(health) ? 1 : 0,
                        gpu.device().id().objectName(),
                        health))))
        .register(registry);
    reportFailures =
        Counter.builder()
            .name("gthread_agent_report_failures")
            .help("Rounds of reports of which something failed.")
            .register(registry);
    leaseFailures =
        Counter.builder()
            .name("gthread_agent_lease_failures")
            .help("Renewals of the node's lease that failed.")
            .register(registry);
    reports = histogram("report", "Time that a round of reports took, the look included.");
    measurements =
        histogram("pod_memory", "Time that it took to measure what all pods hold of all devices.");
    linkWaits =
        histogram(
            "host_link_wait", "Time that a wake waited for others to load, where few may at once.");
  }

  private void gauge(String name, String help, Function<ObservedGpu, OptionalDouble> value) {
    GaugeWithCallback.builder()
        .name("gthread_agent_gpu_" + name)
        .help(help)
        .labelNames("gpu")
        .callback(callback ->
            seen.forEach(gpu ->
                value
                    .apply(gpu)
                    .ifPresent(number -> callback.call(number, gpu.device().id().objectName()))))
        .register(registry);
  }

  private Histogram histogram(String what, String help) {
    return Histogram.builder()
        .name("gthread_agent_" + what + "_duration_seconds")
        .help(help)
        .classicOnly()
        .classicUpperBounds(SECONDS)
        .register(registry);
  }

  private static OptionalDouble bytes(Optional<Bytes> bytes) {
    return bytes
        .map(some -> OptionalDouble.of((double) some.count()))
        .orElse(OptionalDouble.empty());
  }

  private static OptionalDouble whole(OptionalInt number) {
    return number.isPresent() ? OptionalDouble.of(number.getAsInt()) : OptionalDouble.empty();
  }

  /** The devices as the last round saw them. */
  void seen(List<ObservedGpu> gpus) {
    seen = gpus;
  }

  void reported(long nanos, boolean complete) {
    reports.observe(nanos / 1e9);
    if (!complete) {
      reportFailures.inc();
    }
  }

  void leaseFailed() {
    leaseFailures.inc();
  }

  void measured(long nanos) {
    measurements.observe(nanos / 1e9);
  }

  void entered(long nanos) {
    linkWaits.observe(nanos / 1e9);
  }

  /** All metrics in Prometheus' text format. */
  byte[] text() {
    var out = new ByteArrayOutputStream(8 * 1024);
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
