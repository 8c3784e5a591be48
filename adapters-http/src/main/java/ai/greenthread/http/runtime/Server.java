package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The process behind a runtime: one that is started here, or one that was there before. */
interface Server {
  boolean isRunning() throws InterruptedException;

  /** Returns once it is healthy. */
  void start(List<GpuId> devices, Duration limit) throws RuntimeFailure, InterruptedException;

  /** Why a start cannot work, told without trying one. */
  default Optional<String> obstacle() {
    return Optional.empty();
  }

  void end(Duration limit) throws RuntimeFailure, InterruptedException;

  /** Empty when alive, else why it is not. */
  default Optional<String> probe() throws InterruptedException {
    return health().problem();
  }

  Health health() throws InterruptedException;

  Map<GpuId, Bytes> footprint() throws RuntimeFailure, InterruptedException;

  void onDeath(Consumer<String> listener);

  /** Whether {@link #end} only puts it to sleep. */
  default boolean outlivesEnd() {
    return false;
  }

  /** It has been woken on these devices. */
  default void awake(List<GpuId> devices) {}

  /** It has been put to sleep. */
  default void asleep() {}
}
