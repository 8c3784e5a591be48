package ai.greenthread.scheduling.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jcstress.Main;
import org.openjdk.jcstress.annotations.JCStressTest;

/**
 * Runs {@link BarrierStress} and {@link GateStress} under jcstress: for half a minute, or with
 * {@code -Djcstress.mode=default} (or tough, or stress) for many minutes in every way of compiling
 * them. What the tool said is in {@code target/jcstress}.
 */
class GateStressTest {
  private static final String MODE = System.getProperty("jcstress.mode", "");
  private static final Duration LONGEST =
      MODE.isEmpty() ? Duration.ofMinutes(8) : Duration.ofHours(12);

  private static final Pattern VERDICT =
      Pattern.compile(
          "Results: (\\d+) planned; (\\d+) passed, (\\d+) failed, (\\d+) soft errs, (\\d+) hard errs");
  private static final Pattern SAMPLES =
      Pattern.compile("(?m)^ +-?\\d[-\\d, ]*? +([\\d,]+) +[<\\d.]+% +(?:Acceptable|Forbidden)");

  /** What the tool said, in the end. */
  private record Outcome(
      int planned, int passed, int failed, int errors, long samples, double seconds, String said) {}

  @Test
  void noOrderOfThreadsLosesOrDoublesARequestAtTheGate() throws Exception {
    Outcome outcome = stress("(Barrier|Gate)Stress\\.(?!Planted)", "product");
    System.out.printf(
        Locale.ROOT,
        "jcstress: %,d tests, %,d samples in %.0f s%n",
        outcome.planned,
        outcome.samples,
        outcome.seconds);
    assertThat(outcome.failed + outcome.errors).as(outcome.said).isZero();
    // Each once in each way of compiling: in a short run there is one.
    assertThat(outcome.passed).as(outcome.said).isGreaterThanOrEqualTo((int) tests()).isPositive();
  }

  @Test
  void aBarrierOfTwoWordsIsFoundOut() throws Exception {
    Outcome outcome = stress("BarrierStress\\.Planted", "planted");
    assertThat(outcome.failed).as(outcome.said).isPositive();
    assertThat(outcome.said).contains("Observed forbidden state: 1, 0, 1");
  }

  private static long tests() {
    return Stream.of(BarrierStress.class, GateStress.class)
        .flatMap(group -> Stream.of(group.getDeclaredClasses()))
        .filter(test -> test.isAnnotationPresent(JCStressTest.class))
        .filter(test -> !test.getSimpleName().startsWith("Planted"))
        .count();
  }

  private static Outcome stress(String tests, String name)
      throws IOException, InterruptedException {
    assumeTrue(
        Runtime.getRuntime().availableProcessors() >= 2,
        "one processor runs one thread at a time: nothing would meet");
    Path folder = Files.createDirectories(Path.of("target", "jcstress", name));
    Path said = folder.resolve("output.txt");
    long began = System.nanoTime();
    Process process =
        new ProcessBuilder(command(tests))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      assertThat(process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS))
          .as("jcstress ends within %s", LONGEST)
          .isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return read(Files.readString(said), (System.nanoTime() - began) / 1e9);
  }

  private static List<String> command(String tests) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", absolute(System.getProperty("java.class.path"))));
    command.addAll(List.of(Main.class.getName(), "-t", tests, "-v", "-r", "results"));
    if (MODE.isEmpty()) {
      // One way of compiling, and threads where the system puts them.
      command.addAll(List.of("-jvmArgs", "-Xmx256m -XX:+UseSerialGC", "-sc", "false"));
      command.addAll(List.of("-af", "NONE", "-c", "2"));
      command.addAll(List.of("-f", "1", "-fsm", "1", "-iters", "1", "-time", "500"));
    } else {
      command.addAll(List.of("-m", MODE));
    }
    return command;
  }

  private static String absolute(String classPath) {
    return String.join(
        File.pathSeparator,
        Stream.of(classPath.split(Pattern.quote(File.pathSeparator), -1))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .toList());
  }

  private static Outcome read(String said, double seconds) {
    MatchResult last = null;
    Matcher verdicts = VERDICT.matcher(said);
    while (verdicts.find()) {
      last = verdicts.toMatchResult();
    }
    if (last == null) {
      throw new AssertionError("jcstress came to no result:\n" + said);
    }
    long samples = 0;
    Matcher counts = SAMPLES.matcher(said.substring(0, said.indexOf("RUN RESULTS")));
    while (counts.find()) {
      samples += Long.parseLong(counts.group(1).replace(",", ""));
    }
    return new Outcome(
        number(last, 1),
        number(last, 2),
        number(last, 3),
        number(last, 4) + number(last, 5),
        samples,
        seconds,
        said);
  }

  private static int number(MatchResult verdict, int group) {
    return Integer.parseInt(verdict.group(group));
  }
}
