package ai.greenthread.scheduling.policy;

import ai.greenthread.scheduling.ledger.Victim;
import java.time.Instant;
import java.util.Set;

/** What a waiter is told. */
public sealed interface Verdict {
  /** There is room and nobody with an older ticket needs it. */
  record WakeNow() implements Verdict {}

  /** These have to leave; then there will be room. Never more than needed. */
  record Preempt(Set<Victim> victims) implements Verdict {}

  /**
   * Not yet. The ledger's next change may alter that; so may the passing of time, at the latest at
   * {@code recheckAt}.
   *
   * @param reason for people: who or what is waited for
   */
  record WaitUntil(Instant recheckAt, String reason) implements Verdict {}

  /** No amount of waiting helps as things are declared: too big, or popular models fill the GPU. */
  record Never(String reason) implements Verdict {}
}
