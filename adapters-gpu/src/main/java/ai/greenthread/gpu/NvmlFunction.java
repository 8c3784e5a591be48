package ai.greenthread.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;

/**
 * The functions of {@code nvml.h} that are called, and what cannot be told without each of them.
 * Signatures are those of the header; an enum argument is an int.
 */
enum NvmlFunction {
  INIT("nvmlInit_v2", "any device", JAVA_INT),
  SHUTDOWN("nvmlShutdown", "the end of use", JAVA_INT),
  ERROR_STRING("nvmlErrorString", "the driver's own words for an error", ADDRESS, JAVA_INT),
  DRIVER_VERSION("nvmlSystemGetDriverVersion", "the driver's version", JAVA_INT, ADDRESS, JAVA_INT),
  COUNT("nvmlDeviceGetCount_v2", "any device", JAVA_INT, ADDRESS),
  HANDLE("nvmlDeviceGetHandleByIndex_v2", "any device", JAVA_INT, JAVA_INT, ADDRESS),
  NAME("nvmlDeviceGetName", "the product name", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT),
  UUID("nvmlDeviceGetUUID", "the uuid", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT),
  MEMORY("nvmlDeviceGetMemoryInfo", "memory", JAVA_INT, ADDRESS, ADDRESS),
  UTILIZATION("nvmlDeviceGetUtilizationRates", "utilisation", JAVA_INT, ADDRESS, ADDRESS),
  TEMPERATURE("nvmlDeviceGetTemperature", "temperature", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS),
  POWER("nvmlDeviceGetPowerUsage", "power", JAVA_INT, ADDRESS, ADDRESS),
  ECC_ERRORS(
      "nvmlDeviceGetTotalEccErrors",
      "memory errors",
      JAVA_INT,
      ADDRESS,
      JAVA_INT,
      JAVA_INT,
      ADDRESS),
  MIG_MODE("nvmlDeviceGetMigMode", "MIG mode", JAVA_INT, ADDRESS, ADDRESS, ADDRESS),
  PROCESSES(
      "nvmlDeviceGetComputeRunningProcesses_v3",
      "memory by process",
      JAVA_INT,
      ADDRESS,
      ADDRESS,
      ADDRESS),
  EVENT_SET_CREATE("nvmlEventSetCreate", Tells.XID, JAVA_INT, ADDRESS),
  EVENT_SET_FREE("nvmlEventSetFree", Tells.XID, JAVA_INT, ADDRESS),
  REGISTER_EVENTS("nvmlDeviceRegisterEvents", Tells.XID, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS),
  EVENT_SET_WAIT("nvmlEventSetWait_v2", Tells.XID, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);

  /** Words for what several functions tell only together. */
  private static final class Tells {
    static final String XID = "Xid errors";
  }

  private final String symbol;
  private final String tells;

  @SuppressWarnings("ImmutableEnumChecker") // Its documentation says that it is immutable.
  private final FunctionDescriptor descriptor;

  NvmlFunction(String symbol, String tells, MemoryLayout answer, MemoryLayout... arguments) {
    this.symbol = symbol;
    this.tells = tells;
    this.descriptor = FunctionDescriptor.of(answer, arguments);
  }

  /** Name in the library. */
  String symbol() {
    return symbol;
  }

  /** What it tells, as words that fit "… cannot be read". */
  String tells() {
    return tells;
  }

  FunctionDescriptor descriptor() {
    return descriptor;
  }
}
