package ai.greenthread.domain.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.greenthread.domain.Bytes;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GpuVocabularyTest {
  private static final GpuId FIRST = new GpuId("here", 0);

  @Test
  void aDeviceWithoutMemoryIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new GpuDevice(FIRST, "GPU-1", "Card", Bytes.ZERO, GpuKind.PHYSICAL, false))
        .withMessageContaining("gpu-here-0")
        .withMessageContaining("above zero");
  }

  @Test
  void aWholeAnswerCountsAnUnlistedProcessAsZeroAndEachListedOneOnce() {
    GpuProcesses whole = GpuProcesses.of(Map.of(7L, Bytes.ofMiB(3), 8L, Bytes.ofMiB(4)));

    assertThat(whole.heldBy(List.of(7L, 8L, 8L, 9L))).contains(Bytes.ofMiB(7));
    assertThat(whole.heldBy(List.of(9L))).contains(Bytes.ZERO);
  }

  @Test
  void anAnswerWithGapsNeverTurnsWhatItDoesNotKnowIntoZero() {
    GpuProcesses gaps = new GpuProcesses(Map.of(7L, Bytes.ofMiB(3)), List.of("hidden by MIG"));

    assertThat(gaps.heldBy(List.of(7L))).contains(Bytes.ofMiB(3));
    assertThat(gaps.heldBy(List.of(7L, 9L))).isEmpty();
    assertThat(GpuProcesses.unread("no permission").heldBy(List.of(9L))).isEmpty();
  }

  @Test
  void anInventoryKeepsTheReasonsOfEarlierProbesBeforeItsOwn() {
    GpuInventory.Note first = new GpuInventory.Note("NVML", "no driver");
    GpuInventory.Note second = new GpuInventory.Note("nvidia-smi", "not installed");

    GpuInventory none = GpuInventory.none(second).after(List.of(first));

    assertThat(none.notes()).containsExactly(first, second);
    assertThat(none.total()).isEqualTo(Bytes.ZERO);
    assertThat(none.device(FIRST)).isEmpty();
  }
}
