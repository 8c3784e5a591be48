package ai.greenthread.scheduling.lifecycle;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import java.time.Instant;
import java.util.Map;

/** What can happen to a replica. */
public sealed interface Event {
  /** Begin. */
  record Start() implements Event {}

  /** A request has been parked. */
  record Demand() implements Event {}

  /** A parked request has gone: answered otherwise, expired, or its client left. */
  record Departure() implements Event {}

  /** Time has passed. */
  record Tick() implements Event {}

  /** Something about the devices changed that a waiter could care about. */
  record LedgerMoved() implements Event {}

  /** A waiter asks this replica, in this serving period, to make room. */
  record VictimNamed(long servingGeneration, String waiter) implements Event {}

  /**
   * The ledger no longer knows this replica on one of its devices: a GPU object was deleted and
   * made anew. Whoever reads it takes the memory for free.
   */
  record EntryLost() implements Event {}

  /** An operator wants it awake. */
  record WakeOrdered() implements Event {}

  /** An operator wants it asleep, minimum runtime or not. */
  record SleepOrdered() implements Event {}

  /** The engine goes down, or the Model was deleted. */
  record ShutdownOrdered() implements Event {}

  /** The server ended without having been told to. */
  record RuntimeDied(String reason) implements Event {}

  /** The last request has left the open barrier, and another replica waits for the memory. */
  record Unused() implements Event {}

  /** The last request has left the closed barrier. */
  record Drained() implements Event {}

  /** An answer to an {@link Effect.Remote}, with the generation that asked. */
  sealed interface Reply extends Event {
    long generation();
  }

  /**
   * What was left behind has ended, and the replica is enrolled.
   *
   * @param nextGeneration first generation that no earlier life has used
   * @param bootWake a first wake is wanted: to start the server, or to learn how much memory it
   *     needs
   */
  record Reconciled(long generation, long nextGeneration, boolean bootWake) implements Reply {}

  record ReconcileFailed(long generation, String reason) implements Reply {}

  /**
   * Memory and locks are held.
   *
   * @param byPreemption somebody was asked to leave for it
   */
  record Claimed(long generation, boolean byPreemption) implements Reply {}

  record MustWait(long generation, Instant until, String reason) implements Reply {}

  record NeverFits(long generation, String reason) implements Reply {}

  /** The wake is verified by memory and canary, and the ledger knows it. */
  record WakeVerified(long generation) implements Reply {}

  record WakeFailed(long generation, String reason) implements Reply {}

  /**
   * The memory has come back, as measured.
   *
   * @param serverEnded the server has ended with it and has to be started before the next wake
   */
  record SleepVerified(long generation, Map<GpuId, Bytes> residual, boolean serverEnded)
      implements Reply {}

  record SleepFailed(long generation, String reason) implements Reply {}

  /** The server has ended and its memory has come back, as measured. */
  record StopVerified(long generation, Map<GpuId, Bytes> residual) implements Reply {}

  record StopFailed(long generation, String reason) implements Reply {}

  record Released(long generation) implements Reply {}

  record ReleaseFailed(long generation, String reason) implements Reply {}
}
