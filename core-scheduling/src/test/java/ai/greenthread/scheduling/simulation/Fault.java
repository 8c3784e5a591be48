package ai.greenthread.scheduling.simulation;

/** What can go wrong. Each kind is switched off altogether in some runs. */
enum Fault {
  /** A procedure ends and nobody hears of it. */
  REPLY_LOST(0.02),
  /** An answer arrives long after its deadline. */
  REPLY_LATE(0.03),
  REPLY_TWICE(0.05),
  /** Somebody else writes between reading and writing. */
  CAS_CONFLICT(0.10),
  /** The ledger fails, nothing was written. */
  STORE_FAILS_BEFORE(0.02),
  /** The ledger fails, but the write was done. */
  STORE_FAILS_AFTER(0.02),
  /** The ledger is away for a while. */
  STORE_OUTAGE(0.01),
  STORE_SLOW(0.02),
  WATCH_LATE(0.20),
  /** A watch leaves out records that were replaced. */
  WATCH_SKIPS(0.30),
  WAKE_FAILS(0.05),
  /** A wake takes longer than it may and comes up later by itself. */
  WAKE_HANGS(0.03),
  WAKE_RUNS_OUT_OF_MEMORY(0.03),
  /** After a wake from sleep the weights are not what they were. */
  GARBAGE_AFTER_WAKE(0.05),
  /** It says that it sleeps, and keeps its memory. */
  SLEEP_LIES(0.06),
  SLEEP_FAILS(0.05),
  SLEEP_HANGS(0.04),
  /** Memory comes back a while after the server said so. */
  MEMORY_LINGERS(0.20),
  STOP_FAILS(0.15),
  /** The server ends by itself: awake, asleep or in the midst of a transition. */
  RUNTIME_CRASHES(0.01),
  /** The server takes more memory than it was measured to need. */
  OUTGROWTH(0.006),
  /** The first guess of a model's memory is too low. */
  UNDERESTIMATE(0.30),
  SIDECAR_RESTARTS(0.006),
  /** Questions of a sidecar that is gone still reach the ledger. */
  ZOMBIES(0.50),
  /**
   * A sidecar that was replaced does not know it: cut off from clients and server, it acts on the
   * ledger as before.
   */
  TWO_LIVES(0.003),
  CLOCK_FORWARD(0.003),
  CLOCK_BACKWARD(0.003),
  /** A relay that was cut does not give its pass back in time. */
  PASS_STUCK(0.20),
  /** A connection to a server that died stays open and silent. */
  HALF_OPEN_CONNECTION(0.30),
  MANUAL_ORDERS(0.02);

  private final double often;

  Fault(double often) {
    this.often = often;
  }

  /** How often it strikes when it is switched on, out of all occasions. */
  double often() {
    return often;
  }
}
