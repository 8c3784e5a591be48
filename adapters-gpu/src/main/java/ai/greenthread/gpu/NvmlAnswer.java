package ai.greenthread.gpu;

/** What came of one call into NVML. */
sealed interface NvmlAnswer<T> {
  int NOT_INITIALIZED = 1;
  int NOT_SUPPORTED = 3;
  int NO_PERMISSION = 4;
  int ARRAY_TOO_SMALL = 7;
  int DRIVER_NOT_LOADED = 9;
  int TIMEOUT = 10;
  int GPU_LOST = 15;
  int RESET_REQUIRED = 16;
  int VERSION_MISMATCH = 18;

  /** Code 0, and the value that was written. */
  record Told<T>(T value) implements NvmlAnswer<T> {}

  /**
   * Any other code.
   *
   * @param code as in {@code nvmlReturn_t}
   * @param words the library's own for it
   */
  record Refused<T>(int code, String words) implements NvmlAnswer<T> {
    /** What it means and, where there is something, what to do about it. */
    String explained() {
      String meaning =
          switch (code) {
            case NO_PERMISSION ->
                "this user may not use the device (see the rights of /dev/nvidia*)";
            case DRIVER_NOT_LOADED ->
                "the NVIDIA driver is not loaded; install or load it, then start again";
            case GPU_LOST ->
                "the GPU is lost: it no longer answers the driver; reset it or restart the machine";
            case RESET_REQUIRED -> "the GPU must be reset before it can be used again";
            case VERSION_MISMATCH ->
                "the driver and its library are of different versions, as after an update; restart"
                    + " the machine";
            default -> words;
          };
      return meaning + " (NVML code " + code + ")";
    }
  }

  /** The library is of a driver too old to have the function. */
  record Missing<T>(NvmlFunction function) implements NvmlAnswer<T> {}
}
