package ai.greenthread.scheduling.gate;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Where requests pass, park or are refused. {@link #tryPass} and {@link Pass#close} may be called
 * by any thread and are the hot path; everything about parked requests belongs to the sidecar's one
 * writer, except {@link #tryReserve}, which bounds the queue before a request is handed over.
 */
public final class RequestGate {
  private final Barrier barrier = new Barrier();
  private final InstantSource clock;
  private final int maxParked;
  private final Duration deadline;
  private final Runnable onDrained;
  private final Runnable onUnused;

  /** Requests in flight; needed only to cut them. */
  private final Set<Pass> passes = ConcurrentHashMap.newKeySet();

  /** Places in the queue taken, those on their way to the writer included. */
  private final AtomicInteger reserved = new AtomicInteger();

  private final ArrayDeque<Parked> parked = new ArrayDeque<>();

  private volatile boolean awaited;
  private volatile long generation;
  private volatile Instant lastActivity;
  private volatile Cut lastCut = new Cut(-1, "");

  /**
   * @param maxParked longest queue
   * @param deadline longest stay in the queue
   * @param onDrained called by whichever thread takes the last request out of a closed gate
   * @param onUnused called by whichever thread takes the last request out of an open gate while it
   *     is {@linkplain #setAwaited awaited}
   */
  public RequestGate(
      InstantSource clock,
      int maxParked,
      Duration deadline,
      Runnable onDrained,
      Runnable onUnused) {
    this.clock = clock;
    this.maxParked = maxParked;
    this.deadline = deadline;
    this.onDrained = onDrained;
    this.onUnused = onUnused;
    this.lastActivity = clock.instant();
  }

  /** All requests of this wake and of those before were told to end. */
  private record Cut(long generation, String reason) {}

  /** A request in the queue, known by identity. */
  public static final class Parked {
    private final Visitor visitor;
    private final Instant expiresAt;

    Parked(Visitor visitor, Instant expiresAt) {
      this.visitor = visitor;
      this.expiresAt = expiresAt;
    }
  }

  /** Passes if the gate is open. */
  public @Nullable Pass tryPass() {
    lastActivity = clock.instant();
    if (!barrier.tryEnter()) {
      return null;
    }
    return pass();
  }

  private Pass pass() {
    var pass = new Pass(this, generation);
    passes.add(pass);
    Cut cut = lastCut;
    if (pass.generation() <= cut.generation) {
      // It came in before the cut and was not yet among those that were cut.
      pass.cut(cut.reason);
    }
    return pass;
  }

  /** Takes a place in the queue, or answers empty when it is full. */
  public Optional<Parked> tryReserve(Visitor visitor) {
    if (reserved.incrementAndGet() > maxParked) {
      reserved.decrementAndGet();
      return Optional.empty();
    }
    return Optional.of(new Parked(visitor, clock.instant().plus(deadline)));
  }

  void leave(Pass pass) {
    passes.remove(pass);
    lastActivity = clock.instant();
    if (barrier.leave()) {
      onDrained.run();
    } else if (awaited && barrier.inFlight() == 0) {
      onUnused.run();
    }
  }

  public int inFlight() {
    return barrier.inFlight();
  }

  public boolean isOpen() {
    return barrier.isOpen();
  }

  /** Requests waiting, those on their way to the writer included. */
  public int queued() {
    return reserved.get();
  }

  /** Last moment at which an inference request came or ended. */
  public Instant lastActivity() {
    return lastActivity;
  }

  // Everything below belongs to the writer.

  /** Whether somebody wants to know when the last request leaves. */
  public void setAwaited(boolean awaited) {
    this.awaited = awaited;
  }

  /** Parks a request that holds a place; passes it at once if the gate has opened meanwhile. */
  public void park(Parked request) {
    if (barrier.isOpen()) {
      admit(request);
    } else {
      parked.add(request);
    }
  }

  /** The sender has gone; true if the request was still parked. */
  public boolean cancel(Parked request) {
    boolean was = parked.remove(request);
    if (was) {
      reserved.decrementAndGet();
    }
    return was;
  }

  /** Number of parked requests. */
  public int parked() {
    return parked.size();
  }

  /** Since when the first of them waits; empty if nobody does. */
  public Optional<Instant> parkedSince() {
    return nextExpiry().map(expiry -> expiry.minus(deadline));
  }

  public Optional<Instant> nextExpiry() {
    return Optional.ofNullable(parked.peek()).map(request -> request.expiresAt);
  }

  /** Refuses those whose time is up; they stand in front, as all have the same time. */
  public int expire(Instant now, Refusal refusal) {
    int expired = 0;
    while (!parked.isEmpty() && !now.isBefore(parked.peek().expiresAt)) {
      refuse(parked.remove(), refusal);
      expired++;
    }
    return expired;
  }

  /** Opens for one wake and lets those who are parked pass, in order of arrival. */
  public void open(long wake) {
    generation = wake;
    barrier.open();
    while (!parked.isEmpty()) {
      admit(parked.remove());
    }
  }

  /** Keeps newcomers out. Reports the drain at once when nobody is in. */
  public void close() {
    boolean was = barrier.isOpen();
    if (barrier.close() == 0 && was) {
      onDrained.run();
    }
  }

  /** Ends all requests in flight; each learns why. */
  public int cut(String reason) {
    lastCut = new Cut(generation, reason);
    var cut = new ArrayList<>(passes);
    cut.forEach(pass -> pass.cut(reason));
    return cut.size();
  }

  /** Refuses all parked requests. */
  public int refuseAll(Refusal refusal) {
    var all = List.copyOf(parked);
    parked.clear();
    all.forEach(request -> refuse(request, refusal));
    return all.size();
  }

  private void admit(Parked request) {
    reserved.decrementAndGet();
    barrier.enterParked();
    Pass pass = pass();
    if (!request.visitor.granted(pass)) {
      pass.close();
    }
  }

  private void refuse(Parked request, Refusal refusal) {
    reserved.decrementAndGet();
    request.visitor.refused(refusal);
  }
}
