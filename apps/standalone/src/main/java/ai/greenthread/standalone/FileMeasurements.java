package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.runtime.Measurements;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What was measured of each model, kept in one file. The replicas of a model need the same. A file
 * that cannot be read counts as empty: everything is measured again.
 */
final class FileMeasurements implements Measurements {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Map<String, Long> measured;

  FileMeasurements(Path file) {
    this.file = file;
    this.measured =
        new TreeMap<>(DataFolder.read(file).map(FileMeasurements::parse).orElse(Map.of()));
  }

  private static Map<String, Long> parse(String content) {
    try {
      return JSON.readValue(content, new TypeReference<Map<String, Long>>() {});
    } catch (JsonProcessingException e) {
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
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("numbers cannot be written as JSON", e);
    }
  }
}
