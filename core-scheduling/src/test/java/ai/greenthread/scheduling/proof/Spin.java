package ai.greenthread.scheduling.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One search program, made of the model by SPIN and compiled. */
final class Spin {
  private static final Path MODEL = Path.of("src/proof/greenthread.pml");
  private static final Duration LONGEST_COMPILATION = Duration.ofMinutes(5);
  private static final Pattern STATES = Pattern.compile("(?m)^\\s*(\\S+) states, stored");
  private static final Pattern SECONDS = Pattern.compile("pan: elapsed time (\\S+) seconds");
  private static final Pattern ERRORS = Pattern.compile("errors: (\\d+)");

  /** What makes a search less than exhaustive, in pan's words. */
  private static final List<String> INCOMPLETE =
      List.of(
          "max search depth too small", "Search not completed", "out of memory", "Bit statespace");

  private final Path folder;

  private Spin(Path folder) {
    this.folder = folder;
  }

  /**
   * What a search said.
   *
   * @param errors violations found; the search ends with the first
   */
  record Result(long states, double seconds, int errors, String output) {
    /** It went through all states that there are, and says so. */
    void requireWholeAndClean() {
      assertThat(output).doesNotContain(INCOMPLETE).contains("Full statespace search");
      assertThat(errors).as(output).isZero();
      assertThat(states).isGreaterThan(10_000);
    }
  }

  static boolean isHere() {
    return onPath("spin") && onPath("gcc");
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }

  /** {@code defines} as in {@code CRASHES=1}; with LIVE among them it can look for cycles. */
  static Spin of(Path folder, List<String> defines) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Files.copy(MODEL, folder.resolve("greenthread.pml"));
    var generate = new ArrayList<>(List.of("spin", "-a"));
    defines.forEach(define -> generate.add("-D" + define));
    generate.add("greenthread.pml");
    assertThat(run(folder, generate, LONGEST_COMPILATION)).doesNotContain("rror:");
    var compile = new ArrayList<>(List.of("gcc", "-O1", "-w", "-DNOREDUCE", "-DMEMLIM=1800"));
    // Without weak fairness and cycles the search is several times as fast.
    compile.addAll(
        defines.contains("LIVE") ? List.of("-DNFAIR=3") : List.of("-DSAFETY", "-DNOCLAIM"));
    compile.addAll(List.of("-o", "pan", "pan.c"));
    assertThat(run(folder, compile, LONGEST_COMPILATION)).isEmpty();
    return new Spin(folder);
  }

  /** Looks at every state. */
  Result safety(Duration limit) throws IOException, InterruptedException {
    return search(List.of("-n", "-m2000000", "-w24"), limit);
  }

  /** Looks for a history without end, weakly fair to all, that breaks the formula. */
  Result liveness(String formula, Duration limit) throws IOException, InterruptedException {
    return search(List.of("-a", "-f", "-n", "-m4000000", "-w24", "-N", formula), limit);
  }

  private Result search(List<String> options, Duration limit)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("./pan"));
    command.addAll(options);
    String output = run(folder, command, limit);
    return new Result(
        (long) number(STATES, output),
        number(SECONDS, output),
        (int) number(ERRORS, output),
        output);
  }

  private static double number(Pattern pattern, String output) {
    Matcher matcher = pattern.matcher(output);
    assertThat(matcher.find()).as(output).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  /** Both streams of a program that has to end within {@code limit}. */
  private static String run(Path folder, List<String> command, Duration limit)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output.txt");
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    try {
      assertThat(process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS))
          .as("%s ends within %s: %s", command, limit, Files.readString(output))
          .isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return Files.readString(output);
  }
}
