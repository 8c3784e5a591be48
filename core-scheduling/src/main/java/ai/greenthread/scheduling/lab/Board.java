package ai.greenthread.scheduling.lab;

import ai.greenthread.domain.Bytes;
import java.util.List;

/**
 * What a {@link Strategy} sees, and the three things it can do. Models and devices are indices into
 * the {@link LabFleet}; times are microseconds after the start of the trace.
 */
public interface Board {
  /** Where a model stands. */
  enum Phase {
    ASLEEP,
    /** Its weights are on the way; all its memory is taken. */
    LOADING,
    SERVING,
    /** Asked to leave: what is in flight may end, what comes is parked. */
    DRAINING,
    /** Empty; the memory is not back yet. */
    UNLOADING
  }

  long now();

  LabFleet fleet();

  Phase phase(int model);

  /** Requests that are parked before a model that does not serve. */
  int parked(int model);

  /** Requests that its server has. */
  int inFlight(int model);

  /**
   * Since when a parked request waits for it to serve, at the earliest; meaningless if none does.
   */
  long oldestParked(int model);

  /** When it last began to serve. */
  long servingSince(int model);

  /** Last moment at which a request came or ended. */
  long lastUsed(int model);

  /** When its server last had requests after having had none. */
  long busySince(int model);

  List<Integer> devices(int model);

  /** All models that live on a device, awake or not. */
  List<Integer> tenants(int device);

  /** Memory that nobody takes now. */
  Bytes free(int device);

  /** Whether a model could begin to load now: it is asleep and there is room on all devices. */
  boolean fits(int model);

  /** Weights are on the way to the device. */
  boolean isLoading(int device);

  /** When the next request for the model comes, for the clairvoyant; {@code MAX_VALUE} if none. */
  long nextArrival(int model);

  /**
   * Begins to load it.
   *
   * @throws IllegalStateException when it does not {@link #fits fit}: a fault of the strategy
   */
  void wake(int model);

  /**
   * Asks it to leave.
   *
   * @throws IllegalStateException when it does not serve
   */
  void sleep(int model);

  /** Asks the strategy again at that time, whatever happens until then. */
  void lookAgain(long at);
}
