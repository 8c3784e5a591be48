package ai.greenthread.engine.sidecar;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import ai.greenthread.scheduling.runtime.Measurements;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Keeps what was measured: memory in the Model's status, where all replicas and later pods find it;
 * the server's fingerprint in the folder that lives as long as the server's container can.
 */
final class ModelMeasurements implements Measurements {
  private static final System.Logger LOG = System.getLogger(ModelMeasurements.class.getName());
  private static final int NOT_FOUND = 404;
  private static final int TRIES = 5;
  private static final long AGAIN_MS = 2_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonApi api;
  private final ModelRef model;
  private final String hash;
  private final Path fingerprint;
  private final Executor threads;

  /** Empty until the Model was read, or something was measured here. */
  private volatile Optional<Known> known = Optional.empty();

  private record Known(Optional<Bytes> memory) {}

  /**
   * @param hash of the spec; what was measured of another one does not count
   * @param run the folder that lives as long as the server's container can
   */
  ModelMeasurements(JsonApi api, ModelRef model, String hash, Path run, Executor threads) {
    this.api = api;
    this.model = model;
    this.hash = hash;
    this.fingerprint = run.resolve("fingerprint");
    this.threads = threads;
  }

  @Override
  public Optional<Bytes> servingMemoryPerGpu(ReplicaId replica) {
    Optional<Known> now = known;
    if (now.isEmpty()) {
      now = Optional.of(read());
      known = now;
    }
    return now.get().memory();
  }

  private Known read() {
    try {
      Answer answer = api.get(Resource.MODEL.path(model.namespace(), model.name()));
      if (!answer.ok() && answer.status() != NOT_FOUND) {
        throw new LedgerUnavailable("Model " + model + " cannot be read: " + answer.describe());
      }
      JsonObject status = Trees.at(answer.body(), "status");
      long bytes = Trees.number(status, "servingMemoryPerGPU");
      boolean ours = Trees.text(status, "servingMemoryFor").equals(Optional.of(hash));
      return new Known(ours && bytes > 0 ? Optional.of(Bytes.of(bytes)) : Optional.empty());
    } catch (IOException e) {
      throw new LedgerUnavailable("Model " + model + " cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void recordServingMemoryPerGpu(ReplicaId replica, Bytes bytes) {
    var measured = new Known(Optional.of(bytes));
    known = Optional.of(measured);
    threads.execute(() -> write(measured, bytes));
  }

  /** What counts here counts at once; the cluster hears of it as soon as it can. */
  private void write(Known measured, Bytes bytes) {
    JsonObject patch =
        Trees.object(
            "status", Trees.object("servingMemoryPerGPU", bytes.count(), "servingMemoryFor", hash));
    String path = Resource.MODEL.statusPath(model.namespace(), model.name());
    try {
      for (int attempt = 1; attempt <= TRIES && known.equals(Optional.of(measured)); attempt++) {
        try {
          Answer answer = api.mergePatch(path, patch);
          if (answer.ok() || answer.status() == NOT_FOUND) {
            return;
          }
          LOG.log(System.Logger.Level.INFO, "{0}: {1}", path, answer.describe());
        } catch (IOException e) {
          LOG.log(System.Logger.Level.INFO, "{0}: {1}", path, e.getMessage());
        }
        Thread.sleep(AGAIN_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Optional<Fingerprint> fingerprint(ReplicaId replica) {
    try {
      String[] kept = JSON.readValue(Files.readString(fingerprint), String[].class);
      return Optional.of(new Fingerprint(List.of(kept).stream().findFirst()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "{0}: {1}", fingerprint, e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public void recordFingerprint(ReplicaId replica, Fingerprint answered) {
    try {
      Path next = fingerprint.resolveSibling("fingerprint.new");
      Files.writeString(next, JSON.writeValueAsString(answered.answer().stream().toList()));
      Files.move(next, fingerprint, StandardCopyOption.ATOMIC_MOVE);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a text can be written as JSON", e);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "{0}: {1}", fingerprint, e.getMessage());
    }
  }
}
