package ai.greenthread.http.events;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The last events, and those who follow. A follower that does not keep up loses the oldest of what
 * it has not read, and can see that from the ids; nobody waits for it. Safe for use by many
 * threads.
 */
public final class EventJournal {
  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int FOLLOWER_QUEUE = 1_000;

  private final InstantSource clock;
  private final int kept;
  private final HistoryLog history;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<EngineEvent> last = new ArrayDeque<>();
  private final Set<Follower> followers = new LinkedHashSet<>();
  private volatile boolean followed;
  private long second = Long.MIN_VALUE;
  private String secondText = "";
  private int number;

  /**
   * @param kept how many events are kept for those who come late
   */
  public EventJournal(InstantSource clock, int kept) {
    this(clock, kept, HistoryLog.NONE);
  }

  /**
   * As above, with a history beside it.
   *
   * @param history gets every step and every request, also those that are no event
   */
  public EventJournal(InstantSource clock, int kept, HistoryLog history) {
    this.clock = clock;
    this.kept = kept;
    this.history = history;
  }

  /** Where every step and every request is written, for those who check them afterwards. */
  public HistoryLog history() {
    return history;
  }

  /** Writes an event and hands it to all followers. */
  public EngineEvent record(
      EventType type,
      String modelName,
      String message,
      @Nullable Duration duration,
      Map<String, Object> metadata) {
    Instant now = clock.instant();
    lock.lock();
    try {
      var event = new EngineEvent(nextId(now), type, now, modelName, message, duration, metadata);
      last.add(event);
      if (last.size() > kept) {
        last.remove();
      }
      followers.forEach(follower -> follower.offer(event));
      return event;
    } finally {
      lock.unlock();
    }
  }

  /** The moment that an event of now would bear; durations of events are told by this clock. */
  public Instant now() {
    return clock.instant();
  }

  /** Whether anybody follows; where nobody does, {@link #mention} is wasted. */
  public boolean isFollowed() {
    return followed;
  }

  /**
   * Hands an event to those who follow now and does not keep it: for what comes with every request,
   * which would push out all else. A follower with no room for it misses it.
   */
  public void mention(
      EventType type,
      String modelName,
      String message,
      @Nullable Duration duration,
      Map<String, Object> metadata) {
    Instant now = clock.instant();
    lock.lock();
    try {
      var event = new EngineEvent(nextId(now), type, now, modelName, message, duration, metadata);
      followers.forEach(follower -> follower.offerIfRoom(event));
    } finally {
      lock.unlock();
    }
  }

  /** A {@code system_state} event for one listener alone; it is not kept. */
  EngineEvent snapshot(Map<String, Object> metadata) {
    Instant now = clock.instant();
    lock.lock();
    try {
      return new EngineEvent(
          nextId(now), EventType.SYSTEM_STATE, now, "", "as it stands", null, metadata);
    } finally {
      lock.unlock();
    }
  }

  /** At least three digits behind the second; in a second with more events they get more. */
  private String nextId(Instant now) {
    if (now.getEpochSecond() == second) {
      number++;
    } else {
      second = now.getEpochSecond();
      secondText = SECOND.format(now);
      number = 0;
    }
    return secondText + (number < 10 ? "00" : number < 100 ? "0" : "") + number;
  }

  /** The last {@code count} events that are wanted; oldest first. */
  public List<EngineEvent> last(int count, EventFilter filter) {
    lock.lock();
    try {
      List<EngineEvent> matching = last.stream().filter(event -> filter.wants(event)).toList();
      return List.copyOf(matching.subList(Math.max(0, matching.size() - count), matching.size()));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Follows from now on, beginning with the last {@code replay} events.
   *
   * @param filter which events are wanted
   */
  public Follower follow(int replay, EventFilter filter) {
    lock.lock();
    try {
      var follower = new Follower(filter);
      new ArrayList<>(last(replay, filter)).forEach(follower::offer);
      followers.add(follower);
      followed = true;
      return follower;
    } finally {
      lock.unlock();
    }
  }

  /** One who follows; to be closed. */
  public final class Follower implements AutoCloseable {
    private final EventFilter filter;
    private final BlockingQueue<Optional<EngineEvent>> unread =
        new ArrayBlockingQueue<>(FOLLOWER_QUEUE);

    private Follower(EventFilter filter) {
      this.filter = filter;
    }

    private void offer(EngineEvent event) {
      if (filter.wants(event)) {
        while (!unread.offer(Optional.of(event))) {
          unread.poll();
        }
      }
    }

    private void offerIfRoom(EngineEvent event) {
      if (filter.wants(event)) {
        unread.offer(Optional.of(event));
      }
    }

    /** The next event, or empty when none came in {@code patience} or it was woken. */
    public Optional<EngineEvent> next(Duration patience) throws InterruptedException {
      Optional<EngineEvent> next = unread.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      return next == null ? Optional.empty() : next;
    }

    /** Ends a wait for the next event early. */
    public void wake() {
      // Where the queue is full nobody waits, so it may refuse.
      unread.offer(Optional.empty());
    }

    @Override
    public void close() {
      lock.lock();
      try {
        followers.remove(this);
        followed = !followers.isEmpty();
      } finally {
        lock.unlock();
      }
    }
  }
}
