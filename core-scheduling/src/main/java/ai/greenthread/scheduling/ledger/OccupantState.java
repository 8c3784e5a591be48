package ai.greenthread.scheduling.ledger;

/** What a replica does on a device. */
public enum OccupantState {
  /** The memory is claimed, the weights are on their way. */
  WAKING,
  /** Confirmed awake; the only state from which a victim is taken. */
  SERVING,
  /** Behind its barrier, on the way to sleep; the memory counts until the sleep is verified. */
  DRAINING,
  /** Holds no more than its residue. */
  SLEEPING,
  /** A conversion of its weights holds the memory, not a server; never a victim. */
  CONVERTING
}
