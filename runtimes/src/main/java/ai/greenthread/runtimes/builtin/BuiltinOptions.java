package ai.greenthread.runtimes.builtin;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Command line of the builtin server.
 *
 * @param model GGUF file
 * @param servedNames ids under which requests may ask for it
 * @param ctxSize tokens of one conversation, question and answer together; 0 = what the model was
 *     trained for
 * @param threads for computing; more than one is slower for small models on busy machines
 * @param maxNumSeqs answers written at the same time
 * @param parentWatch ends with the process that holds standard input
 * @param defaultTemperature for requests that name none
 * @param history file that gets a line at the beginning and end of every request; empty = none
 */
public record BuiltinOptions(
    Path model,
    List<String> servedNames,
    String host,
    int port,
    int ctxSize,
    int threads,
    int maxNumSeqs,
    boolean parentWatch,
    double defaultTemperature,
    String history) {

  static final String USAGE =
      """
      Serves a GGUF model over HTTP with llama.cpp, on the CPU.
        --model FILE                 GGUF file (required)
        --served-model-name ID[,ID]  ids of the model (default: the file's name without .gguf)
        --host ADDRESS               default 127.0.0.1
        --port PORT                  default 8000; 0 = any free one, which the ready line names
        --ctx-size N                 tokens of one conversation; default 0 = the model's own
        --threads N                  default 1
        --max-num-seqs N             answers written at once; default 1
        --default-temperature X      for requests that name none; default 0 = always the same answer
        --history FILE               append when requests begin and end, by x-request-id; no prompts
        --parent-watch               end when standard input ends
      """;

  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException says what is wrong with them
   */
  public static BuiltinOptions parse(List<String> arguments) {
    Optional<Path> model = Optional.empty();
    List<String> names = List.of();
    String host = "127.0.0.1";
    int port = 8000;
    int ctxSize = 0;
    int threads = 1;
    int maxNumSeqs = 1;
    boolean parentWatch = false;
    double temperature = 0;
    String history = "";
    Deque<String> rest = new ArrayDeque<>(arguments);
    while (!rest.isEmpty()) {
      String flag = rest.remove();
      switch (flag) {
        case "--model" -> model = Optional.of(Path.of(value(flag, rest)));
        case "--served-model-name" -> names = List.of(value(flag, rest).split(","));
        case "--host" -> host = value(flag, rest);
        case "--port" -> port = whole(flag, rest, 0, 65_535);
        case "--ctx-size" -> ctxSize = whole(flag, rest, 0, 1 << 24);
        case "--threads" -> threads = whole(flag, rest, 1, 1024);
        case "--max-num-seqs" -> maxNumSeqs = whole(flag, rest, 1, 64);
        case "--default-temperature" -> temperature = temperature(value(flag, rest));
        case "--history" -> history = value(flag, rest);
        case "--parent-watch" -> parentWatch = true;
        default -> throw new IllegalArgumentException("unknown argument " + flag);
      }
    }
    Path file = model.orElseThrow(() -> new IllegalArgumentException("--model FILE is missing"));
    if (names.isEmpty()) {
      String name = String.valueOf(file.getFileName());
      names = List.of(name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name);
    }
    return new BuiltinOptions(
        file, names, host, port, ctxSize, threads, maxNumSeqs, parentWatch, temperature, history);
  }

  private static String value(String flag, Deque<String> rest) {
    if (rest.isEmpty()) {
      throw new IllegalArgumentException(flag + " needs a value");
    }
    return rest.remove();
  }

  private static int whole(String flag, Deque<String> rest, int least, int most) {
    String text = value(flag, rest);
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Said below, with the range.
    }
    throw new IllegalArgumentException(
        flag + " must be a whole number from " + least + " to " + most + ", not " + text);
  }

  private static double temperature(String text) {
    try {
      double value = Double.parseDouble(text);
      if (value >= 0 && value <= 2) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Said below, with the range.
    }
    throw new IllegalArgumentException("--default-temperature must be from 0 to 2, not " + text);
  }
}
