package ai.greenthread.gpu;

import java.util.Optional;

/**
 * What an Xid error says about the device, by NVIDIA's catalogue of Xid errors and by what its own
 * device plugin takes for the fault of an application.
 */
final class Xid {
  private Xid() {}

  /** How bad it is for the device. */
  enum Severity {
    /** An application did it; the device is as good as before. */
    OF_AN_APPLICATION,
    /** The device goes on, but somebody should look at it. */
    DEGRADES,
    /** Nothing can be relied on until the device is reset, or replaced. */
    DISABLES
  }

  static Severity severity(long code) {
    return switch (known(code)) {
      case 13, 31, 43, 45, 68, 109 -> Severity.OF_AN_APPLICATION;
      case 48, 62, 64, 74, 79, 95, 119, 120, 140 -> Severity.DISABLES;
      // 63 and 94 are contained by the device itself; of others little is known.
      default -> Severity.DEGRADES;
    };
  }

  /** For people: what happened and what to do. */
  static String explained(long code) {
    String meaning =
        meaning(code)
            .orElse("see NVIDIA's catalogue of Xid errors and the kernel's log on the node");
    return "Xid " + code + ": " + meaning;
  }

  /** The code as a number to choose by; one that is far from all there are is none of them. */
  private static int known(long code) {
    return Math.clamp(code, 0, Integer.MAX_VALUE);
  }

  private static Optional<String> meaning(long code) {
    return Optional.ofNullable(
        switch (known(code)) {
          case 48 -> "a memory error that could not be corrected; reset the GPU";
          case 62 -> "its micro-controller halted; reset the GPU";
          case 63 -> "a bad row of memory was retired; it is replaced at the next reset of the GPU";
          case 64 -> "a bad row of memory could not be retired; reset the GPU, and replace it";
          case 74 -> "NVLink failed; reset the GPU and check its links";
          case 79 -> "the GPU has fallen off the bus; restart the machine and check its power";
          case 94 -> "a memory error was contained and ended an application; reset the GPU soon";
          case 95 -> "a memory error was not contained; reset the GPU";
          case 119, 120 -> "its system processor does not answer; reset the GPU";
          case 140 -> "a memory error was not recovered from; reset the GPU";
          default -> null;
        });
  }
}
