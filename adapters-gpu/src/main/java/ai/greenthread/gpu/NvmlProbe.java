package ai.greenthread.gpu;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuKind;
import ai.greenthread.domain.gpu.GpuProbe;
import ai.greenthread.domain.gpu.GpuProcesses;
import ai.greenthread.domain.gpu.GpuReading;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Devices as NVIDIA's management library tells them. They are counted once, when the probe is
 * opened, so that a device which is lost later is Unhealthy and not gone.
 */
public final class NvmlProbe implements GpuProbe {
  static final String PROBE = "NVML";

  /** Where the library is: the system's own search, then WSL 2 and the container toolkit. */
  private static final List<String> USUAL_PLACES =
      List.of(
          "libnvidia-ml.so.1",
          "/usr/lib/wsl/lib/libnvidia-ml.so.1",
          "/usr/local/nvidia/lib64/libnvidia-ml.so.1");

  /** Nothing is lost that a user would look for where these are missing. */
  private static final Set<NvmlFunction> NOT_WORTH_A_NOTE =
      Set.of(
          NvmlFunction.INIT,
          NvmlFunction.SHUTDOWN,
          NvmlFunction.ERROR_STRING,
          NvmlFunction.DRIVER_VERSION,
          NvmlFunction.EVENT_SET_FREE);

  private final NvmlLibrary library;
  private final Map<GpuId, MemorySegment> handles = new HashMap<>();
  private final XidWatch xids;
  private final GpuInventory inventory;

  private NvmlProbe(String node, NvmlLibrary library) {
    this.library = library;
    List<GpuInventory.Note> notes = new ArrayList<>();
    List<GpuDevice> devices = lookAround(node, notes);
    this.xids = new XidWatch(library, handles, notes);
    String driver = told(library.driverVersion()).map(version -> ", driver " + version).orElse("");
    this.inventory = new GpuInventory(PROBE + driver, devices, notes);
  }

  /**
   * Opens the library and counts the devices.
   *
   * @param node the node's name, for the ids
   * @param path the library itself; empty for the usual places
   * @return a probe that, where the library does not work, has no devices and says why
   */
  public static GpuProbe open(String node, Optional<Path> path) {
    try {
      return new NvmlProbe(
          node, NvmlLibrary.open(path.map(p -> List.of(p.toString())).orElse(USUAL_PLACES)));
    } catch (ProbeFailure e) {
      return NoGpus.because(PROBE, e.reason());
    }
  }

  private List<GpuDevice> lookAround(String node, List<GpuInventory.Note> notes) {
    List<GpuDevice> devices = new ArrayList<>();
    Map<String, String> untold = new LinkedHashMap<>();
    for (NvmlFunction function : library.missing()) {
      if (!NOT_WORTH_A_NOTE.contains(function)) {
        untold.merge(function.tells(), function.symbol(), (one, more) -> one + ", " + more);
      }
    }
    untold.forEach((what, symbols) ->
        notes.add(
            note(
                "this driver has no %s, so %s cannot be read; a newer driver has it"
                    .formatted(symbols, what))));
    switch (library.count()) {
      case NvmlAnswer.Told<Integer> count -> {
        for (int index = 0; index < count.value(); index++) {
          addDevice(new GpuId(node, index), devices, notes);
        }
        if (count.value() == 0) {
          notes.add(note("the driver works, but there is no GPU on this machine"));
        }
      }
      case NvmlAnswer.Refused<Integer> refused ->
          notes.add(note("the GPUs cannot be counted: " + refused.explained()));
      case NvmlAnswer.Missing<Integer> missing -> {}
    }
    return devices;
  }

  private void addDevice(GpuId id, List<GpuDevice> devices, List<GpuInventory.Note> notes) {
    switch (library.handle(id.index())) {
      case NvmlAnswer.Told<MemorySegment> handle -> {
        MemorySegment gpu = handle.value();
        NvmlAnswer<NvmlLibrary.Memory> memory = library.memory(gpu);
        long total = told(memory).map(NvmlLibrary.Memory::total).orElse(0L);
        if (total <= 0) {
          notes.add(note(id + " is left out: " + withoutMemory(memory)));
          return;
        }
        boolean partitioned = told(library.migMode(gpu)).orElse(false);
        if (partitioned) {
          notes.add(
              note(
                  id
                      + " is in MIG mode: a process sees one instance of it only, and memory by"
                      + " process may be hidden; switch MIG off to share the whole device"));
        }
        handles.put(id, gpu);
        devices.add(
            new GpuDevice(
                id,
                text(NvmlFunction.UUID, gpu).orElse("index-" + id.index()),
                text(NvmlFunction.NAME, gpu).orElse("NVIDIA GPU"),
                Bytes.of(total),
                GpuKind.PHYSICAL,
                partitioned));
      }
      case NvmlAnswer.Refused<MemorySegment> refused ->
          notes.add(note(id + " is left out: " + refused.explained()));
      case NvmlAnswer.Missing<MemorySegment> missing -> {}
    }
  }

  private static String withoutMemory(NvmlAnswer<NvmlLibrary.Memory> answer) {
    return answer instanceof NvmlAnswer.Refused<NvmlLibrary.Memory> refused
            && refused.code() != NvmlAnswer.NOT_SUPPORTED
        ? refused.explained()
        : "the driver does not tell how much memory it has, as with GPUs that share the machine's";
  }

  @Override
  public GpuInventory inventory() {
    return inventory;
  }

  @Override
  public GpuReading read(GpuId gpu) {
    MemorySegment handle = handle(gpu);
    Verdict verdict = new Verdict();
    Optional<NvmlLibrary.Memory> memory = verdict.take("memory", library.memory(handle));
    Optional<Integer> utilization = verdict.take("utilisation", library.utilization(handle));
    Optional<Integer> temperature = verdict.take("temperature", library.temperature(handle));
    Optional<Integer> power = verdict.take("power", library.power(handle));
    Optional<Long> errors = verdict.take("memory errors", library.uncorrectedErrors(handle));
    errors
        .filter(count -> count != 0)
        .ifPresent(count ->
            verdict.degrade(
                Long.toUnsignedString(count)
                    + " memory errors that could not be corrected since the driver was loaded;"
                    + " reset the GPU, and replace it if they come back"));
    verdict
        .take("MIG mode", library.migMode(handle))
        .filter(partitioned -> partitioned)
        .ifPresent(_ -> verdict.degrade("it is in MIG mode; switch that off to share it whole"));
    xids.listen().ifPresent(refused -> verdict.take("Xid errors", refused));
    xids.of(gpu).forEach(verdict::hear);
    return new GpuReading(
        memory.flatMap(m -> bytes(m.used())),
        memory.flatMap(m -> bytes(m.free())),
        whole(utilization),
        whole(temperature),
        power
            .map(milliwatts -> OptionalDouble.of(milliwatts / 1000.0))
            .orElse(OptionalDouble.empty()),
        verdict.health());
  }

  @Override
  public GpuProcesses processes(GpuId gpu) {
    return switch (library.processes(handle(gpu))) {
      case NvmlAnswer.Told<List<NvmlLibrary.ProcessEntry>> list -> sum(list.value());
      case NvmlAnswer.Refused<List<NvmlLibrary.ProcessEntry>> refused ->
          GpuProcesses.unread(refused.explained());
      case NvmlAnswer.Missing<List<NvmlLibrary.ProcessEntry>> missing ->
          GpuProcesses.unread("this driver has no " + missing.function().symbol());
    };
  }

  /** A process has one entry for each MIG instance it runs on. */
  private static GpuProcesses sum(List<NvmlLibrary.ProcessEntry> entries) {
    Map<Long, Bytes> memory = new HashMap<>();
    List<Long> hidden = new ArrayList<>();
    for (NvmlLibrary.ProcessEntry entry : entries) {
      if (entry.available()) {
        memory.merge(entry.pid(), Bytes.of(entry.bytes()), Bytes::plus);
      } else {
        hidden.add(entry.pid());
      }
    }
    memory.keySet().removeAll(hidden);
    return new GpuProcesses(
        memory,
        hidden.isEmpty()
            ? List.of()
            : List.of("the driver does not tell the memory of processes " + hidden));
  }

  @Override
  public void close() {
    xids.close();
    library.close();
  }

  private MemorySegment handle(GpuId gpu) {
    MemorySegment handle = handles.get(gpu);
    if (handle == null) {
      throw NoGpus.unknown(gpu, inventory);
    }
    return handle;
  }

  private Optional<String> text(NvmlFunction function, MemorySegment gpu) {
    return told(library.text(function, gpu)).filter(text -> !text.isBlank());
  }

  private static GpuInventory.Note note(String text) {
    return new GpuInventory.Note(PROBE, text);
  }

  private static <T> Optional<T> told(NvmlAnswer<T> answer) {
    return answer instanceof NvmlAnswer.Told<T> told ? Optional.of(told.value()) : Optional.empty();
  }

  /** All bits set, which is negative here, is NVML's "not available". */
  private static Optional<Bytes> bytes(long count) {
    return count < 0 ? Optional.empty() : Optional.of(Bytes.of(count));
  }

  private static OptionalInt whole(Optional<Integer> value) {
    return value.map(OptionalInt::of).orElse(OptionalInt.empty());
  }
}
