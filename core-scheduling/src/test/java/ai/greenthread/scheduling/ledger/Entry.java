package ai.greenthread.scheduling.ledger;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.ledger.LedgerRules.Refusal;
import ai.greenthread.scheduling.ledger.LedgerRules.Ruling;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/** One device's record on its way through changes; each step says what the rules have to answer. */
final class Entry {
  private DeviceRecord record = DeviceRecord.empty(gpu(0), gib(80));
  private Instant now = T0;

  DeviceRecord record() {
    return record;
  }

  Entry at(Instant moment) {
    now = moment;
    return this;
  }

  Entry allows(LedgerChange change) {
    Ruling ruling = LedgerRules.apply(record, change, now);
    assertThat(ruling).as("%s on %s", change, record).isInstanceOf(Ruling.Allowed.class);
    record = ((Ruling.Allowed) ruling).next();
    return this;
  }

  Entry refuses(LedgerChange change, Refusal why) {
    Ruling ruling = LedgerRules.apply(record, change, now);
    assertThat(ruling).as("%s on %s", change, record).isInstanceOf(Ruling.Refused.class);
    assertThat(((Ruling.Refused) ruling).refusal()).as("%s", change).isEqualTo(why);
    return this;
  }

  Entry changesNothing(LedgerChange change) {
    DeviceRecord before = record;
    allows(change);
    assertThat(record).as("%s", change).isSameAs(before);
    return this;
  }

  Occupant occupant(String name) {
    return record.occupant(replica(name)).orElseThrow();
  }

  /** Enrolled, not popular, 10 s minimum runtime, generation 1. */
  Entry enrolled(String name) {
    return allows(enrol(name, 1, false));
  }

  Entry serving(String name, long generation, long gib) {
    return allows(lock(name, generation, 100))
        .allows(claim(name, generation, gib))
        .allows(confirm(name, generation, gib));
  }

  /** A conversion holds memory, as only its own maker writes it. */
  Entry converting(String name, long generation, long gib) {
    record =
        record.with(
            new Occupant(
                replica(name),
                generation,
                OccupantState.CONVERTING,
                gib(gib),
                gib(0),
                gib(0),
                false,
                seconds(0),
                Instant.EPOCH,
                Instant.EPOCH,
                false,
                Duration.ZERO));
    return this;
  }

  static LedgerChange enrol(String name, long generation, boolean popular) {
    return new LedgerChange.Enrol(replica(name), generation, popular, seconds(10), Bytes.ZERO);
  }

  static LedgerChange enlist(String name, long generation, Instant since, long gib) {
    return new LedgerChange.Enlist(replica(name), generation, since, gib(gib), false);
  }

  static LedgerChange name(String waiter, long generation, String victim, long itsGeneration) {
    return new LedgerChange.NameVictims(
        replica(waiter), generation, Set.of(new Victim(replica(victim), itsGeneration)));
  }

  static LedgerChange lock(String name, long generation, long forSeconds) {
    return new LedgerChange.TakeLock(replica(name), generation, T0.plusSeconds(forSeconds));
  }

  static LedgerChange claim(String name, long generation, long gib) {
    return new LedgerChange.Claim(replica(name), generation, gib(gib));
  }

  static LedgerChange confirm(String name, long generation, long gib) {
    return new LedgerChange.Confirm(replica(name), generation, gib(gib), gib(gib), Duration.ZERO);
  }

  static LedgerChange drain(String name, long generation) {
    return new LedgerChange.Drain(replica(name), generation);
  }

  static LedgerChange release(String name, long generation, long gib) {
    return new LedgerChange.Release(replica(name), generation, gib(gib));
  }

  static LedgerChange touch(String name, long generation, Instant accessed, long gib) {
    return new LedgerChange.Touch(replica(name), generation, accessed, false, gib(gib));
  }
}
