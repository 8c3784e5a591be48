package ai.greenthread.runtimes.child;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How to start one of our servers as a small child JVM. */
public final class ChildJvm {
  /**
   * Flags that keep a server's own memory small: a serial collector and a heap that holds requests,
   * never a model, which lives outside the heap.
   */
  public static final List<String> FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-Xms16m",
          "-Xmx96m",
          "-Xss512k",
          "-XX:MaxMetaspaceSize=48m",
          "-XX:ReservedCodeCacheSize=24m",
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseCompactObjectHeaders",
          // Maps the JDK's class archive where it was made, so that it is shared instead of copied.
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:ArchiveRelocationMode=0",
          // A crash leaves nothing in the folder that the user happens to be in.
          "-XX:-CreateCoredumpOnCrash",
          "--enable-native-access=ALL-UNNAMED");

  private ChildJvm() {}

  /**
   * The command line of a server, on a class path of no more than it needs.
   *
   * @param javaHome whose {@code bin/java} runs it
   * @param main its main class
   * @param libraries one class of each jar that it needs beside its own
   * @param arguments the server's own
   */
  public static List<String> command(
      Path javaHome, Class<?> main, List<Class<?>> libraries, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(javaHome.resolve("bin").resolve("java").toString());
    command.addAll(FLAGS);
    command.add("-XX:ErrorFile=" + crashReport());
    command.add("-cp");
    command.add(
        Stream.concat(Stream.of(main), libraries.stream())
            .map(ChildJvm::location)
            .distinct()
            .collect(Collectors.joining(File.pathSeparator)));
    command.add(main.getName());
    command.addAll(arguments);
    return List.copyOf(command);
  }

  /** Where a JVM that crashes writes why; {@code %p} is its number. */
  private static Path crashReport() {
    return Path.of(System.getProperty("java.io.tmpdir"), "greenthread-crash-%p.log");
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("no file holds " + type, e);
    }
  }
}
