package ai.greenthread.runtimes.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.runtimes.simulated.GpuLedgerFile.OutOfMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file that pretends to be the GPUs. */
class GpuLedgerFileTest {
  @TempDir private Path folder;

  private GpuLedgerFile ledger() {
    return new GpuLedgerFile(folder.resolve("gpus"));
  }

  @Test
  void ownersReplaceTheirOwnHoldingsOnly() throws Exception {
    GpuLedgerFile ledger = ledger();
    ledger.set("a", Map.of(0, 30L, 1, 30L), 100);
    ledger.set("b", Map.of(0, 50L), 100);
    ledger.set("a", Map.of(1, 10L), 100);
    assertThat(ledger.usedBytes(0)).isEqualTo(50);
    assertThat(ledger.usedBytes(1)).isEqualTo(10);
  }

  @Test
  void aDeviceNeverHoldsMoreThanItsCapacityAndARefusalChangesNothing() throws Exception {
    GpuLedgerFile ledger = ledger();
    ledger.set("a", Map.of(0, 60L), 100);
    assertThatThrownBy(() -> ledger.set("b", Map.of(0, 41L, 1, 5L), 100))
        .isInstanceOf(OutOfMemory.class)
        .hasMessageContaining("40 bytes free");
    assertThat(ledger.usedBytes(0)).isEqualTo(60);
    assertThat(ledger.usedBytes(1)).isZero();
    ledger.set("a", Map.of(0, 100L), 100);
  }

  @Test
  void shrinkingIsNeverRefused() throws Exception {
    GpuLedgerFile ledger = ledger();
    ledger.set("a", Map.of(0, 60L), 100);
    ledger.set("b", Map.of(0, 40L), 100);
    ledger.set("a", Map.of(0, 50L), 70);
    assertThat(ledger.usedBytes(0)).isEqualTo(90);
  }

  @Test
  void linesOfOthersStayAndThoseOfTheDeadCountNothing() throws Exception {
    Path file = folder.resolve("gpus");
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.write(
        file, List.of("gpu Fake|1000|0", "proc 0 " + dead.pid() + " 999 ghost", "proc broken"));
    GpuLedgerFile ledger = ledger();
    assertThat(ledger.usedBytes(0)).isZero();
    ledger.set("a", Map.of(0, 1000L), 1000);
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "gpu Fake|1000|0",
            "proc broken",
            "proc 0 " + ProcessHandle.current().pid() + " 1000 a");
  }

  @Test
  void writersAtTheSameTimeNeverOverfillADevice() throws Exception {
    List<Future<Boolean>> claims = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        String owner = "owner-" + i;
        claims.add(threads.submit(() -> claims(owner)));
      }
    }
    int granted = 0;
    for (Future<Boolean> claim : claims) {
      granted += claim.get() ? 1 : 0;
    }
    assertThat(granted).isEqualTo(7);
    assertThat(ledger().usedBytes(0)).isEqualTo(98);
  }

  private boolean claims(String owner) {
    try {
      ledger().set(owner, Map.of(0, 14L), 100);
      return true;
    } catch (OutOfMemory _) {
      return false;
    }
  }
}
