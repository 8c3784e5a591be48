package ai.greenthread.scheduling.sidecar;

import ai.greenthread.scheduling.gate.Pass;
import ai.greenthread.scheduling.gate.Refusal;

/** What a request meets at the door. */
public sealed interface Entry {
  /** Go ahead; close the pass when done. */
  record Passed(Pass pass) implements Entry {}

  /** Wait for the visitor to be called; call {@link #leave} if the sender goes before that. */
  record Parked(Runnable onLeave) implements Entry {
    public void leave() {
      onLeave.run();
    }
  }

  record Refused(Refusal refusal) implements Entry {}
}
