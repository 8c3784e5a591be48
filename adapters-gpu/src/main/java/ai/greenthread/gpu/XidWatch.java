package ai.greenthread.gpu;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Gathers the Xid errors of the devices. The driver queues them from the moment of registration, so
 * that they are fetched whenever a device is read and no thread has to wait for them. What has
 * happened to a device stays said for as long as the probe is open: that it was reset cannot be
 * seen from here, and whoever resets it ends all that use it first, this process included.
 */
final class XidWatch {
  /** Different codes remembered of one device; there are fewer that are known. */
  private static final int MOST_CODES = 256;

  /** Fetched at one reading; a device that has more says so at the next. */
  private static final int MOST_EVENTS = 1024;

  private final NvmlLibrary library;
  private final Map<Long, GpuId> byAddress = new HashMap<>();
  private final Map<String, GpuId> byUuid = new HashMap<>();
  private final Map<GpuId, SortedMap<Long, Integer>> heard = new HashMap<>();

  /** Empty where nothing can be heard, or no longer. */
  private Optional<MemorySegment> set;

  /**
   * Begins to listen.
   *
   * @param notes where to say what cannot be heard; a device without such errors is none
   */
  XidWatch(NvmlLibrary library, Map<GpuId, MemorySegment> devices, List<GpuInventory.Note> notes) {
    this.library = library;
    this.set = devices.isEmpty() ? Optional.empty() : newSet(notes);
    devices.forEach((id, gpu) -> set.ifPresent(events -> listen(id, gpu, events, notes)));
  }

  private Optional<MemorySegment> newSet(List<GpuInventory.Note> notes) {
    return switch (library.eventSet()) {
      case NvmlAnswer.Told<MemorySegment> made -> Optional.of(made.value());
      case NvmlAnswer.Missing<MemorySegment> missing -> Optional.empty();
      case NvmlAnswer.Refused<MemorySegment> refused -> {
        complain("any device", refused, notes);
        yield Optional.empty();
      }
    };
  }

  private void listen(
      GpuId id, MemorySegment gpu, MemorySegment events, List<GpuInventory.Note> notes) {
    switch (library.hearXids(gpu, events)) {
      case NvmlAnswer.Told<Boolean> listening -> {
        byAddress.put(gpu.address(), id);
        uuid(gpu).ifPresent(uuid -> byUuid.put(uuid, id));
      }
      case NvmlAnswer.Missing<Boolean> missing -> {}
      case NvmlAnswer.Refused<Boolean> refused -> complain(id.objectName(), refused, notes);
    }
  }

  private static void complain(
      String device, NvmlAnswer.Refused<?> refused, List<GpuInventory.Note> notes) {
    if (refused.code() != NvmlAnswer.NOT_SUPPORTED) {
      notes.add(
          new GpuInventory.Note(
              NvmlProbe.PROBE,
              "Xid errors of " + device + " cannot be heard: " + refused.explained()));
    }
  }

  /**
   * Fetches what has happened since the last call.
   *
   * @return why it cannot be told what has happened, where it cannot
   */
  synchronized Optional<NvmlAnswer.Refused<?>> listen() {
    for (int i = 0; i < MOST_EVENTS && set.isPresent(); i++) {
      switch (library.nextXid(set.get())) {
        case NvmlAnswer.Told<NvmlLibrary.XidEvent> told -> remember(told.value());
        case NvmlAnswer.Missing<NvmlLibrary.XidEvent> missing -> {
          return Optional.empty();
        }
        case NvmlAnswer.Refused<NvmlLibrary.XidEvent> refused -> {
          // A lost device says so itself; the others have not failed.
          return refused.code() == NvmlAnswer.TIMEOUT || refused.code() == NvmlAnswer.GPU_LOST
              ? Optional.empty()
              : Optional.of(refused);
        }
      }
    }
    return Optional.empty();
  }

  private void remember(NvmlLibrary.XidEvent event) {
    long code = event.code();
    device(event.gpu())
        .map(id -> heard.computeIfAbsent(id, key -> new TreeMap<>()))
        .filter(codes -> codes.size() < MOST_CODES || codes.containsKey(code))
        .ifPresent(codes -> codes.merge(code, 1, Integer::sum));
  }

  /** How often each Xid error was heard of the device, by code. */
  synchronized Map<Long, Integer> of(GpuId gpu) {
    return new TreeMap<>(heard.getOrDefault(gpu, new TreeMap<>()));
  }

  /** Nothing promises that an event's handle is the one that was registered, so the uuid tells. */
  private Optional<GpuId> device(MemorySegment gpu) {
    return Optional.ofNullable(byAddress.get(gpu.address())).or(() -> uuid(gpu).map(byUuid::get));
  }

  private Optional<String> uuid(MemorySegment gpu) {
    return library.text(NvmlFunction.UUID, gpu) instanceof NvmlAnswer.Told<String> told
        ? Optional.of(told.value())
        : Optional.empty();
  }

  /** Lets go of the driver's queue. */
  synchronized void close() {
    set.ifPresent(library::freeEventSet);
    set = Optional.empty();
  }
}
