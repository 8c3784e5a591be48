package ai.greenthread.k8s.gpus;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuKind;
import ai.greenthread.domain.gpu.GpuReading;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.GpuObjectLedger;
import ai.greenthread.scheduling.ledger.Ledger;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;

/** One node of a test, with its agent's reporter and with hands to look and to write beside it. */
final class Node implements InstantSource {
  static final Bytes TOTAL = Bytes.ofGiB(80);
  static final Bytes HEADROOM = Bytes.ofGiB(1);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  final JsonApi api;
  final String namespace;
  final String name;
  Instant now = Instant.parse("2026-01-01T00:00:00Z");

  Node(JsonApi api, String namespace, String name) {
    this.api = api;
    this.namespace = namespace;
    this.name = name;
  }

  @Override
  public Instant instant() {
    return now;
  }

  /** As an agent that has just started. */
  GpuReporter reporter() {
    return reporter(api);
  }

  GpuReporter reporter(JsonApi over) {
    return new GpuReporter(over, namespace, HEADROOM, Duration.ofSeconds(45), this);
  }

  ReportOutcome report(ObservedGpu... gpus) {
    awaitCache();
    return reporter().report(NodeView.of(name, List.of(gpus)));
  }

  /** Reporters read the server's cache, which follows what was just written by a moment. */
  private void awaitCache() {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!versions("?resourceVersion=0").equals(versions(""))) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("the server's cache does not follow");
      }
      Thread.onSpinWait();
    }
  }

  private Map<String, String> versions(String query) {
    try {
      Map<String, String> versions = new HashMap<>();
      for (JsonObject object :
          Trees.items(api.get(Resource.GPU.path(namespace) + query).body(), "items")) {
        versions.put(
            Trees.name(object),
            Trees.text(Trees.at(object, "metadata"), "resourceVersion").orElseThrow());
      }
      return versions;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  GpuId id(int index) {
    return new GpuId(name, index);
  }

  GpuDevice device(int index, String uuid, Bytes total) {
    return new GpuDevice(id(index), uuid, "NVIDIA A100-SXM4  80GB", total, GpuKind.PHYSICAL, false);
  }

  /** A healthy device that nobody uses. */
  ObservedGpu gpu(int index) {
    return new ObservedGpu(
        device(index, "GPU-" + index, TOTAL), reading(Bytes.ofMiB(512), 40), false);
  }

  ObservedGpu gpu(int index, GpuReading reading) {
    return new ObservedGpu(device(index, "GPU-" + index, TOTAL), reading, false);
  }

  static GpuReading reading(Bytes used, int celsius) {
    return new GpuReading(
        Optional.of(used),
        Optional.of(TOTAL.minusOrZero(used)),
        OptionalInt.of(5),
        OptionalInt.of(celsius),
        OptionalDouble.of(70.5),
        GpuHealth.HEALTHY);
  }

  Answer answer(int index) {
    try {
      return api.get(Resource.GPU.path(namespace, id(index).objectName()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonObject object(int index) {
    return ControlPlane.demand(answer(index), "read " + id(index)).body();
  }

  JsonObject spec(int index) {
    return Trees.at(object(index), "spec");
  }

  JsonObject status(int index) {
    return Trees.at(object(index), "status");
  }

  String version(int index) {
    return Trees.text(Trees.at(object(index), "metadata"), "resourceVersion").orElseThrow();
  }

  static ReplicaId replica(String model) {
    return new ReplicaId(new ModelRef("default", model), 0);
  }

  /** The ledger's hand of a replica on one device. */
  Ledger ledger(String model, int index) {
    return new Ledger(
        new GpuObjectLedger(api, namespace, new Random(1)),
        replica(model),
        List.of(id(index)),
        this,
        () -> {});
  }

  void enrol(String model, int index) {
    if (ledger(model, index).enrol(1, false, Duration.ZERO).isPresent()) {
      throw new IllegalStateException(model + " is not let in");
    }
  }

  /** Clears the device like a controller after a pod has gone. */
  void vacate(int index) throws IOException {
    ControlPlane.demand(
        api.mergePatch(
            Resource.GPU.statusPath(namespace, id(index).objectName()),
            Trees.object("status", Trees.object("occupants", List.of()))),
        "vacate " + id(index));
  }
}
