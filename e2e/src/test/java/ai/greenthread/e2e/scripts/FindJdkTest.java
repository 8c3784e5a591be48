package ai.greenthread.e2e.scripts;

import static ai.greenthread.e2e.scripts.Shell.fakeJdk;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.e2e.scripts.Shell.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code scripts/find-jdk}. Versions from 901 up outbid whatever the machine itself has. */
class FindJdkTest {
  @TempDir Path home;

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".jdks/temurin",
        ".sdkman/candidates/java/901-tem",
        ".asdf/installs/java/temurin-901",
        ".local/share/mise/installs/java/901",
        ".gradle/jdks/901",
        "Library/Java/JavaVirtualMachines/temurin.jdk/Contents/Home"
      })
  void findsTheJdkWhereverItUsuallyLives(String place) throws Exception {
    Path jdk = fakeJdk(home.resolve(place), "901.0.2", true);

    assertThat(found(Map.of())).isEqualTo(jdk.toString());
  }

  @Test
  void newestWins() throws Exception {
    fakeJdk(home.resolve(".jdks/a"), "901.0.9", true);
    Path newest = fakeJdk(home.resolve(".jdks/b with a blank"), "901.0.10", true);
    fakeJdk(home.resolve(".jdks/c"), "901", true);

    assertThat(found(Map.of())).isEqualTo(newest.toString());
  }

  @Test
  void goodJavaHomeWinsOverNewerOnes() throws Exception {
    fakeJdk(home.resolve(".jdks/newer"), "902", true);
    Path chosen = fakeJdk(home.resolve("chosen"), "25", true);

    assertThat(found(Map.of("JAVA_HOME", chosen.toString()))).isEqualTo(chosen.toString());
  }

  @Test
  void oldJavaHomeIsPassedOver() throws Exception {
    Path good = fakeJdk(home.resolve(".jdks/good"), "901", true);
    Path old = fakeJdk(home.resolve("old"), "24.0.2", true);

    assertThat(found(Map.of("JAVA_HOME", old.toString()))).isEqualTo(good.toString());
  }

  @Test
  void javaOnThePathIsFollowedThroughItsLinks() throws Exception {
    Path jdk = fakeJdk(home.resolve("hidden/jdk"), "901", true);
    Path bin = Files.createDirectories(home.resolve("bin"));
    Path link = Files.createSymbolicLink(home.resolve("alternative"), jdk.resolve("bin/java"));
    Files.createSymbolicLink(bin.resolve("java"), bin.relativize(link));

    assertThat(found(Map.of("PATH", bin + ":/usr/bin:/bin")))
        .isEqualTo(jdk.toRealPath().toString());
  }

  @Test
  void homeWithoutCompilerServesToRunButNotToBuild() throws Exception {
    Path runtime = fakeJdk(home.resolve(".jdks/runtime"), "902", false);
    Path jdk = fakeJdk(home.resolve(".jdks/jdk"), "901", true);

    assertThat(found(Map.of())).isEqualTo(jdk.toString());
    assertThat(found(Map.of(), "--runtime")).isEqualTo(runtime.toString());
  }

  private String found(Map<String, String> environment, String... arguments) throws Exception {
    Map<String, String> all = new HashMap<>(environment);
    all.put("HOME", home.toString());
    String[] command = new String[arguments.length + 1];
    command[0] = Shell.ROOT.resolve("scripts/find-jdk").toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Outcome outcome = Shell.run(home, all, command);
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.code()).isZero();
    return outcome.out().strip();
  }
}
