package ai.greenthread.engine.agent;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Does something again and again, on a thread of its own, until it is closed. */
final class Rounds implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Rounds.class.getName());

  private final String name;
  private final Duration period;
  private final Round round;
  private final InstantSource clock;
  private final Thread thread;
  private volatile Instant begun;

  /** One turn. */
  @FunctionalInterface
  interface Round {
    void run() throws InterruptedException;
  }

  /**
   * Begins at once.
   *
   * @param period between the beginnings of two rounds; a round that took longer is followed by the
   *     next at once
   */
  Rounds(String name, Duration period, InstantSource clock, Round round) {
    this.name = name;
    this.period = period;
    this.round = round;
    this.clock = clock;
    this.begun = clock.instant();
    this.thread = Thread.ofVirtual().name(name).start(this::run);
  }

  private void run() {
    try {
      while (true) {
        long start = System.nanoTime();
        begun = clock.instant();
        try {
          round.run();
        } catch (RuntimeException e) {
          // A defect of one round is no reason to leave the node without an agent.
          LOG.log(System.Logger.Level.ERROR, name + " failed", e);
        }
        Thread.sleep(period.minusNanos(System.nanoTime() - start));
      }
    } catch (InterruptedException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} ends", name);
    }
  }

  /** When the round under way, or the last one, began. */
  Instant begun() {
    return begun;
  }

  /** Ends after the round under way, of which a wait is broken off. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
