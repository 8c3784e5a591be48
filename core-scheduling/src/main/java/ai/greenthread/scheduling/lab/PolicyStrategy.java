package ai.greenthread.scheduling.lab;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.ledger.WakeLock;
import ai.greenthread.scheduling.lifecycle.LifecycleSettings;
import ai.greenthread.scheduling.policy.Verdict;
import ai.greenthread.scheduling.policy.Waiter;
import ai.greenthread.scheduling.policy.WakePolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A policy of production in the lab. It is shown the board as records of the ledger, and asked for
 * one waiter after the other in the order of their tickets.
 */
public final class PolicyStrategy implements Strategy {
  private static final long REPORT_MICROS =
      TimeUnit.NANOSECONDS.toMicros(LifecycleSettings.AWAITED_PERIOD.toNanos());

  private final String name;
  private final WakePolicy policy;
  private final Map<Integer, Set<Victim>> asked = new HashMap<>();
  private final Set<Integer> ready = new HashSet<>();
  private final Map<ReplicaId, Integer> models = new HashMap<>();

  /** For one run. */
  public PolicyStrategy(String name, WakePolicy policy) {
    this.name = name;
    this.policy = policy;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void act(Board board) {
    List<Integer> waiters = new ArrayList<>();
    for (int i = 0; i < board.fleet().models().size(); i++) {
      models.putIfAbsent(board.fleet().replica(i), i);
      if (waits(board, i)) {
        waiters.add(i);
      } else {
        asked.remove(i);
        ready.remove(i);
      }
    }
    waiters.sort(
        Comparator.comparingLong((Integer model) -> since(board, model))
            .thenComparing(model -> board.fleet().replica(model)));
    for (int waiter : waiters) {
      decide(board, waiter);
    }
  }

  private void decide(Board board, int model) {
    LabModel what = board.fleet().models().get(model);
    List<DeviceRecord> records =
        board.devices(model).stream().map(device -> record(board, device)).toList();
    var waiter = new Waiter(ticket(board, model), what.needPerGpu(), what.fairness().maxWaitTime());
    switch (policy.decide(records, waiter, at(board.now()))) {
      case Verdict.WakeNow() -> {
        if (board.devices(model).stream().anyMatch(board::isLoading)) {
          ready.add(model);
        } else {
          board.wake(model);
        }
      }
      case Verdict.Preempt(Set<Victim> victims) -> {
        asked.put(model, victims);
        for (Victim victim : victims) {
          int leaver = models.getOrDefault(victim.replica(), -1);
          if (board.phase(leaver) == Board.Phase.SERVING) {
            board.sleep(leaver);
          }
        }
      }
      case Verdict.WaitUntil(Instant recheckAt, String _) ->
          board.lookAgain(ChronoUnit.MICROS.between(Instant.EPOCH, recheckAt));
      case Verdict.Never(String reason) -> throw new IllegalStateException(name + ": " + reason);
    }
  }

  private static boolean waits(Board board, int model) {
    return board.phase(model) == Board.Phase.ASLEEP && board.parked(model) > 0;
  }

  /** A replica stands in line since its first request does. */
  private static long since(Board board, int model) {
    return board.oldestParked(model);
  }

  private static Instant at(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  private static Ticket ticket(Board board, int model) {
    return new Ticket(at(since(board, model)), board.fleet().replica(model));
  }

  private DeviceRecord record(Board board, int device) {
    var occupants = new ArrayList<Occupant>();
    var intents = new ArrayList<Intent>();
    Optional<WakeLock> lock = Optional.empty();
    for (int tenant : board.tenants(device)) {
      LabModel model = board.fleet().models().get(tenant);
      ReplicaId replica = board.fleet().replica(tenant);
      occupants.add(occupant(board, tenant, model, replica));
      if (waits(board, tenant)) {
        intents.add(
            new Intent(
                ticket(board, tenant),
                0,
                model.needPerGpu(),
                ready.contains(tenant),
                asked.getOrDefault(tenant, Set.of())));
      }
      if (board.phase(tenant) == Board.Phase.LOADING) {
        lock = Optional.of(new WakeLock(replica, 0, Instant.MAX));
      }
    }
    intents.sort(Comparator.comparing(Intent::ticket));
    Bytes capacity = board.fleet().gpus().get(device);
    return DeviceRecord.of(LabFleet.gpu(device), 0, capacity, occupants, intents, lock);
  }

  private static Occupant occupant(Board board, int tenant, LabModel model, ReplicaId replica) {
    OccupantState state =
        switch (board.phase(tenant)) {
          case ASLEEP -> OccupantState.SLEEPING;
          case LOADING -> OccupantState.WAKING;
          case SERVING -> OccupantState.SERVING;
          case DRAINING, UNLOADING -> OccupantState.DRAINING;
        };
    boolean holds = state != OccupantState.SLEEPING;
    return new Occupant(
        replica,
        board.servingSince(tenant),
        state,
        holds ? model.needPerGpu() : Bytes.ZERO,
        model.residual(),
        holds ? model.needPerGpu() : model.residual(),
        model.fairness().popular(),
        model.fairness().minRuntime(),
        at(board.servingSince(tenant)),
        at(board.inFlight(tenant) > 0 ? board.now() : board.lastUsed(tenant)),
        saysIdle(board, tenant),
        switchCost(board, tenant, model));
  }

  /**
   * A sidecar says at once that nobody uses its server any more, but that somebody does again only
   * with its next report.
   */
  private static boolean saysIdle(Board board, int tenant) {
    boolean wasIdle = board.busySince(tenant) > board.servingSince(tenant);
    return board.inFlight(tenant) == 0
        || (wasIdle && board.now() < board.busySince(tenant) + REPORT_MICROS);
  }

  /** What a sidecar would have learned. */
  private static Duration switchCost(Board board, int tenant, LabModel model) {
    return model.sleep().plusNanos((long) (board.fleet().loadSeconds(tenant) * 1e9));
  }
}
