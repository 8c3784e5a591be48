package ai.greenthread.gpu;

import ai.greenthread.domain.gpu.GpuHealth;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gathers what one round of calls into NVML says about a device's health. */
final class Verdict {
  private final List<String> complaints = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  /** The value, where there is one; what else came is weighed. */
  <T> Optional<T> take(String what, NvmlAnswer<T> answer) {
    switch (answer) {
      case NvmlAnswer.Told<T> told -> {
        return Optional.of(told.value());
      }
      case NvmlAnswer.Missing<T> missing -> {}
      case NvmlAnswer.Refused<T> refused -> {
        switch (refused.code()) {
          case NvmlAnswer.NOT_SUPPORTED, NvmlAnswer.NO_PERMISSION -> {}
          case NvmlAnswer.GPU_LOST, NvmlAnswer.RESET_REQUIRED, NvmlAnswer.DRIVER_NOT_LOADED ->
              disable(refused.explained());
          default -> degrade(what + " cannot be read: " + refused.explained());
        }
      }
    }
    return Optional.empty();
  }

  /** An Xid error that happened so often. */
  void hear(long code, int times) {
    String what = Xid.explained(code) + (times > 1 ? " (" + times + " times)" : "");
    switch (Xid.severity(code)) {
      case OF_AN_APPLICATION -> {}
      case DEGRADES -> degrade(what);
      case DISABLES -> disable(what);
    }
  }

  /** The device works on, but this is wrong with it. */
  void degrade(String reason) {
    complaints.add(reason);
  }

  private void disable(String reason) {
    // A lost device says so in answer to every question.
    if (!faults.contains(reason)) {
      faults.add(reason);
    }
  }

  GpuHealth health() {
    if (!faults.isEmpty()) {
      return new GpuHealth.Unhealthy(String.join("; ", faults));
    }
    return complaints.isEmpty()
        ? GpuHealth.HEALTHY
        : new GpuHealth.Degraded(String.join("; ", complaints));
  }
}
