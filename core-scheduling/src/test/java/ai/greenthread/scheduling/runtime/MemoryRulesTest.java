package ai.greenthread.scheduling.runtime;

import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MemoryRulesTest {
  private static final Bytes NOISE = Bytes.ofMiB(16);

  @Test
  void theFirstSleepMayKeepThreeTenths() {
    assertThat(MemoryRules.residueLimit(gib(40), Optional.empty())).isEqualTo(gib(12));
  }

  @Test
  void laterSleepsMayKeepAQuarterMoreThanTheyDidBefore() {
    assertThat(MemoryRules.residueLimit(gib(40), Optional.of(gib(4))))
        .isEqualTo(gib(5).plus(NOISE));
    assertThat(MemoryRules.residueLimit(gib(40), Optional.of(Bytes.ZERO))).isEqualTo(NOISE);
  }

  @Test
  void theNoiseOfTheMeasurementIsNoMemoryInUse() {
    assertThat(MemoryRules.residueLimit(Bytes.ZERO, Optional.empty())).isEqualTo(NOISE);
    assertThat(MemoryRules.residueLimit(Bytes.ofMiB(10), Optional.of(gib(4)))).isEqualTo(NOISE);
  }

  @Test
  void aSleepNeverCountsWithMoreInUseThanBefore() {
    assertThat(MemoryRules.residueLimit(gib(2), Optional.of(gib(40)))).isEqualTo(gib(2));
  }

  @Test
  void aLyingSleepIsFoundOutOnAnyDevice() {
    var before = Map.of(gpu(0), gib(40), gpu(1), gib(40));

    assertThat(MemoryRules.stillHolds(Map.of(gpu(0), gib(1)), before, Map.of())).isEmpty();
    assertThat(MemoryRules.stillHolds(Map.of(gpu(0), gib(1), gpu(1), gib(40)), before, Map.of()))
        .hasValueSatisfying(reason ->
            assertThat(reason)
                .contains("40 GiB still in use on gpu-n1-1")
                .contains("at most 12 GiB"));
  }

  @Test
  void aServerThatHasEndedHoldsNothing() {
    assertThat(
            MemoryRules.stillHolds(
                Map.of(gpu(0), Bytes.ofMiB(17)),
                Map.of(gpu(0), Bytes.ofMiB(17)),
                Map.of(gpu(0), Bytes.ZERO)))
        .isPresent();
    assertThat(
            MemoryRules.stillHolds(
                Map.of(gpu(0), Bytes.ofMiB(16)),
                Map.of(gpu(0), Bytes.ofMiB(17)),
                Map.of(gpu(0), Bytes.ZERO)))
        .isEmpty();
  }
}
