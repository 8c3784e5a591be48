package ai.greenthread.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which cores the gateway, the mock and the generator run on. With four or more they are kept
 * apart, so that the load takes nothing from what it measures; with fewer they share all, and only
 * ratios within a round say anything.
 *
 * @param gateway two cores, as many as the peers have workers; empty where all are shared
 * @param mock one core, or empty
 * @param load one core, or empty
 */
record Cores(List<Integer> gateway, List<Integer> mock, List<Integer> load) {

  private static final int ENOUGH = 4;

  Cores {
    gateway = List.copyOf(gateway);
    mock = List.copyOf(mock);
    load = List.copyOf(load);
  }

  static Cores here() {
    String list =
        Proc.read(Path.of("/proc/self/status"))
            .lines()
            .filter(line -> line.startsWith("Cpus_allowed_list:"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("");
    return among(expand(list));
  }

  /** Divides these cores, when they are enough. */
  static Cores among(List<Integer> allowed) {
    return allowed.size() < ENOUGH
        ? new Cores(List.of(), List.of(), List.of())
        : new Cores(allowed.subList(0, 2), allowed.subList(2, 3), allowed.subList(3, 4));
  }

  /** The numbers of a list such as {@code 0-2,5}. */
  static List<Integer> expand(String list) {
    var cores = new ArrayList<Integer>();
    for (String range : list.split(",", -1)) {
      if (!range.isBlank()) {
        String[] ends = range.strip().split("-", 2);
        IntStream.rangeClosed(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]))
            .forEach(cores::add);
      }
    }
    return cores;
  }

  /** The command, bound to these cores; as it is when there are none. */
  static List<String> bound(List<Integer> cores, List<String> command) {
    if (cores.isEmpty()) {
      return command;
    }
    var all = new ArrayList<String>(List.of("taskset", "-c", text(cores)));
    all.addAll(command);
    return all;
  }

  String inWords() {
    return gateway.isEmpty()
        ? "gateway, mock and generator share the cores"
        : "gateway on cores %s, mock on %s, generator on %s"
            .formatted(text(gateway), text(mock), text(load));
  }

  private static String text(List<Integer> cores) {
    return String.join(",", cores.stream().map(String::valueOf).toList());
  }
}
