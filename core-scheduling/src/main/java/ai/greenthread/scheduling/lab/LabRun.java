package ai.greenthread.scheduling.lab;

import ai.greenthread.domain.Bytes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * One strategy over one trace. It goes on after the last arrival until everybody is served, or
 * nothing moves any more: a wait that the end of a trace cuts off would flatter whoever caused it.
 */
public final class LabRun implements Board {
  /** Of virtual time after the last arrival; whoever waits then waits for ever. */
  private static final long PATIENCE = 24L * 3600 * 1_000_000;

  private static final int RUNAWAY = 1_000;

  private enum Kind {
    ARRIVAL,
    ENDED,
    LOADED,
    UNLOADED,
    DRAIN_DEADLINE,
    IDLE,
    LOOK
  }

  /**
   * @param subject model or request
   * @param turn of the model, or of the link, for which it holds; another one makes it void
   */
  private record Event(long at, long order, Kind kind, int subject, long turn)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private static final class Tenant {
    final LabModel model;
    final List<Integer> devices;
    final ArrayDeque<Integer> parked = new ArrayDeque<>();

    /** In the server, but not in its batch. */
    final ArrayDeque<Integer> queued = new ArrayDeque<>();

    final Set<Integer> running = new LinkedHashSet<>();
    Phase phase = Phase.ASLEEP;
    long turn;
    long servingSince;
    long lastUsed;
    long busySince;
    long served;
    boolean busy;

    Tenant(LabModel model, List<Integer> devices) {
      this.model = model;
      this.devices = devices;
    }
  }

  private final LabFleet fleet;
  private final List<Arrival> arrivals;
  private final Strategy strategy;
  private final List<Tenant> tenants = new ArrayList<>();
  private final List<List<Integer>> byDevice = new ArrayList<>();
  private final long[] free;
  private final int[] loading;

  /** Models with a request that runs, per device; since when there is one. */
  private final int[] busy;

  private final long[] busyFrom;
  private final int[][] future;
  private final int[] futureAt;
  private final PriorityQueue<Event> agenda = new PriorityQueue<>();
  private final Link link;
  private final LabResult.Builder result;
  private long linkTurn;
  private long now;
  private long order;
  private long nextLook = Long.MAX_VALUE;
  private boolean acted;

  private LabRun(LabFleet fleet, List<Arrival> arrivals, Strategy strategy) {
    this.fleet = fleet;
    this.arrivals = arrivals;
    this.strategy = strategy;
    this.link =
        new Link(fleet.linkBytesPerSecond(), fleet.hostBytesPerSecond(), fleet.wakesAtOnce());
    this.result = new LabResult.Builder(strategy.name(), fleet, arrivals);
    this.free = fleet.gpus().stream().mapToLong(Bytes::count).toArray();
    this.loading = new int[free.length];
    this.busy = new int[free.length];
    this.busyFrom = new long[free.length];
    fleet.gpus().forEach(_ -> byDevice.add(new ArrayList<>()));
    List<List<Integer>> places = fleet.placements();
    for (int i = 0; i < fleet.models().size(); i++) {
      var tenant = new Tenant(fleet.models().get(i), places.get(i));
      tenants.add(tenant);
      for (int device : tenant.devices) {
        byDevice.get(device).add(i);
        free[device] -= tenant.model.residual().count();
      }
    }
    this.future = future(arrivals, tenants.size());
    this.futureAt = new int[tenants.size()];
  }

  private static int[][] future(List<Arrival> arrivals, int models) {
    int[] counts = new int[models];
    arrivals.forEach(arrival -> counts[arrival.model()]++);
    int[][] future = new int[models][];
    Arrays.setAll(future, i -> new int[counts[i]]);
    Arrays.fill(counts, 0);
    for (int i = 0; i < arrivals.size(); i++) {
      int model = arrivals.get(i).model();
      future[model][counts[model]++] = i;
    }
    return future;
  }

  /**
   * Runs to the end.
   *
   * @param arrivals in order of time
   * @throws IllegalArgumentException when a model of the fleet fits nowhere
   * @throws IllegalStateException when the strategy does what cannot be done
   */
  public static LabResult of(LabFleet fleet, List<Arrival> arrivals, Strategy strategy) {
    return new LabRun(fleet, arrivals, strategy).run();
  }

  private LabResult run() {
    for (int i = 0; i < arrivals.size(); i++) {
      add(arrivals.get(i).micros(), Kind.ARRIVAL, i, 0);
    }
    long last = arrivals.isEmpty() ? 0 : arrivals.getLast().micros();
    while (!agenda.isEmpty() && agenda.peek().at() <= last + PATIENCE) {
      now = agenda.peek().at();
      boolean happened = false;
      while (!agenda.isEmpty() && agenda.peek().at() == now) {
        happened |= happen(agenda.poll());
      }
      if (happened) {
        act();
      }
      if (now > last && result.isComplete()) {
        break;
      }
    }
    return result.build(now);
  }

  /** Until the strategy has nothing more to do at this moment. */
  private void act() {
    int rounds = 0;
    do {
      acted = false;
      strategy.act(this);
      if (++rounds > RUNAWAY) {
        throw new IllegalStateException(strategy.name() + " acts without end at " + now + " µs");
      }
    } while (acted);
  }

  private void add(long at, Kind kind, int subject, long turn) {
    agenda.add(new Event(at, order++, kind, subject, turn));
  }

  private boolean happen(Event event) {
    switch (event.kind()) {
      case ARRIVAL -> arrive(event.subject());
      case ENDED -> {
        return end(event.subject());
      }
      case LOADED -> {
        if (event.turn() != linkTurn) {
          return false;
        }
        link.arrived(now).forEach(this::serve);
        watchLink();
      }
      case UNLOADED -> unloaded(event.subject());
      case DRAIN_DEADLINE -> {
        Tenant tenant = tenants.get(event.subject());
        if (tenant.turn != event.turn() || tenant.phase != Phase.DRAINING) {
          return false;
        }
        cut(event.subject());
      }
      case IDLE -> {
        Tenant tenant = tenants.get(event.subject());
        if (tenant.turn != event.turn()
            || tenant.phase != Phase.SERVING
            || inFlight(event.subject()) > 0) {
          return false;
        }
        long due = idleAt(tenant);
        if (due > now) {
          add(due, Kind.IDLE, event.subject(), tenant.turn);
          return false;
        }
        sleep(event.subject());
      }
      case LOOK -> {
        if (event.at() != nextLook) {
          return false;
        }
        nextLook = Long.MAX_VALUE;
      }
    }
    return true;
  }

  private void arrive(int request) {
    int model = arrivals.get(request).model();
    futureAt[model]++;
    Tenant tenant = tenants.get(model);
    tenant.lastUsed = now;
    if (tenant.phase == Phase.SERVING) {
      admit(tenant, request);
    } else {
      tenant.parked.add(request);
    }
  }

  private void admit(Tenant tenant, int request) {
    result.admitted(request, now);
    tenant.served++;
    if (tenant.running.size() < tenant.model.speed().batch()) {
      begin(tenant, request);
    } else {
      tenant.queued.add(request);
    }
  }

  private void begin(Tenant tenant, int request) {
    if (!tenant.busy) {
      tenant.busy = true;
      tenant.busySince = now;
      for (int device : tenant.devices) {
        if (busy[device]++ == 0) {
          busyFrom[device] = now;
        }
      }
    }
    tenant.running.add(request);
    Arrival arrival = arrivals.get(request);
    LabModel.Speed speed = tenant.model.speed();
    long first = now + speed.firstToken(arrival.contextTokens());
    double between = speed.betweenTokens(tenant.running.size());
    long end = first + Math.round(between * Math.max(0, arrival.generatedTokens() - 1));
    result.firstToken(request, first, between);
    add(end, Kind.ENDED, request, 0);
  }

  private boolean end(int request) {
    int model = arrivals.get(request).model();
    Tenant tenant = tenants.get(model);
    if (!tenant.running.remove(request)) {
      // It was cut before.
      return false;
    }
    tenant.lastUsed = now;
    result.ended(request, now);
    if (!tenant.queued.isEmpty()) {
      begin(tenant, tenant.queued.remove());
    } else if (tenant.running.isEmpty()) {
      rest(tenant);
    }
    idle(model);
    return true;
  }

  private void rest(Tenant tenant) {
    tenant.busy = false;
    for (int device : tenant.devices) {
      if (--busy[device] == 0) {
        result.busy((double) (now - busyFrom[device]));
      }
    }
  }

  /** Nothing is in flight any more, perhaps. */
  private void idle(int model) {
    Tenant tenant = tenants.get(model);
    if (!tenant.running.isEmpty()) {
      return;
    }
    if (tenant.phase == Phase.DRAINING) {
      unload(model);
    } else if (strategy.idleModelsSleep() && !tenant.model.fairness().popular()) {
      add(idleAt(tenant), Kind.IDLE, model, tenant.turn);
    }
  }

  private static long idleAt(Tenant tenant) {
    long idle = tenant.lastUsed + tenant.model.idleTimeout().toNanos() / 1_000;
    long granted = tenant.servingSince + tenant.model.fairness().minRuntime().toNanos() / 1_000;
    return Math.max(idle, granted);
  }

  private void serve(int model) {
    Tenant tenant = tenants.get(model);
    tenant.phase = Phase.SERVING;
    tenant.turn++;
    tenant.servingSince = now;
    tenant.lastUsed = now;
    tenant.served = 0;
    tenant.devices.forEach(device -> loading[device]--);
    while (!tenant.parked.isEmpty()) {
      admit(tenant, tenant.parked.remove());
    }
    idle(model);
  }

  private void cut(int model) {
    Tenant tenant = tenants.get(model);
    tenant.running.forEach(_ -> result.cut());
    tenant.queued.forEach(_ -> result.cut());
    if (tenant.busy) {
      rest(tenant);
    }
    tenant.running.clear();
    tenant.queued.clear();
    idle(model);
  }

  private void unload(int model) {
    Tenant tenant = tenants.get(model);
    tenant.phase = Phase.UNLOADING;
    tenant.turn++;
    add(now + tenant.model.sleep().toNanos() / 1_000, Kind.UNLOADED, model, tenant.turn);
  }

  private void unloaded(int model) {
    Tenant tenant = tenants.get(model);
    tenant.phase = Phase.ASLEEP;
    tenant.turn++;
    tenant.devices.forEach(device -> free[device] += taken(tenant));
  }

  /** What it takes of each device beyond its residue while it is not asleep. */
  private static long taken(Tenant tenant) {
    return Math.max(0, tenant.model.needPerGpu().count() - tenant.model.residual().count());
  }

  private void watchLink() {
    linkTurn++;
    long next = link.nextEnd();
    if (next < Long.MAX_VALUE) {
      add(next, Kind.LOADED, 0, linkTurn);
    }
  }

  @Override
  public void wake(int model) {
    if (!fits(model)) {
      throw new IllegalStateException(
          strategy.name() + " wakes " + fleet.models().get(model).name() + " without room");
    }
    Tenant tenant = tenants.get(model);
    tenant.phase = Phase.LOADING;
    tenant.turn++;
    for (int device : tenant.devices) {
      free[device] -= taken(tenant);
      loading[device]++;
    }
    result.woken(model, now);
    link.begin(
        model,
        tenant.devices.size(),
        tenant.model.weightsPerGpu().count(),
        oldestParked(model),
        now);
    watchLink();
    acted = true;
  }

  @Override
  public void sleep(int model) {
    Tenant tenant = tenants.get(model);
    if (tenant.phase != Phase.SERVING) {
      throw new IllegalStateException(
          strategy.name() + " puts " + tenant.model.name() + " to sleep, which is " + tenant.phase);
    }
    tenant.phase = Phase.DRAINING;
    tenant.turn++;
    acted = true;
    result.slept(model, now, tenant.served);
    if (tenant.running.isEmpty()) {
      unload(model);
    } else {
      add(
          now + tenant.model.drainTimeout().toNanos() / 1_000,
          Kind.DRAIN_DEADLINE,
          model,
          tenant.turn);
    }
  }

  @Override
  public void lookAgain(long at) {
    long then = Math.max(at, now + 1);
    if (then < nextLook) {
      nextLook = then;
      add(then, Kind.LOOK, 0, 0);
    }
  }

  @Override
  public long now() {
    return now;
  }

  @Override
  public LabFleet fleet() {
    return fleet;
  }

  @Override
  public Phase phase(int model) {
    return tenants.get(model).phase;
  }

  @Override
  public int parked(int model) {
    return tenants.get(model).parked.size();
  }

  @Override
  public int inFlight(int model) {
    Tenant tenant = tenants.get(model);
    return tenant.running.size() + tenant.queued.size();
  }

  @Override
  public long oldestParked(int model) {
    ArrayDeque<Integer> parked = tenants.get(model).parked;
    return parked.isEmpty() ? now : arrivals.get(parked.getFirst()).micros();
  }

  @Override
  public long servingSince(int model) {
    return tenants.get(model).servingSince;
  }

  @Override
  public long lastUsed(int model) {
    return tenants.get(model).lastUsed;
  }

  @Override
  public long busySince(int model) {
    return tenants.get(model).busySince;
  }

  @Override
  public List<Integer> devices(int model) {
    return tenants.get(model).devices;
  }

  @Override
  public List<Integer> tenants(int device) {
    return byDevice.get(device);
  }

  @Override
  public Bytes free(int device) {
    return Bytes.of(Math.max(0, free[device]));
  }

  @Override
  public boolean fits(int model) {
    Tenant tenant = tenants.get(model);
    return tenant.phase == Phase.ASLEEP
        && tenant.devices.stream().allMatch(device -> taken(tenant) <= free[device]);
  }

  @Override
  public boolean isLoading(int device) {
    return loading[device] > 0;
  }

  @Override
  public long nextArrival(int model) {
    int next = futureAt[model];
    return next < future[model].length
        ? arrivals.get(future[model][next]).micros()
        : Long.MAX_VALUE;
  }
}
