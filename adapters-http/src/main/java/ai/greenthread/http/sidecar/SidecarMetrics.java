package ai.greenthread.http.sidecar;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.Sidecar;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The twelve documented {@code gthread_sidecar_*} metrics of one sidecar, and a few of our own. As
 * a listener it is called on the sidecar's writer; the rest may be called by any thread.
 */
public final class SidecarMetrics implements SidecarListener {
  private static final List<String> STATES =
      List.of("sleeping", "pending", "waking", "serving", "deactivating");
  private static final double[] SECONDS = {
    0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300
  };

  private final ReplicaId replica;
  private final List<GpuId> devices;
  private final GpuLedger ledger;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();

  private final Histogram wakeDuration;
  private final Histogram sleepDuration;
  private final Histogram requestWait;
  private final CounterDataPoint succeeded;
  private final CounterDataPoint failed;
  private final Counter cancelled;
  private final Counter refused;
  private final CounterDataPoint preempted;
  private final CounterDataPoint preemptor;
  private final Counter barrierTimeouts;
  private final Counter deduplications;
  private final Counter casConflicts;

  private volatile @Nullable WaitPromise promise;

  // Owned by the sidecar's writer.
  private @Nullable Instant wakeBegan;
  private @Nullable Instant sleepBegan;

  public SidecarMetrics(ReplicaId replica, List<GpuId> devices, GpuLedger ledger) {
    this.replica = replica;
    this.devices = List.copyOf(devices);
    this.ledger = ledger;
    wakeDuration = histogram("wake", "Time from the wish to wake until serving.");
    sleepDuration = histogram("sleep", "Time from the begin of a drain until asleep.");
    requestWait =
        histogram(
            "request_wait", "How long requests waited that had to, served in the end or not.");
    Counter requests = counter("requests", "Inference requests that ended, by outcome.", "status");
    succeeded = requests.labelValues("success");
    failed = requests.labelValues("error");
    cancelled = counter("requests_cancelled", "Inference requests whose client left.");
    refused = counter("requests_refused", "Inference requests refused, by cause.", "cause");
    Counter preemptions =
        counter("preemptions", "Sleeps that made room for another model, by role.", "role");
    preempted = preemptions.labelValues("preempted");
    preemptor = preemptions.labelValues("preemptor");
    barrierTimeouts =
        counter("preemption_barrier_timeouts", "Drains that were cut at their deadline.");
    deduplications =
        counter("wake_deduplications", "Requests that joined a wake that was under way.");
    casConflicts = counter("gpu_cas_conflicts", "Ledger writes that another writer won.");
  }

  /** Shows the state of this sidecar from now on. */
  public void observe(Sidecar sidecar) {
    GaugeWithCallback.builder()
        .name("gthread_sidecar_state")
        .help("State of the sidecar: 1 for the one it is in.")
        .labelNames("state")
        .callback(callback -> {
          String now = documentedState(sidecar.status().state());
          STATES.forEach(state -> callback.call(state.equals(now) ? 1 : 0, state));
        })
        .register(registry);
    gauge("queue_depth", "Inference requests waiting.", () -> sidecar.status().queued());
    gauge(
        "in_flight_requests",
        "Inference requests at the runtime.",
        () -> sidecar.status().inFlight());
    gauge(
        "failed",
        "1 while the last wake failed and the next is not due.",
        () -> sidecar.status().state() instanceof State.Failed ? 1 : 0);
    memoryGauge(
        "gpu_memory_reserved_bytes",
        "GPU memory reserved in the ledger.",
        occupant -> occupant.reserved().count());
    memoryGauge(
        "gpu_memory_serving_bytes",
        "GPU memory measured while serving.",
        occupant ->
            occupant.state() == OccupantState.SLEEPING
                ? Bytes.ZERO.count()
                : occupant.measured().count());
    memoryGauge(
        "gpu_memory_residual_bytes",
        "GPU memory measured to stay behind asleep.",
        occupant -> occupant.residual().count());
  }

  /**
   * Holds waits against the longest that is promised, from now on, and shows both.
   *
   * @param bound of this replica, as the fleet is when it is asked or was shortly before; empty
   *     where none holds; must not wait
   */
  public void promise(Supplier<Optional<Duration>> bound) {
    Counter violations =
        counter(
            "bound_violations",
            "Requests that waited longer than the bound, which holds while nothing fails.");
    promise = new WaitPromise(bound, violations::inc);
    GaugeWithCallback.builder()
        .name("gthread_sidecar_wait_bound_seconds")
        .help("Longest wait for the model to serve while nothing fails; absent if none holds.")
        .callback(callback -> bound.get().ifPresent(longest -> callback.call(seconds(longest))))
        .register(registry);
  }

  /** The five documented states; those between and beside them count as the nearest. */
  private static String documentedState(State state) {
    return switch (state) {
      case State.Booting _, State.Sleeping _, State.Failed _, State.Stopped _ -> "sleeping";
      case State.Pending _ -> "pending";
      case State.Waking _ -> "waking";
      case State.Serving _ -> "serving";
      case State.Deactivating _, State.Releasing _ -> "deactivating";
    };
  }

  /** What the replica holds of its GPUs by the ledger, all together. */
  public Bytes charged() {
    return records().stream().map(this::charged).reduce(Bytes.ZERO, Bytes::plus);
  }

  private Bytes charged(DeviceRecord record) {
    return record.occupant(replica).map(Occupant::charge).orElse(Bytes.ZERO);
  }

  /** Metadata of {@code system_state}: this replica, and its GPUs by the ledger. */
  Map<String, Object> systemState(Sidecar sidecar) {
    List<Map<String, Object>> gpus =
        records().stream()
            .map(record ->
                Map.<String, Object>of(
                    "index", record.id().index(),
                    "total_memory", record.capacity().count(),
                    "used_memory", record.charged().count()))
            .toList();
    return Map.of(
        "models",
        List.of(
            Map.of(
                "backend_name", replica.podName(),
                "status", sidecar.status().state().label(),
                "gpu_memory_used", charged().count())),
        "gpus",
        gpus);
  }

  public void ledgerConflict() {
    casConflicts.inc();
  }

  /** The longest wait that a request which comes now is promised. */
  Optional<Duration> promised(Instant now) {
    WaitPromise known = promise;
    return known == null ? Optional.empty() : known.at(now);
  }

  /**
   * A request that had to wait was let in, was refused, or its client left.
   *
   * @param promised when it came
   */
  void requestWaited(Duration wait, Optional<Duration> promised, Instant now) {
    requestWait.observe(seconds(wait));
    WaitPromise known = promise;
    if (known != null) {
      known.hold(wait, promised, now);
    }
  }

  /** An inference request was answered. */
  void requestEnded(boolean success) {
    (success ? succeeded : failed).inc();
  }

  void requestCancelled() {
    cancelled.inc();
  }

  @Override
  public void stepped(ReplicaId who, State before, Event event, State after, Instant now) {
    if (event instanceof Event.Demand
        && (before instanceof State.Pending || before instanceof State.Waking)) {
      deduplications.inc();
    }
    if (event instanceof Event.Claimed claimed
        && claimed.byPreemption()
        && after instanceof State.Waking
        && before instanceof State.Pending) {
      preemptor.inc();
    }
    if (isIn(after, State.Phase.CUTTING) && !isIn(before, State.Phase.CUTTING)) {
      barrierTimeouts.inc();
    }
    if (before.getClass().equals(after.getClass())) {
      return;
    }
    switch (after) {
      case State.Pending _ -> wakeBegan = now;
      case State.Serving _ -> {
        observe(wakeDuration, wakeBegan, now);
        wakeBegan = null;
      }
      case State.Deactivating leaving -> {
        sleepBegan = before instanceof State.Serving ? now : null;
        if (leaving.cause() == State.Cause.PREEMPTED) {
          preempted.inc();
        }
      }
      case State.Sleeping _ -> {
        observe(sleepDuration, sleepBegan, now);
        sleepBegan = null;
      }
      case State.Booting _, State.Waking _, State.Releasing _, State.Failed _, State.Stopped _ -> {}
    }
  }

  private static boolean isIn(State state, State.Phase phase) {
    return state instanceof State.Deactivating leaving && leaving.phase() == phase;
  }

  private static void observe(Histogram histogram, @Nullable Instant began, Instant now) {
    if (began != null) {
      histogram.observe(seconds(Duration.between(began, now)));
    }
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  @Override
  public void refused(ReplicaId who, Refusal refusal) {
    // Counted where the request is answered, as are the refusals of parked requests.
  }

  /** An inference request was not let in. */
  void requestRefused(Refusal refusal) {
    refused.labelValues(refusal.cause().name().toLowerCase(Locale.ROOT)).inc();
    failed.inc();
  }

  /** All metrics in Prometheus' text format. */
  public byte[] text() {
    var out = new ByteArrayOutputStream(8 * 1024);
    try {
      writer.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("metrics cannot be written", e);
    }
    return out.toByteArray();
  }

  /** Content type of {@link #text}. */
  public String contentType() {
    return writer.getContentType();
  }

  private Histogram histogram(String what, String help) {
    return Histogram.builder()
        .name("gthread_sidecar_" + what + "_duration_seconds")
        .help(help)
        .classicOnly()
        .classicUpperBounds(SECONDS)
        .register(registry);
  }

  private Counter counter(String name, String help, String... labels) {
    return Counter.builder()
        .name("gthread_sidecar_" + name)
        .help(help)
        .labelNames(labels)
        .register(registry);
  }

  private void gauge(String name, String help, IntSupplier value) {
    GaugeWithCallback.builder()
        .name("gthread_sidecar_" + name)
        .help(help)
        .callback(callback -> callback.call(value.getAsInt()))
        .register(registry);
  }

  private void memoryGauge(String name, String help, ToDoubleFunction<Occupant> value) {
    GaugeWithCallback.builder()
        .name("gthread_sidecar_" + name)
        .help(help)
        .labelNames("gpu")
        .callback(callback -> {
          for (DeviceRecord record : records()) {
            double bytes = record.occupant(replica).map(value::applyAsDouble).orElse(0.0);
            callback.call(bytes, Integer.toString(record.id().index()));
          }
        })
        .register(registry);
  }

  private List<DeviceRecord> records() {
    try {
      return ledger.read(devices);
    } catch (LedgerUnavailable e) {
      return List.of();
    }
  }
}
