package ai.greenthread.gpu;

import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuProbe;
import ai.greenthread.domain.gpu.ProcessMemory;
import ai.greenthread.domain.gpu.VirtualGpuUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Finds the way of measuring that works on this node. */
public final class Probes {
  private Probes() {}

  /**
   * Tries NVML, then {@code nvidia-smi}, then the virtual devices that the user named, and takes
   * the first that has a device. Whatever fails is a note of the inventory; with nothing found
   * there are no devices and the notes say why.
   */
  public static DetectedGpus detect(ProbeSettings settings) {
    return detect(settings, processMemory(settings.limit()));
  }

  /** As above, with another way of measuring the processes on virtual devices. */
  public static DetectedGpus detect(ProbeSettings settings, ProcessMemory memory) {
    List<GpuInventory.Note> notes = new ArrayList<>();
    if (settings.virtualUse() == ProbeSettings.VirtualUse.WHERE_NO_REAL_GPU) {
      List<Supplier<GpuProbe>> real =
          List.of(
              () -> nvmlInTime(settings),
              () -> NvidiaSmiProbe.open(settings.node(), settings.nvidiaSmi(), settings.limit()));
      for (Supplier<GpuProbe> opening : real) {
        GpuProbe probe = opening.get();
        GpuInventory found = probe.inventory().after(notes);
        if (!found.devices().isEmpty()) {
          return new DetectedGpus(
              besidesVirtual(found, settings), probe, VirtualGpuUsage.NOT_NEEDED);
        }
        probe.close();
        notes = new ArrayList<>(found.notes());
      }
    }
    if (settings.virtualSizes().isEmpty()) {
      GpuProbe none = new NoGpus(GpuInventory.none().after(notes));
      return new DetectedGpus(none.inventory(), none, VirtualGpuUsage.NOT_NEEDED);
    }
    VirtualGpus virtual =
        new VirtualGpus(
            settings.node(), settings.virtualSizes(), memory, settings.simulatorLedger());
    return new DetectedGpus(virtual.inventory().after(notes), virtual, virtual);
  }

  /**
   * The way to measure process trees on this system.
   *
   * @param limit how long a tool may take, where one is needed
   */
  public static ProcessMemory processMemory(Duration limit) {
    Path proc = Path.of("/proc");
    return Files.exists(proc.resolve("self").resolve("status"))
        ? new LinuxProcessMemory(proc)
        : new PsProcessMemory("ps", limit);
  }

  private static GpuInventory besidesVirtual(GpuInventory found, ProbeSettings settings) {
    return settings.virtualSizes().isEmpty()
        ? found
        : new GpuInventory(
                found.source(),
                found.devices(),
                List.of(
                    new GpuInventory.Note(
                        VirtualGpus.PROBE,
                        "there are real GPUs, so the virtual ones that are named do not count; ask for virtual"
                            + " GPUs instead of real ones to use them")))
            .after(found.notes());
  }

  /**
   * A call into a driver that hangs cannot be ended, so it is made on a thread of its own that is
   * left behind then; the thread does not keep the process alive.
   */
  private static GpuProbe nvmlInTime(ProbeSettings settings) {
    CompletableFuture<GpuProbe> opened = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("nvml-open")
        .start(() -> {
          try {
            GpuProbe probe = NvmlProbe.open(settings.node(), settings.nvmlLibrary());
            if (!opened.complete(probe)) {
              probe.close();
            }
          } catch (RuntimeException | Error e) {
            opened.completeExceptionally(e);
          }
        });
    try {
      GpuProbe probe = opened.get(settings.limit().toMillis(), TimeUnit.MILLISECONDS);
      return probe.inventory().devices().isEmpty()
          ? probe
          : new TimedProbe(probe, settings.limit());
    } catch (TimeoutException e) {
      GpuProbe late =
          NoGpus.because(
              NvmlProbe.PROBE,
              "the driver did not answer within %s s; it may be stuck"
                  .formatted(settings.limit().toMillis() / 1000.0));
      return opened.complete(late) ? late : opened.join();
    } catch (ExecutionException e) {
      return NoGpus.because(NvmlProbe.PROBE, "the library cannot be used: " + e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return NoGpus.because(NvmlProbe.PROBE, "interrupted while waiting for the driver");
    }
  }
}
