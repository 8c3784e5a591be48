package ai.greenthread.scheduling.lifecycle;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.gate.Refusal;
import java.time.Instant;
import java.util.Map;

/** What {@link Lifecycle} wants done. */
public sealed interface Effect {
  /** Done by the writer itself, at once, on its own gate. */
  sealed interface Local extends Effect {}

  /** Requests pass; those parked first. */
  record OpenGate(long generation) implements Local {}

  /** The barrier goes up; {@link Event.Drained} follows when the last request has left. */
  record CloseGate() implements Local {}

  /** Requests still in flight end now, each with this reason. */
  record CutInFlight(String reason) implements Local {}

  record RefuseParked(Refusal refusal) implements Local {}

  /**
   * Done elsewhere, may take long; every one but {@link MarkDraining}, {@link Touch} and {@link
   * EnterAgain} is replied to.
   */
  sealed interface Remote extends Effect {
    long generation();
  }

  /** End what an earlier life left behind; enrol in the ledger. */
  record Reconcile(long generation, Instant deadline) implements Remote {}

  /** Ask the policy; claim, name victims or queue accordingly. */
  record Acquire(long generation, Instant since) implements Remote {}

  /** Load, verify by memory and canary, confirm in the ledger. */
  record Wake(long generation, Instant deadline) implements Remote {}

  /** Tell the ledger that the barrier is up; nothing waits for it. */
  record MarkDraining(long generation) implements Remote {}

  /** Give the memory back and prove it. */
  record Sleep(long generation, Instant deadline) implements Remote {}

  /** End the server and prove that its memory is back. */
  record Stop(long generation, Instant deadline) implements Remote {}

  /** Give back claim, lock and place in the queue. */
  record Release(long generation, Map<GpuId, Bytes> residual) implements Remote {}

  /** Give back claim, lock and place in the queue; the server was not touched. */
  record Withdraw(long generation) implements Remote {}

  /** Enter the ledger as a sleeper where it has lost this replica; nothing waits for it. */
  record EnterAgain(long generation) implements Remote {}

  /**
   * Report use to the ledger; nothing waits for it.
   *
   * @param idle nothing is in flight
   */
  record Touch(long generation, Instant lastActivity, boolean idle) implements Remote {}
}
