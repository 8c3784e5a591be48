package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileMeasurementsTest {
  private static final ModelRef MODEL = new ModelRef("default", "m");
  private static final ModelRef OTHER = new ModelRef("default", "other");
  private static final ReplicaId FIRST = new ReplicaId(MODEL, 0);
  private static final ReplicaId SECOND = new ReplicaId(MODEL, 1);

  @TempDir Path folder;

  private FileMeasurements open() {
    return new FileMeasurements(folder.resolve("measurements.json"));
  }

  @Test
  void whatWasMeasuredOfOneReplicaIsKnownOfAllAndAfterARestart() {
    FileMeasurements measurements = open();
    assertThat(measurements.servingMemoryPerGpu(FIRST)).isEmpty();
    measurements.recordServingMemoryPerGpu(FIRST, Bytes.ofMiB(70));
    assertThat(measurements.servingMemoryPerGpu(SECOND)).contains(Bytes.ofMiB(70));
    assertThat(open().of(MODEL)).contains(Bytes.ofMiB(70));
    assertThat(open().of(new ModelRef("other", "m"))).isEmpty();
  }

  @Test
  void theLastMeasurementCountsAndCanBeForgotten() {
    FileMeasurements measurements = open();
    measurements.recordServingMemoryPerGpu(FIRST, Bytes.ofMiB(70));
    measurements.recordServingMemoryPerGpu(SECOND, Bytes.ofMiB(80));
    assertThat(open().of(MODEL)).contains(Bytes.ofMiB(80));
    measurements.forget(MODEL);
    assertThat(measurements.of(MODEL)).isEmpty();
    assertThat(open().of(MODEL)).isEmpty();
  }

  @Test
  void aFileThatCannotBeReadCountsAsEmpty() throws IOException {
    Files.writeString(folder.resolve("measurements.json"), "{\"default/m\": 12");
    FileMeasurements measurements = open();
    assertThat(measurements.of(MODEL)).isEmpty();
    measurements.recordServingMemoryPerGpu(FIRST, Bytes.ofMiB(1));
    assertThat(open().of(MODEL)).contains(Bytes.ofMiB(1));
  }

  @Test
  void whatCannotBeSavedCountsAllTheSameAndIsSavedWithTheNext() throws IOException {
    FileMeasurements measurements = open();
    // A folder that is not empty cannot be replaced by a file, not even by root.
    Path inTheWay = folder.resolve("measurements.json/in-the-way");
    Files.createDirectories(inTheWay);
    measurements.recordServingMemoryPerGpu(FIRST, Bytes.ofMiB(70));
    measurements.forget(OTHER);
    assertThat(measurements.of(MODEL)).contains(Bytes.ofMiB(70));
    assertThat(open().of(MODEL)).isEmpty();

    Files.delete(inTheWay);
    Files.delete(inTheWay.getParent());
    measurements.recordServingMemoryPerGpu(new ReplicaId(OTHER, 0), Bytes.ofMiB(1));
    assertThat(open().of(MODEL)).contains(Bytes.ofMiB(70));
    assertThat(folder).isDirectoryNotContaining("glob:**.new");
  }
}
