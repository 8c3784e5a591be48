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
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.openjdk.jcstress.Main;
import org.openjdk.jcstress.annotations.JCStressTest;

/**
 * Runs {@link BarrierStress} and {@link GateStress} under jcstress: for half a minute, or with
 * {@code -Djcstress.mode=default} (or tough, or stress) for many minutes in every way of compiling
 * them. What the tool said is in {@code target/jcstress}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GateStressTest {
  private static final String MODE = System.getProperty("jcstress.mode", "");
  private static final Duration LONGEST =
      MODE.isEmpty() ? Duration.ofMinutes(8) : Duration.ofHours(12);

  private static final Pattern VERDICT =
      Pattern.compile(
          "Results: (\\d+) planned; (\\d+) passed, (\\d+) failed, (\\d+) soft errs, (\\d+) hard errs");
  private static final Pattern SAMPLES =
      Pattern.compile("(?m)^ +-?\\d[-\\d, ]*? +([\\d,]+) +[<\\d.]+% +(?:Acceptable|Forbidden)");

  private static final Pattern FAILED = Pattern.compile("\\[FAILED\\] (\\S+)");

  /** One run for all: half of a short one is the tool's finding out about its machine. */
  private Outcome outcome = new Outcome(0, Set.of(), 0, 0, "");

  /**
   * What the tool said, in the end.
   *
   * @param failed names of the tests that saw what they forbid
   */
  private record Outcome(int passed, Set<String> failed, int errors, long samples, String said) {}

  @BeforeAll
  void run() throws IOException, InterruptedException {
    assumeTrue(
        Runtime.getRuntime().availableProcessors() >= 2,
        "one processor runs one thread at a time: nothing would meet");
    long began = System.nanoTime();
    outcome = stress();
    System.out.printf(
        Locale.ROOT,
        "jcstress: %,d tests, %,d samples, %.0f s%n",
        tests(),
        outcome.samples,
        (System.nanoTime() - began) / 1e9);
  }

  @Test
  void noOrderOfThreadsLosesOrDoublesARequestAtTheGate() {
    assertThat(outcome.failed).filteredOn(name -> !name.contains("Planted")).isEmpty();
    assertThat(outcome.errors).as(outcome.said).isZero();
    // Each once in each way of compiling: in a short run there is one.
    assertThat(outcome.passed).as(outcome.said).isGreaterThanOrEqualTo((int) tests()).isPositive();
  }

  @Test
  void aBarrierOfTwoWordsIsFoundOut() {
    assertThat(outcome.failed)
        .as(outcome.said)
        .contains(BarrierStress.class.getName() + ".PlantedBarrierOfTwoWords");
    assertThat(outcome.said).contains("Observed forbidden state: 1, 0, 1");
  }

  private static long tests() {
    return Stream.of(BarrierStress.class, GateStress.class)
        .flatMap(group -> Stream.of(group.getDeclaredClasses()))
        .filter(test -> test.isAnnotationPresent(JCStressTest.class))
        .filter(test -> !test.getSimpleName().startsWith("Planted"))
        .count();
  }

  private static Outcome stress() throws IOException, InterruptedException {
    Path folder = Files.createDirectories(Path.of("target", "jcstress"));
    Path said = folder.resolve("output.txt");
    Process process =
        new ProcessBuilder(command())
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
    return read(Files.readString(said));
  }

  private static List<String> command() {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", absolute(System.getProperty("java.class.path"))));
    command.addAll(
        List.of(Main.class.getName(), "-t", "(Barrier|Gate)Stress", "-v", "-r", "results"));
    if (MODE.isEmpty()) {
      // One way of compiling, and threads where the system puts them.
      command.addAll(List.of("-jvmArgs", "-Xmx256m -XX:+UseSerialGC", "-sc", "false"));
      command.addAll(List.of("-af", "NONE", "-c", "2"));
      command.addAll(List.of("-f", "1", "-fsm", "1", "-iters", "1", "-time", "300"));
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

  private static Outcome read(String said) {
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
    Set<String> failed =
        FAILED.matcher(said).results().map(test -> test.group(1)).collect(Collectors.toSet());
    return new Outcome(number(last, 2), failed, number(last, 4) + number(last, 5), samples, said);
  }

  private static int number(MatchResult verdict, int group) {
    return Integer.parseInt(verdict.group(group));
  }
}
