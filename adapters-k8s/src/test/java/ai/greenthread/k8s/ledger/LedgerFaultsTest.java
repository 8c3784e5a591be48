package ai.greenthread.k8s.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.FaultProxy;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.ledger.LedgerChange;
import ai.greenthread.scheduling.ledger.LedgerRules;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The way to the API server is bad; the ledger says so, and never says what is not so. */
@RealControlPlane
class LedgerFaultsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final GpuId GPU = new GpuId("n1", 0);
  private static final Bytes TOTAL = Bytes.ofGiB(80);
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final JsonApi direct;
  private final FaultProxy proxy;
  private final String namespace;
  private final GpuObjectLedger ledger;
  private final GpuObjectLedger sound;

  LedgerFaultsTest(ControlPlane plane) throws IOException {
    this.direct = plane.api();
    this.proxy = new FaultProxy(plane.port());
    this.namespace = plane.newNamespace("faults");
    this.ledger =
        new GpuObjectLedger(
            new JsonApi(plane.client(proxy.port()), LIMIT), namespace, new Random(1));
    this.sound = new GpuObjectLedger(direct, namespace, new Random(2));
  }

  @BeforeEach
  void connect() {
    Gpus.create(direct, namespace, GPU, TOTAL);
    // The first connection of a client takes long, and the limit of these tests is short.
    Await.until("the first answer through the proxy", () -> answers(hand(ledger, "a")));
  }

  @AfterEach
  void disconnect() throws IOException {
    proxy.close();
  }

  private static Ledger hand(GpuLedger store, String name) {
    return new Ledger(store, replica(name), List.of(GPU), () -> NOW, () -> {});
  }

  private static boolean has(DeviceRecord record, String name) {
    return record.occupant(replica(name)).isPresent();
  }

  private static ReplicaId replica(String name) {
    return new ReplicaId(new ModelRef("default", name), 0);
  }

  private DeviceRecord stored() {
    return sound.read(List.of(GPU)).getFirst();
  }

  @Test
  void aLostReplyIsNeitherSuccessNorConflictAndTheWriteMayBeRepeated() {
    DeviceRecord before = stored();
    Ledger losing = hand(new LosingReplies(ledger, proxy), "a");

    assertThatExceptionOfType(LedgerUnavailable.class)
        .isThrownBy(() -> losing.enrol(1, false, Duration.ofSeconds(10)))
        .withMessageContaining("is unknown");

    Await.until("the write to arrive", () -> has(stored(), "a"));
    assertThat(stored().version()).isGreaterThan(before.version());
    proxy.heal();
    Ledger mine = hand(ledger, "a");
    Await.until("an answer", () -> answers(mine));
    assertThat(mine.enrol(2, false, Duration.ofSeconds(10))).isEmpty();
    assertThat(ledger.compareAndSet(before)).isFalse();
  }

  @Test
  void aConnectionThatBreaksAfterTheWriteIsNoConflict() {
    DeviceRecord seen = stored();
    DeviceRecord next =
        ((LedgerRules.Ruling.Allowed)
                LedgerRules.apply(
                    seen,
                    new LedgerChange.Enrol(replica("a"), 1, false, Duration.ZERO, Bytes.ZERO),
                    NOW))
            .next();
    proxy.loseReplies();
    var outcome =
        CompletableFuture.supplyAsync(() -> {
          try {
            return "an answer: " + ledger.compareAndSet(next);
          } catch (LedgerUnavailable e) {
            return "unknown";
          }
        });
    Await.until("the write to arrive", () -> has(stored(), "a"));

    // A client that repeats the write by itself would meet its own and be told of a conflict.
    proxy.heal();

    assertThat(outcome.join()).isEqualTo("unknown");
  }

  private static boolean answers(Ledger ledger) {
    try {
      return !ledger.read().isEmpty();
    } catch (LedgerUnavailable e) {
      return false;
    }
  }

  /** Lets reads through and loses the reply of each write. */
  private record LosingReplies(GpuLedger inner, FaultProxy proxy) implements GpuLedger {
    @Override
    public List<DeviceRecord> read(Collection<GpuId> devices) {
      return inner.read(devices);
    }

    @Override
    public boolean compareAndSet(DeviceRecord next) {
      proxy.loseReplies();
      return inner.compareAndSet(next);
    }

    @Override
    public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
      return inner.watch(devices, listener);
    }
  }

  @Test
  void aSlowServerIsWaitedForAndOneThatIsTooSlowIsUnavailable() {
    proxy.delayReplies(LIMIT.dividedBy(4));
    assertThat(hand(ledger, "a").enrol(1, false, Duration.ZERO)).isEmpty();
    assertThat(has(stored(), "a")).isTrue();

    proxy.delayReplies(LIMIT.multipliedBy(2));
    assertThatExceptionOfType(LedgerUnavailable.class)
        .isThrownBy(() -> hand(ledger, "b").enrol(1, false, Duration.ZERO));
  }

  @Test
  void aServerThatCannotBeReachedIsUnavailable() {
    proxy.refuse();

    assertThatExceptionOfType(LedgerUnavailable.class)
        .isThrownBy(() -> ledger.read(List.of(GPU)))
        .withMessageContaining("gpu-n1-0 cannot be read");
    assertThatExceptionOfType(LedgerUnavailable.class)
        .isThrownBy(() -> ledger.compareAndSet(stored()))
        .withMessageContaining("is unknown");
  }

  @Test
  void aWatchThatWasCutHearsWhatItMissed() {
    var heard = new ConcurrentLinkedQueue<DeviceRecord>();
    try (GpuLedger.Watch _ = ledger.watch(List.of(GPU), heard::add)) {
      hand(sound, "a").enrol(1, false, Duration.ZERO);
      Await.until("the first event", () -> heard.stream().anyMatch(record -> has(record, "a")));

      proxy.refuse();
      hand(sound, "b").enrol(1, false, Duration.ZERO);
      hand(sound, "c").enrol(1, false, Duration.ZERO);
      assertThat(heard).noneMatch(record -> has(record, "b"));
      proxy.heal();

      Await.until("what was missed", () -> heard.stream().anyMatch(record -> has(record, "c")));
    }
  }

  @Test
  void aWatchThatBeginsWhileTheServerIsAwayHearsTheRecordThatIsThere() {
    hand(sound, "a").enrol(1, false, Duration.ZERO);
    var heard = new ConcurrentLinkedQueue<DeviceRecord>();
    proxy.refuse();
    try (GpuLedger.Watch _ = ledger.watch(List.of(GPU), heard::add)) {
      assertThat(heard).isEmpty();
      proxy.heal();

      Await.until("the record", () -> heard.stream().anyMatch(record -> has(record, "a")));
    }
  }

  @Test
  void whatTheAgentReportsStaysWhenTheLedgerWrites() throws IOException {
    String path = Resource.GPU.statusPath(namespace, GPU.objectName());
    String report =
        """
        {"status": {"mode": "inference", "health": "Healthy", "stats": {"temperatureCelsius": 61}}}
        """;
    ControlPlane.demand(direct.mergePatch(path, JsonParser.parseString(report)), "report");

    hand(ledger, "a").enrol(1, false, Duration.ZERO);
    ledgerClaims("a", Bytes.ofGiB(30));

    JsonObject object = direct.get(Resource.GPU.path(namespace, GPU.objectName())).body();
    JsonObject status = object.getAsJsonObject("status");
    assertThat(status.getAsJsonObject("stats").get("temperatureCelsius").getAsInt()).isEqualTo(61);
    assertThat(status.get("health").getAsString()).isEqualTo("Healthy");
    assertThat(status.get("availableMemoryBytes").getAsLong()).isEqualTo(Bytes.ofGiB(50).count());
    assertThat(status.getAsJsonObject("wakeLock").get("podName").getAsString()).isEqualTo("a-0");
  }

  private void ledgerClaims(String name, Bytes need) {
    assertThat(hand(ledger, name).claim(2, NOW, need, NOW.plusSeconds(60)))
        .isInstanceOf(Ledger.ClaimOutcome.Claimed.class);
  }

  @Test
  void aReportOfTheAgentIsAConflictLikeAnyOther() throws IOException {
    DeviceRecord seen = stored();
    String path = Resource.GPU.statusPath(namespace, GPU.objectName());
    ControlPlane.demand(
        direct.mergePatch(path, JsonParser.parseString("{\"status\": {\"mode\": \"idle\"}}")),
        "report");

    assertThat(ledger.compareAndSet(seen)).isFalse();
  }
}
