package ai.greenthread.http.runtime;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.List;

/**
 * What a machine offers to the servers that it runs.
 *
 * @param http for admin calls
 * @param meter measures what servers hold
 * @param builtinCommand starts the builtin server; {@code --model} and others are appended
 * @param simulatedCommand starts the simulated vLLM; flags are appended
 * @param modelFolder against which relative {@code modelFile} paths are resolved
 * @param virtualGpus the devices are virtual: servers compute on the CPU
 */
public record RuntimeHost(
    HttpClient http,
    FootprintMeter meter,
    List<String> builtinCommand,
    List<String> simulatedCommand,
    Path modelFolder,
    boolean virtualGpus) {
  public RuntimeHost {
    builtinCommand = List.copyOf(builtinCommand);
    simulatedCommand = List.copyOf(simulatedCommand);
  }
}
