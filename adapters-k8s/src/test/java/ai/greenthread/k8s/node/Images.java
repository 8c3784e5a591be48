package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What stands in for container images: how the processes of each are started on this machine. */
public final class Images {
  /**
   * What a container is to be started with, everything resolved.
   *
   * @param container as the pod's spec has it
   * @param command the container's {@code command}; empty where the image's own would run
   * @param args the container's {@code args}
   * @param environment of the process, the container's variables included
   * @param mounts the directory of this machine behind each mount path
   * @param directory where the process starts, the container's own
   */
  public record Start(
      JsonObject container,
      List<String> command,
      List<String> args,
      Map<String, String> environment,
      Map<String, Path> mounts,
      Path directory) {}

  /** Says how an image's container is started. */
  @FunctionalInterface
  public interface Launcher {
    /** The argument vector; empty where such a container cannot be started. */
    List<String> arguments(Start start);
  }

  private final Map<Pattern, Launcher> launchers;

  private Images(Map<Pattern, Launcher> launchers) {
    this.launchers = launchers;
  }

  /** Every container's own command runs on this machine as it is. */
  public static Images none() {
    return new Images(Map.of());
  }

  /**
   * With one image more; of several that fit the one named first counts.
   *
   * @param pattern a regular expression for the whole name without tag and digest
   */
  public Images with(String pattern, Launcher launcher) {
    Map<Pattern, Launcher> more = new LinkedHashMap<>(launchers);
    more.put(Pattern.compile(pattern), launcher);
    return new Images(more);
  }

  /** An image whose entry point is this program; a container's {@code command} replaces it. */
  public static Launcher program(List<String> entryPoint) {
    return start -> {
      List<String> all = new ArrayList<>(start.command().isEmpty() ? entryPoint : start.command());
      all.addAll(start.args());
      return all;
    };
  }

  List<String> arguments(String image, Start start) {
    String name = image.replaceFirst("@.*", "").replaceFirst(":[^:/]*$", "");
    Optional<Launcher> known =
        launchers.entrySet().stream()
            .filter(entry -> entry.getKey().matcher(name).matches())
            .map(Map.Entry::getValue)
            .findFirst();
    return known.orElse(program(List.of())).arguments(start);
  }
}
