package ai.greenthread.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * NVIDIA's management library, called without a wrapper in C. NVML itself is safe for several
 * threads; the lock is there so that closing waits for calls under way. Out-parameters live in an
 * arena of their own for each call, the library in one that ends with {@link #close()}.
 */
@SuppressWarnings("restricted") // Calling a native library is what this class is for.
final class NvmlLibrary implements AutoCloseable {
  /** Bytes and length of every string asked for; the header's longest is 96. */
  private static final int TEXT = 96;

  /** Room for a C string of the library's own, beyond which it is not read. */
  private static final int LONGEST_ERROR = 1024;

  private static final int PROCESS_ENTRY = 24;

  /** Processes told of on one device; a list that outgrows this is cut off as "too many". */
  private static final int MOST_PROCESSES = 65_536;

  private static final int TEMPERATURE_OF_CHIP = 0;
  private static final int UNCORRECTED = 1;
  private static final int SINCE_DRIVER_LOAD = 0;

  /** {@code nvmlEventTypeXidCriticalError}. */
  private static final long XID_EVENT = 0x8;

  private static final int EVENT_BYTES = 32;

  /** Shortest wait for an event; zero is not documented to mean "do not wait". */
  private static final int EVENT_WAIT_MILLIS = 1;

  private final String name;
  private final Arena arena;
  private final Map<NvmlFunction, MethodHandle> functions;
  private final ReadWriteLock use = new ReentrantReadWriteLock();
  private boolean closed;

  private NvmlLibrary(String name, Arena arena, Map<NvmlFunction, MethodHandle> functions) {
    this.name = name;
    this.arena = arena;
    this.functions = functions;
  }

  /** Memory of a device in bytes. */
  record Memory(long total, long free, long used) {}

  /** One entry of the process list; all bits set in {@code bytes} means "not available". */
  record ProcessEntry(long pid, long bytes) {
    boolean available() {
      return bytes >= 0;
    }
  }

  /**
   * An Xid error that happened.
   *
   * @param gpu handle of its device
   * @param code which error
   */
  record XidEvent(MemorySegment gpu, long code) {}

  /**
   * Loads the first of {@code names} that there is and starts it.
   *
   * @param names file names for the system's search, or absolute paths
   */
  @SuppressWarnings("MustBeClosedChecker") // The library owns the arena and ends it in close().
  static NvmlLibrary open(List<String> names) throws ProbeFailure {
    Arena arena = Arena.ofShared();
    boolean started = false;
    try {
      NvmlLibrary library = load(names, arena);
      library.start();
      started = true;
      return library;
    } finally {
      if (!started) {
        arena.close();
      }
    }
  }

  private static NvmlLibrary load(List<String> names, Arena arena) throws ProbeFailure {
    List<String> tried = new ArrayList<>();
    for (String name : names) {
      SymbolLookup symbols;
      try {
        symbols = SymbolLookup.libraryLookup(name, arena);
      } catch (IllegalCallerException e) {
        throw new ProbeFailure(
            "Java was started without leave to call native libraries; add"
                + " --enable-native-access=ALL-UNNAMED",
            e);
      } catch (IllegalArgumentException notThere) {
        tried.add(name);
        continue;
      }
      Map<NvmlFunction, MethodHandle> functions = new EnumMap<>(NvmlFunction.class);
      for (NvmlFunction function : NvmlFunction.values()) {
        symbols
            .find(function.symbol())
            .map(at -> Linker.nativeLinker().downcallHandle(at, function.descriptor()))
            .ifPresent(handle -> functions.put(function, handle));
      }
      return new NvmlLibrary(name, arena, functions);
    }
    throw new ProbeFailure(
        "no NVIDIA driver library could be opened (looked for "
            + String.join(", ", tried)
            + "); install the NVIDIA driver, or give this container access to the GPUs");
  }

  private void start() throws ProbeFailure {
    switch (ask(NvmlFunction.INIT, 0, (init, out) -> (int) init.invokeExact(), out -> out)) {
      case NvmlAnswer.Told<MemorySegment> ready -> {}
      case NvmlAnswer.Refused<MemorySegment> refused ->
          throw new ProbeFailure(name + " was opened, but does not start: " + refused.explained());
      case NvmlAnswer.Missing<MemorySegment> missing ->
          throw new ProbeFailure(
              name
                  + " was opened, but has no "
                  + missing.function().symbol()
                  + ": it is not NVIDIA's management library, or far too old");
    }
  }

  /** Functions that this library does not have. */
  Set<NvmlFunction> missing() {
    EnumSet<NvmlFunction> missing = EnumSet.allOf(NvmlFunction.class);
    missing.removeAll(functions.keySet());
    return missing;
  }

  NvmlAnswer<String> driverVersion() {
    return ask(
        NvmlFunction.DRIVER_VERSION,
        TEXT + 1,
        (version, out) -> (int) version.invokeExact(out, TEXT),
        out -> out.getString(0));
  }

  NvmlAnswer<Integer> count() {
    return ask(
        NvmlFunction.COUNT,
        Integer.BYTES,
        (count, out) -> (int) count.invokeExact(out),
        out -> out.get(JAVA_INT, 0));
  }

  /** The opaque handle of a device; it stays valid until the library is closed. */
  NvmlAnswer<MemorySegment> handle(int index) {
    return ask(
        NvmlFunction.HANDLE,
        ADDRESS.byteSize(),
        (handle, out) -> (int) handle.invokeExact(index, out),
        out -> out.get(ADDRESS, 0));
  }

  NvmlAnswer<String> text(NvmlFunction nameOrUuid, MemorySegment gpu) {
    return ask(
        nameOrUuid,
        TEXT + 1,
        (text, out) -> (int) text.invokeExact(gpu, out, TEXT),
        out -> out.getString(0));
  }

  NvmlAnswer<Memory> memory(MemorySegment gpu) {
    return ask(
        NvmlFunction.MEMORY,
        3 * Long.BYTES,
        (memory, out) -> (int) memory.invokeExact(gpu, out),
        out -> new Memory(out.get(JAVA_LONG, 0), out.get(JAVA_LONG, 8), out.get(JAVA_LONG, 16)));
  }

  /** Percent of the last sample period in which the device computed. */
  NvmlAnswer<Integer> utilization(MemorySegment gpu) {
    return ask(
        NvmlFunction.UTILIZATION,
        2 * Integer.BYTES,
        (rates, out) -> (int) rates.invokeExact(gpu, out),
        out -> out.get(JAVA_INT, 0));
  }

  /** Degrees Celsius. */
  NvmlAnswer<Integer> temperature(MemorySegment gpu) {
    return ask(
        NvmlFunction.TEMPERATURE,
        Integer.BYTES,
        (degrees, out) -> (int) degrees.invokeExact(gpu, TEMPERATURE_OF_CHIP, out),
        out -> out.get(JAVA_INT, 0));
  }

  /** Milliwatts. */
  NvmlAnswer<Integer> power(MemorySegment gpu) {
    return ask(
        NvmlFunction.POWER,
        Integer.BYTES,
        (power, out) -> (int) power.invokeExact(gpu, out),
        out -> out.get(JAVA_INT, 0));
  }

  /** Memory errors that ECC could not correct, since the driver was loaded. */
  NvmlAnswer<Long> uncorrectedErrors(MemorySegment gpu) {
    return ask(
        NvmlFunction.ECC_ERRORS,
        Long.BYTES,
        (errors, out) -> (int) errors.invokeExact(gpu, UNCORRECTED, SINCE_DRIVER_LOAD, out),
        out -> out.get(JAVA_LONG, 0));
  }

  /** Whether the device is partitioned now. */
  NvmlAnswer<Boolean> migMode(MemorySegment gpu) {
    return ask(
        NvmlFunction.MIG_MODE,
        2 * Integer.BYTES,
        (mode, out) -> (int) mode.invokeExact(gpu, out, out.asSlice(Integer.BYTES)),
        out -> out.get(JAVA_INT, 0) != 0);
  }

  /** A new set of events to listen to; it lives until {@link #freeEventSet} or the end. */
  NvmlAnswer<MemorySegment> eventSet() {
    return ask(
        NvmlFunction.EVENT_SET_CREATE,
        ADDRESS.byteSize(),
        (create, out) -> (int) create.invokeExact(out),
        out -> out.get(ADDRESS, 0));
  }

  /** Afterwards the set must not be used. */
  NvmlAnswer<Boolean> freeEventSet(MemorySegment set) {
    return ask(
        NvmlFunction.EVENT_SET_FREE, 0, (free, out) -> (int) free.invokeExact(set), out -> true);
  }

  /** From now on the set gathers the device's Xid errors; those before are not heard. */
  NvmlAnswer<Boolean> hearXids(MemorySegment gpu, MemorySegment set) {
    return ask(
        NvmlFunction.REGISTER_EVENTS,
        0,
        (register, out) -> (int) register.invokeExact(gpu, XID_EVENT, set),
        out -> true);
  }

  /** The oldest Xid error not yet taken; refused with {@code TIMEOUT} where there is none. */
  NvmlAnswer<XidEvent> nextXid(MemorySegment set) {
    return ask(
        NvmlFunction.EVENT_SET_WAIT,
        EVENT_BYTES,
        (wait, out) -> (int) wait.invokeExact(set, out, EVENT_WAIT_MILLIS),
        out -> new XidEvent(out.get(ADDRESS, 0), out.get(JAVA_LONG, 16)));
  }

  /** Asks again with more room for as long as the list outgrows the room given. */
  NvmlAnswer<List<ProcessEntry>> processes(MemorySegment gpu) {
    int room = 64;
    while (true) {
      int entries = room;
      NvmlAnswer<List<ProcessEntry>> answer =
          ask(
              NvmlFunction.PROCESSES,
              Long.BYTES + (long) entries * PROCESS_ENTRY,
              (list, out) -> {
                out.set(JAVA_INT, 0, entries);
                return (int) list.invokeExact(gpu, out, out.asSlice(Long.BYTES));
              },
              out -> entries(out, entries));
      boolean tooSmall =
          answer instanceof NvmlAnswer.Refused<List<ProcessEntry>> refused
              && refused.code() == NvmlAnswer.ARRAY_TOO_SMALL;
      if (!tooSmall || room >= MOST_PROCESSES) {
        return answer;
      }
      room *= 4;
    }
  }

  private static List<ProcessEntry> entries(MemorySegment out, int room) {
    int count = Math.clamp(out.get(JAVA_INT, 0), 0, room);
    List<ProcessEntry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long at = Long.BYTES + (long) i * PROCESS_ENTRY;
      entries.add(
          new ProcessEntry(
              Integer.toUnsignedLong(out.get(JAVA_INT, at)), out.get(JAVA_LONG, at + 8)));
    }
    return entries;
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      MethodHandle shutdown = functions.get(NvmlFunction.SHUTDOWN);
      if (shutdown != null) {
        invoke(shutdown, MemorySegment.NULL, (end, out) -> (int) end.invokeExact());
      }
      closed = true;
      arena.close();
    } finally {
      use.writeLock().unlock();
    }
  }

  @FunctionalInterface
  private interface NativeCall {
    int code(MethodHandle function, MemorySegment out) throws Throwable;
  }

  private <T> NvmlAnswer<T> ask(
      NvmlFunction function, long outBytes, NativeCall call, Function<MemorySegment, T> value) {
    use.readLock().lock();
    try (Arena scratch = Arena.ofConfined()) {
      MethodHandle handle = functions.get(function);
      if (closed) {
        return new NvmlAnswer.Refused<>(NvmlAnswer.NOT_INITIALIZED, "NVML is no longer in use");
      }
      if (handle == null) {
        return new NvmlAnswer.Missing<>(function);
      }
      MemorySegment out = scratch.allocate(outBytes, Long.BYTES);
      int code = invoke(handle, out, call);
      return code == 0
          ? new NvmlAnswer.Told<>(value.apply(out))
          : new NvmlAnswer.Refused<>(code, words(code));
    } finally {
      use.readLock().unlock();
    }
  }

  private static int invoke(MethodHandle function, MemorySegment out, NativeCall call) {
    try {
      return call.code(function, out);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native call threw a checked exception", e);
    }
  }

  private String words(int code) {
    MethodHandle errorString = functions.get(NvmlFunction.ERROR_STRING);
    if (errorString == null) {
      return "an error without words";
    }
    try {
      MemorySegment text = (MemorySegment) errorString.invokeExact(code);
      return text.equals(MemorySegment.NULL)
          ? "an error without words"
          : text.reinterpret(LONGEST_ERROR).getString(0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native call threw a checked exception", e);
    }
  }
}
