package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.runtime.Measurements;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What was measured of each model, kept in one file. The replicas of a model need the same. A file
 * that cannot be read counts as empty: everything is measured again. While it cannot be written,
 * what was measured counts all the same, until the engine ends.
 */
final class FileMeasurements implements Measurements {
  private static final System.Logger LOG = System.getLogger(FileMeasurements.class.getName());
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Map<String, Long> measured;
  private boolean unsaved;

  FileMeasurements(Path file) {
    this.file = file;
    this.measured = new TreeMap<>(load(file));
  }

  private static Map<String, Long> load(Path file) {
    try {
      Optional<String> content = DataFolder.read(file);
      return content.isPresent()
          ? JSON.readValue(content.get(), new TypeReference<Map<String, Long>>() {})
          : Map.of();
    } catch (JsonProcessingException | UncheckedIOException e) {
      LOG.log(Level.WARNING, "{0} is not readable; models are measured again", file);
      return Map.of();
    }
  }

  @Override
  public synchronized Optional<Bytes> servingMemoryPerGpu(ReplicaId replica) {
    return of(replica.model());
  }

  synchronized Optional<Bytes> of(ModelRef model) {
    return Optional.ofNullable(measured.get(model.toString())).map(Bytes::of);
  }

  @Override
  public synchronized void recordServingMemoryPerGpu(ReplicaId replica, Bytes memory) {
    measured.put(replica.model().toString(), memory.count());
    save();
  }

  /** What was measured of an earlier spec says nothing about a new one. */
  synchronized void forget(ModelRef model) {
    if (measured.remove(model.toString()) != null) {
      save();
    }
  }

  private void save() {
    try {
      DataFolder.replace(file, JSON.writeValueAsString(measured));
      unsaved = false;
    } catch (UncheckedIOException e) {
      if (!unsaved) {
        unsaved = true;
        LOG.log(
            Level.WARNING,
            "{0}; what is measured of models counts until the engine ends",
            e.getMessage());
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("numbers cannot be written as JSON", e);
    }
  }
}
