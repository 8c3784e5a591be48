package ai.greenthread.scheduling.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * One inference server of one replica: vLLM, llama.cpp and others. What its calls return is a
 * claim; only {@link #footprint} and {@link #canary} are believed. Every call may be repeated.
 * Calls block, end soon after an interrupt, and never outlast the time they are given by much. Safe
 * for use by several threads, although the sidecar makes one transition at a time.
 */
public interface InferenceRuntime {
  RuntimeCapabilities capabilities();

  /**
   * Why a wake cannot work, however much room there is: a program or a file that is missing. Asked
   * before anybody has to make room; answers at once and starts nothing. Empty where nothing is
   * known against a wake.
   */
  default Optional<String> obstacle() {
    return Optional.empty();
  }

  /** Where inference requests go while it serves, {@code http://host:port} without a path. */
  URI endpoint();

  /**
   * Starts the server if it does not run, else wakes it, on {@code devices}.
   *
   * @throws RuntimeFailure when it says no, dies or takes longer than {@code limit}
   */
  void wake(List<GpuId> devices, Duration limit) throws RuntimeFailure, InterruptedException;

  /**
   * Asks it to give its GPU memory back, by whatever way it has, the end of the process included.
   *
   * @throws RuntimeFailure when it says no, dies or takes longer than {@code limit}
   */
  void sleep(Duration limit) throws RuntimeFailure, InterruptedException;

  /**
   * Ends the server for good: politely, then by force within {@code limit}. What an earlier engine
   * left running for this replica ends too.
   *
   * @throws RuntimeFailure when something of it is still alive afterwards
   */
  void stop(Duration limit) throws RuntimeFailure, InterruptedException;

  /** Liveness, without waking anything; empty when alive, else why it is not. */
  Optional<String> probe() throws InterruptedException;

  /** Running and waiting requests by its own count, if it can tell. */
  OptionalInt inFlight() throws InterruptedException;

  /**
   * Memory in use, measured per device; a device without an entry is not used.
   *
   * @throws RuntimeFailure when it cannot be measured
   */
  Map<GpuId, Bytes> footprint() throws RuntimeFailure, InterruptedException;

  /**
   * A short greedy answer that depends on the weights; also warms the server up. Empty where the
   * kind of model has no such answer.
   *
   * @throws RuntimeFailure when it does not answer within {@code limit}
   */
  Optional<String> canary(Duration limit) throws RuntimeFailure, InterruptedException;

  /**
   * Calls {@code listener} with a reason whenever a server that ran ends without having been told
   * to. One listener; it must not block.
   */
  void onDeath(Consumer<String> listener);
}
