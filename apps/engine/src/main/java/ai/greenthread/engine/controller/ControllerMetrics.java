package ai.greenthread.engine.controller;

import ai.greenthread.k8s.controller.Controller;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** {@code gthread_controller_*}: what this process counts, zero while another leads. */
final class ControllerMetrics {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final Supplier<Optional<Controller>> leading;

  ControllerMetrics(Supplier<Optional<Controller>> leading) {
    this.leading = leading;
    gauge("leader", "1 while this process leads.", counts -> 1);
    gauge("models", "Models there are.", Controller.Counts::models);
    gauge("models_unplaced", "Models with replicas that have no GPU.", Controller.Counts::unplaced);
    gauge("queue_depth", "Models that wait to be looked at.", Controller.Counts::waiting);
    counter("reconciles", "Looks at a Model.", Controller.Counts::reconciled);
    counter(
        "reconcile_failures", "Looks at a Model that will be repeated.", Controller.Counts::failed);
  }

  private double now(ToDoubleFunction<Controller.Counts> value) {
    return leading.get().map(Controller::counts).map(value::applyAsDouble).orElse(0.0);
  }

  private void gauge(String name, String help, ToDoubleFunction<Controller.Counts> value) {
    GaugeWithCallback.builder()
        .name("gthread_controller_" + name)
        .help(help)
        .callback(callback -> callback.call(now(value)))
        .register(registry);
  }

  private void counter(String name, String help, ToDoubleFunction<Controller.Counts> value) {
    CounterWithCallback.builder()
        .name("gthread_controller_" + name)
        .help(help)
        .callback(callback -> callback.call(now(value)))
        .register(registry);
  }

  String contentType() {
    return writer.getContentType();
  }

  byte[] text() {
    var text = new ByteArrayOutputStream();
    try {
      writer.write(text, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written to", e);
    }
    return text.toByteArray();
  }
}
