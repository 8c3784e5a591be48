package ai.greenthread.runtimes.child;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Ends this process without tidying up. {@link Runtime#halt} still runs what native libraries have
 * registered for the end of the process: llama.cpp then frees what its threads compute with, and
 * one of them crashes.
 */
public final class ImmediateExit {
  private final MethodHandle exit;

  private ImmediateExit(MethodHandle exit) {
    this.exit = exit;
  }

  /** Looks the system's own exit up now, so that the end takes no time. */
  @SuppressWarnings("restricted") // calls one function of the C library, by its standard signature
  public static ImmediateExit prepare() {
    Linker linker = Linker.nativeLinker();
    MemorySegment function = linker.defaultLookup().findOrThrow("_exit");
    return new ImmediateExit(
        linker.downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT)));
  }

  /**
   * Does not return.
   *
   * @param status of the process
   */
  public void now(int status) {
    try {
      exit.invokeExact(status);
    } catch (Throwable _) {
      // It has no way to fail but this class's; then the end may as well be untidy.
      Runtime.getRuntime().halt(status);
    }
  }
}
