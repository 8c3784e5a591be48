package ai.greenthread.e2e.scripts;

import static ai.greenthread.e2e.scripts.Shell.fakeJdk;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.e2e.scripts.Shell.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./gtctl}, copied beside a JDK that prints what it was started with. */
class LauncherTest {
  @TempDir Path directory;

  private Path checkout = Path.of("");
  private Path jdk = Path.of("");

  @BeforeEach
  void copyTheLauncher() throws Exception {
    checkout = Files.createDirectories(directory.toRealPath().resolve("check out"));
    Files.createDirectories(checkout.resolve("scripts"));
    for (String script : new String[] {"gtctl", "scripts/find-jdk"}) {
      Files.copy(
          Shell.ROOT.resolve(script), checkout.resolve(script), StandardCopyOption.COPY_ATTRIBUTES);
    }
    jdk = fakeJdk(directory.resolve("jdk"), "25", false);
  }

  @Test
  void saysHowToBuildWhenNothingIsBuilt() throws Exception {
    Outcome outcome = gtctl(checkout.resolve("gtctl"), "version");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains("make build");
  }

  @Test
  void runsTheBuiltJarsFromAnywhereThroughAnyLinkWithItsArgumentsUntouched() throws Exception {
    Files.createDirectories(checkout.resolve("dist/target/lib"));
    Files.createSymbolicLink(directory.resolve("link"), checkout.resolve("gtctl"));
    Path linkToLink = Files.createSymbolicLink(directory.resolve("again"), Path.of("link"));

    Outcome outcome = gtctl(linkToLink, "chat", "two words", "*", "");

    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .contains("-cp\n" + checkout + "/dist/target/lib/*\nai.greenthread.cli.Gtctl\n")
        .endsWith("Gtctl\nchat\ntwo words\n*\n\n");
  }

  @Test
  void onlyCommandsThatEndSoonDoWithoutTheOptimizingCompiler() throws Exception {
    Files.createDirectories(checkout.resolve("dist/target/lib"));
    String lightCompiler = "-XX:TieredStopAtLevel=1";

    assertThat(gtctl(checkout.resolve("gtctl"), "get", "models").out()).contains(lightCompiler);
    assertThat(gtctl(checkout.resolve("gtctl"), "up", "--detach").out())
        .contains("Gtctl\nup\n")
        .doesNotContain(lightCompiler);
  }

  private Outcome gtctl(Path launcher, String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = launcher.toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return Shell.run(
        directory, Map.of("HOME", directory.toString(), "JAVA_HOME", jdk.toString()), command);
  }
}
