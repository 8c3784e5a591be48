package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.Machine;
import ai.greenthread.scheduling.policy.WakePolicy;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.sidecar.EffectRunner;

/**
 * Where a bug can be planted, to see that the simulation notices. The default plants none;
 * production code knows nothing of it.
 */
interface Sabotage {
  Sabotage NONE = new Sabotage() {};

  /** The policy that decides. */
  default WakePolicy policy(WakePolicy honest) {
    return honest;
  }

  /** The sidecar's state machine. */
  default Machine machine(Machine honest) {
    return honest;
  }

  /** Its verdicts are not judged, so that other checks have to find what it does. */
  default boolean blind() {
    return false;
  }

  /** The ledger as the procedures of {@code self} see it. */
  default GpuLedger store(GpuLedger store, ReplicaId self) {
    return store;
  }

  /** The server as procedures see it. */
  default InferenceRuntime runtime(InferenceRuntime runtime) {
    return runtime;
  }

  /** What is done with effects before they run. */
  default EffectRunner effects(EffectRunner runner, Ledger ledger) {
    return runner;
  }

  /** An answer on its way back to the sidecar. */
  default Event reply(Event event, SimReplica.Life life) {
    return event;
  }
}
