package ai.greenthread.jmh;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.policy.PolicyName;
import ai.greenthread.scheduling.policy.Verdict;
import ai.greenthread.scheduling.policy.Waiter;
import ai.greenthread.scheduling.policy.WakePolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From a snapshot to a verdict in a full fleet of 1,000 models on 128 devices: of ten models six
 * are on one device, two on two, one on four and one on eight, where all have some memory or
 * residue. A tenth of them wait. Each call decides for the next of the waiters.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
public class DecideBenchmark {
  private static final int MODELS = 1_000;
  private static final int DEVICES = 128;
  private static final Instant NOW = Instant.EPOCH.plusSeconds(1_000);
  private static final int[] SPANS = {1, 1, 1, 1, 1, 1, 2, 2, 4, 8};

  /** By name. */
  @Param({"BOUNDED", "DOCUMENTED"})
  public PolicyName policy = PolicyName.BOUNDED;

  private record Question(List<DeviceRecord> devices, Waiter waiter) {}

  private final List<Question> questions = new ArrayList<>();
  private WakePolicy decides = PolicyName.BOUNDED.policy();
  private int next;

  /** The same fleet each time. */
  @Setup
  public void fill() {
    decides = policy.policy();
    var random = new SplittableRandom(7);
    long[] free = new long[DEVICES];
    java.util.Arrays.fill(free, Bytes.ofGiB(80).count());
    List<List<Occupant>> occupants = lists();
    List<List<Intent>> intents = lists();
    var waiters = new ArrayList<Waiter>();
    var places = new ArrayList<int[]>();
    for (int i = 0; i < MODELS; i++) {
      int span = SPANS[random.nextInt(SPANS.length)];
      int first = random.nextInt(DEVICES / span) * span;
      Bytes need = Bytes.ofGiB(4 + random.nextInt(28));
      var replica = new ReplicaId(new ModelRef("bench", "model-" + i), 0);
      boolean waits = i % 10 == 0;
      boolean serves = !waits && fits(free, first, span, need);
      if (waits) {
        var ticket = new Ticket(NOW.minusMillis(random.nextInt(20_000)), replica);
        waiters.add(new Waiter(ticket, need, Duration.ofSeconds(5)));
        places.add(new int[] {first, span});
      }
      for (int device = first; device < first + span; device++) {
        occupants.get(device).add(occupant(random, replica, need, serves));
        if (waits) {
          intents.get(device).add(new Intent(waiters.getLast().ticket(), 1, need, false, Set.of()));
        }
      }
    }
    List<DeviceRecord> records = new ArrayList<>();
    for (int device = 0; device < DEVICES; device++) {
      intents.get(device).sort(java.util.Comparator.comparing(Intent::ticket));
      records.add(
          DeviceRecord.of(
              new GpuId("node-" + device / 8, device % 8),
              1,
              Bytes.ofGiB(80),
              occupants.get(device),
              intents.get(device),
              Optional.empty()));
    }
    for (int i = 0; i < waiters.size(); i++) {
      int[] place = places.get(i);
      questions.add(
          new Question(
              List.copyOf(records.subList(place[0], place[0] + place[1])), waiters.get(i)));
    }
  }

  private static <T> List<List<T>> lists() {
    var lists = new ArrayList<List<T>>();
    for (int i = 0; i < DEVICES; i++) {
      lists.add(new ArrayList<>());
    }
    return lists;
  }

  private static boolean fits(long[] free, int first, int span, Bytes need) {
    for (int device = first; device < first + span; device++) {
      if (free[device] < need.count()) {
        return false;
      }
    }
    for (int device = first; device < first + span; device++) {
      free[device] -= need.count();
    }
    return true;
  }

  private static Occupant occupant(
      SplittableRandom random, ReplicaId replica, Bytes need, boolean serves) {
    Bytes residue = Bytes.ofMiB(1);
    return new Occupant(
        replica,
        1,
        serves ? OccupantState.SERVING : OccupantState.SLEEPING,
        serves ? need : Bytes.ZERO,
        residue,
        serves ? need : residue,
        false,
        Duration.ofSeconds(10),
        NOW.minusMillis(random.nextInt(60_000)),
        NOW.minusMillis(random.nextInt(30_000)),
        random.nextInt(3) == 0,
        Duration.ofMillis(1_500));
  }

  /** One verdict. */
  @Benchmark
  public Verdict decide() {
    Question question = questions.get(next);
    next = next + 1 == questions.size() ? 0 : next + 1;
    return decides.decide(question.devices(), question.waiter(), NOW);
  }
}
