package ai.greenthread.scheduling.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every store of device records promises. A store's own test extends this class; it begins
 * each test with the two devices of {@link #DEVICES}, both empty.
 */
public abstract class GpuLedgerContract {
  /** The devices that {@link #create} has to hold. */
  protected static final List<GpuId> DEVICES = List.of(new GpuId("n1", 0), new GpuId("n1", 1));

  /** What each of them has to hand out. */
  protected static final Bytes CAPACITY = Bytes.ofGiB(80);

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final GpuId FIRST = DEVICES.get(0);
  private static final GpuId SECOND = DEVICES.get(1);

  /** A store with {@link #DEVICES} and nobody on them. */
  protected abstract GpuLedger create();

  private GpuLedger ledger;

  @BeforeEach
  final void open() {
    ledger = create();
  }

  private static ReplicaId replica(String name) {
    return new ReplicaId(new ModelRef("default", name), 0);
  }

  private DeviceRecord read(GpuId device) {
    return ledger.read(List.of(device)).getFirst();
  }

  private static DeviceRecord changed(DeviceRecord record, LedgerChange change) {
    return ((LedgerRules.Ruling.Allowed) LedgerRules.apply(record, change, NOW)).next();
  }

  private static LedgerChange enrol(String name, long generation) {
    return new LedgerChange.Enrol(
        replica(name), generation, false, Duration.ofSeconds(10), Bytes.ZERO);
  }

  @Test
  void aNewDeviceIsEmptyAndHasItsCapacity() {
    DeviceRecord record = read(FIRST);

    assertThat(record.id()).isEqualTo(FIRST);
    assertThat(record.capacity()).isEqualTo(CAPACITY);
    assertThat(record.occupants()).isEmpty();
    assertThat(record.intents()).isEmpty();
    assertThat(record.lock()).isEmpty();
  }

  @Test
  void recordsComeInTheOrderAskedFor() {
    assertThat(ledger.read(List.of(SECOND, FIRST)))
        .extracting(DeviceRecord::id)
        .containsExactly(SECOND, FIRST);
    assertThat(ledger.read(List.of())).isEmpty();
  }

  @Test
  void aDeviceThatDoesNotExistCannotBeRead() {
    assertThatExceptionOfType(LedgerUnavailable.class)
        .isThrownBy(() -> ledger.read(List.of(FIRST, new GpuId("nowhere", 7))));
  }

  @Test
  void whatWasStoredIsReadBackWhole() {
    DeviceRecord next = read(FIRST);
    for (LedgerChange change :
        List.of(
            enrol("a", 1),
            enrol("b", 1),
            new LedgerChange.TakeLock(replica("b"), 2, NOW.plusSeconds(60)),
            new LedgerChange.Claim(replica("b"), 2, Bytes.ofGiB(30)),
            new LedgerChange.Confirm(
                replica("b"), 2, Bytes.ofGiB(20), Bytes.ofGiB(22), Duration.ofMillis(1500)),
            new LedgerChange.Enlist(replica("a"), 2, NOW, Bytes.ofGiB(70), true),
            new LedgerChange.TakeLock(replica("a"), 2, NOW.plusSeconds(90)))) {
      next = changed(next, change);
    }
    Intent waiting = next.intents().getFirst();
    next =
        DeviceRecord.of(
            FIRST,
            next.version(),
            next.capacity(),
            next.occupants(),
            List.of(
                new Intent(
                    waiting.ticket(),
                    waiting.generation(),
                    waiting.need(),
                    waiting.ready(),
                    Set.of(new Victim(replica("b"), 2)))),
            next.lock());

    assertThat(ledger.compareAndSet(next)).isTrue();

    DeviceRecord stored = read(FIRST);
    assertThat(stored.occupants()).containsExactlyElementsOf(next.occupants());
    assertThat(stored.intents()).isEqualTo(next.intents());
    assertThat(stored.lock()).isEqualTo(next.lock());
    assertThat(stored.capacity()).isEqualTo(next.capacity());
  }

  @Test
  void aRecordThatSomebodyElseHasReplacedIsNotStored() {
    DeviceRecord seen = read(FIRST);
    assertThat(ledger.compareAndSet(changed(seen, enrol("a", 1)))).isTrue();

    assertThat(ledger.compareAndSet(changed(seen, enrol("b", 1)))).isFalse();

    assertThat(read(FIRST).occupant(replica("a"))).isPresent();
    assertThat(read(FIRST).occupant(replica("b"))).isEmpty();
  }

  @Test
  void theAnswerSaysWhatHappenedEvenAfterAWriteThatChangedNothing() {
    DeviceRecord seen = read(FIRST);
    assertThat(ledger.compareAndSet(seen)).isTrue();

    // A store may leave the version as it is when nothing changed; then nobody was overtaken.
    boolean second = ledger.compareAndSet(changed(seen, enrol("a", 1)));
    assertThat(second).isEqualTo(read(FIRST).occupant(replica("a")).isPresent());
  }

  @Test
  void devicesAreIndependent() {
    DeviceRecord first = read(FIRST);
    DeviceRecord second = read(SECOND);
    assertThat(ledger.compareAndSet(changed(first, enrol("a", 1)))).isTrue();

    assertThat(ledger.compareAndSet(changed(second, enrol("b", 1)))).isTrue();
  }

  @Test
  void versionsGrow() {
    DeviceRecord before = read(FIRST);
    ledger.compareAndSet(changed(before, enrol("a", 1)));

    assertThat(read(FIRST).version()).isGreaterThan(before.version());
  }

  @Test
  void aWatchHearsOfItsDevicesOnlyAndOfTheLastRecordAlways() {
    var heard = new ConcurrentLinkedQueue<DeviceRecord>();
    try (GpuLedger.Watch _ = ledger.watch(List.of(FIRST), heard::add)) {
      ledger.compareAndSet(changed(read(SECOND), enrol("b", 1)));
      for (int i = 1; i <= 20; i++) {
        ledger.compareAndSet(changed(read(FIRST), enrol("a", i)));
      }
      long last = read(FIRST).version();

      await(() -> heard.stream().anyMatch(record -> record.version() == last));
    }
    assertThat(heard).extracting(DeviceRecord::id).containsOnly(FIRST);
    assertThat(heard)
        .anySatisfy(record ->
            assertThat(record.occupant(replica("a")))
                .hasValueSatisfying(mine -> assertThat(mine.generation()).isEqualTo(20)));
  }

  @Test
  void twoWatchesOfOneListenerAreTwo() {
    var heard = new ConcurrentLinkedQueue<DeviceRecord>();
    GpuLedger.Watch ended = ledger.watch(List.of(FIRST), heard::add);
    try (GpuLedger.Watch _ = ledger.watch(List.of(FIRST), heard::add)) {
      ended.close();
      ended.close();

      ledger.compareAndSet(changed(read(FIRST), enrol("a", 1)));

      await(() -> !heard.isEmpty());
    }
  }

  @Test
  void aWatchThatEndedHearsNothing() {
    var ended = new ConcurrentLinkedQueue<DeviceRecord>();
    var other = new ConcurrentLinkedQueue<DeviceRecord>();
    ledger.watch(List.of(FIRST), ended::add).close();
    try (GpuLedger.Watch _ = ledger.watch(List.of(FIRST), other::add)) {
      ledger.compareAndSet(changed(read(FIRST), enrol("a", 1)));
      await(() -> !other.isEmpty());
    }

    assertThat(ended).isEmpty();
  }

  @Test
  void ofManyWritersAtOnceExactlyOneWinsEachVersion() throws InterruptedException {
    int writers = 8;
    int wins = 25;
    var won = new AtomicInteger();
    var lost = new AtomicInteger();
    var start = new CountDownLatch(1);
    var threads = new ArrayList<Thread>();
    for (int w = 0; w < writers; w++) {
      String name = "w" + w;
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                awaitQuietly(start);
                for (int i = 1; i <= wins; ) {
                  if (ledger.compareAndSet(changed(read(FIRST), enrol(name, i)))) {
                    won.incrementAndGet();
                    i++;
                  } else {
                    lost.incrementAndGet();
                  }
                }
              }));
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(won).hasValue(writers * wins);
    assertThat(read(FIRST).occupants())
        .hasSize(writers)
        .allSatisfy(occupant -> assertThat(occupant.generation()).isEqualTo(wins));
  }

  @Test
  void manyReplicasThatClaimAtOnceNeverHoldMoreThanThereIs() throws InterruptedException {
    var threads = new ArrayList<Thread>();
    var served = new AtomicInteger();
    for (int r = 0; r < 6; r++) {
      var mine =
          new Ledger(ledger, replica("r" + r), DEVICES, () -> NOW.plusSeconds(1_000), () -> {});
      mine.enrol(1, false, Duration.ZERO);
      threads.add(Thread.ofVirtual().start(() -> takeTurns(mine, served)));
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(served).hasValue(6);
    assertThat(ledger.read(DEVICES))
        .allSatisfy(record -> {
          assertThat(record.lock()).isEmpty();
          assertThat(record.intents()).isEmpty();
          assertThat(record.charged()).isEqualTo(Bytes.ZERO);
        });
  }

  private void takeTurns(Ledger mine, AtomicInteger served) {
    Bytes need = Bytes.ofGiB(30);
    Instant expiry = NOW.plusSeconds(2_000);
    while (!(mine.claim(2, NOW, need, expiry) instanceof Ledger.ClaimOutcome.Claimed)) {
      LockSupport.parkNanos(1_000);
    }
    mine.confirm(2, Map.of(FIRST, need, SECOND, need), need, Duration.ZERO);
    boolean overcommitted = ledger.read(DEVICES).stream().anyMatch(DeviceRecord::isOvercommitted);
    mine.release(3, Map.of());
    if (!overcommitted) {
      served.incrementAndGet();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void await(BooleanSupplier condition) {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("time to wait for a watch").isBefore(deadline);
      LockSupport.parkNanos(1_000);
    }
  }
}
