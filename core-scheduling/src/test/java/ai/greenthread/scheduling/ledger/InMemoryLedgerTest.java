package ai.greenthread.scheduling.ledger;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InMemoryLedgerTest extends GpuLedgerContract {
  @Override
  protected GpuLedger create() {
    var store = new InMemoryLedger();
    DEVICES.forEach(device -> store.add(device, CAPACITY));
    return store;
  }

  @Test
  void addingADeviceAgainKeepsItsRecord() {
    var store = new InMemoryLedger();
    store.add(gpu(0), gib(80));
    var ledger = new Ledger(store, replica("a"), List.of(gpu(0)), () -> T0, () -> {});
    ledger.enrol(1, false, seconds(10));

    store.add(gpu(0), gib(10));

    assertThat(ledger.read().getFirst().capacity()).isEqualTo(gib(80));
    assertThat(ledger.read().getFirst().occupant(replica("a"))).isPresent();
  }

  @Test
  void aServerThatOutgrowsItsDeviceIsCounted() {
    var store = new InMemoryLedger();
    store.add(gpu(0), gib(80));
    store.add(gpu(1), gib(80));
    var ledger = new Ledger(store, replica("a"), List.of(gpu(0)), () -> T0, () -> {});
    ledger.enrol(1, false, seconds(10));
    ledger.claim(2, T0, gib(40), at(60));
    ledger.confirm(2, Map.of(gpu(0), gib(40)), gib(40), Duration.ZERO);
    assertThat(store.overcommits()).isZero();

    ledger.touch(2, at(1), false, Map.of(gpu(0), gib(90)));

    assertThat(store.overcommits()).isEqualTo(1);
    assertThat(store.overcommits(gpu(0))).isEqualTo(1);
    assertThat(store.overcommits(gpu(1))).isZero();
  }
}
