package ai.greenthread.scheduling.lab;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What the rivals have in common: waiters are looked at in some order, and for each the cheapest
 * models that may leave are put to sleep until it fits. Memory that an earlier waiter counts on is
 * not given to a later one, and nobody is put to sleep in vain.
 */
abstract class Rival implements Strategy {
  /** May not be put to sleep. */
  static final double NEVER = Double.POSITIVE_INFINITY;

  private final String name;

  Rival(String name) {
    this.name = name;
  }

  @Override
  public final String name() {
    return name;
  }

  /** The lower, the earlier a serving model is put to sleep for that waiter. */
  abstract double price(Board board, int victim, int waiter);

  /** In which order waiters are looked at; by default who waits longest comes first. */
  Comparator<Integer> order(Board board) {
    return Comparator.comparingLong(board::oldestParked);
  }

  /** Nobody is looked at behind one that cannot be helped yet. */
  boolean blocksBehindFirst() {
    return false;
  }

  /** Called for each model that is put to sleep. */
  void evicted(Board board, int victim, double price) {}

  @Override
  public final void act(Board board) {
    int models = board.fleet().models().size();
    List<Integer> waiters = new ArrayList<>();
    long[] room = room(board);
    for (int i = 0; i < models; i++) {
      if (board.phase(i) == Board.Phase.ASLEEP && board.parked(i) > 0) {
        waiters.add(i);
      }
    }
    waiters.sort(order(board).thenComparing(Comparator.naturalOrder()));
    for (int waiter : waiters) {
      if (!help(board, waiter, room) && blocksBehindFirst()) {
        break;
      }
    }
    if (!waiters.isEmpty()) {
      board.lookAgain(board.now() + 100_000);
    }
  }

  /** Free, and what those who leave will free; less what earlier waiters take. */
  private static long[] room(Board board) {
    long[] room = new long[board.fleet().gpus().size()];
    for (int device = 0; device < room.length; device++) {
      room[device] = board.free(device).count();
      for (int tenant : board.tenants(device)) {
        switch (board.phase(tenant)) {
          case DRAINING, UNLOADING -> room[device] += size(board, tenant);
          case ASLEEP, LOADING, SERVING -> {}
        }
      }
    }
    return room;
  }

  static long size(Board board, int model) {
    LabModel which = board.fleet().models().get(model);
    return Math.max(0, which.needPerGpu().count() - which.residual().count());
  }

  /** True when it wakes, or all that it needs is on the way. */
  private boolean help(Board board, int waiter, long[] room) {
    long need = size(board, waiter);
    List<Integer> devices = board.devices(waiter);
    if (devices.stream().anyMatch(device -> room[device] < need)
        && !evict(board, waiter, need, room)) {
      return false;
    }
    devices.forEach(device -> room[device] -= need);
    boolean now = board.fits(waiter) && devices.stream().noneMatch(board::isLoading);
    if (now) {
      board.wake(waiter);
    }
    return now;
  }

  private boolean evict(Board board, int waiter, long need, long[] room) {
    record Candidate(int model, double price) {}
    List<Candidate> candidates = new ArrayList<>();
    for (int device : board.devices(waiter)) {
      for (int tenant : board.tenants(device)) {
        if (board.phase(tenant) == Board.Phase.SERVING
            && !board.fleet().models().get(tenant).fairness().popular()
            && candidates.stream().noneMatch(candidate -> candidate.model() == tenant)) {
          double price = price(board, tenant, waiter);
          if (price < NEVER) {
            candidates.add(new Candidate(tenant, price));
          }
        }
      }
    }
    candidates.sort(
        Comparator.comparingDouble(Candidate::price).thenComparingInt(Candidate::model));
    long[] after = room.clone();
    List<Candidate> chosen = new ArrayList<>();
    for (Candidate candidate : candidates) {
      if (board.devices(waiter).stream().allMatch(device -> after[device] >= need)) {
        break;
      }
      chosen.add(candidate);
      board
          .devices(candidate.model())
          .forEach(device -> after[device] += size(board, candidate.model()));
    }
    if (board.devices(waiter).stream().anyMatch(device -> after[device] < need)) {
      return false;
    }
    for (Candidate candidate : chosen) {
      evicted(board, candidate.model(), candidate.price());
      board.sleep(candidate.model());
    }
    System.arraycopy(after, 0, room, 0, room.length);
    return true;
  }

  static boolean isIdle(Board board, int model) {
    return board.inFlight(model) == 0;
  }

  static double servedSeconds(Board board, int model) {
    return (board.now() - board.servingSince(model)) / 1e6;
  }

  static double waitedSeconds(Board board, int waiter) {
    return (board.now() - board.oldestParked(waiter)) / 1e6;
  }
}
