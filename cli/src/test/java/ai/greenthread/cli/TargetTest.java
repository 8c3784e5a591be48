package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which engine a command is for. */
class TargetTest {
  // JUnit sets it before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  Path home;

  private final GlobalOptions options = new GlobalOptions();
  private final Map<String, String> env = new HashMap<>();

  @BeforeEach
  void describeHome() {
    env.put("HOME", home.toString());
  }

  private Path kubeconfig(String file, String current, String... contexts) throws IOException {
    StringBuilder text = new StringBuilder("apiVersion: v1\nkind: Config\n");
    text.append("current-context: \"").append(current).append("\"\ncontexts:\n");
    for (String context : contexts) {
      text.append(
          "- {name: %s, context: {cluster: %s, user: u, namespace: team}}\n"
              .formatted(context, context));
    }
    text.append("clusters:\n");
    for (String context : contexts) {
      text.append(
          "- {name: %s, cluster: {server: 'https://%s.example'}}\n".formatted(context, context));
    }
    Path path = home.resolve(file);
    Files.createDirectories(path.getParent());
    return Files.writeString(path, text + "users: [{name: u, user: {token: t}}]\n");
  }

  private Target choose() {
    return Target.choose(options, env, home);
  }

  private static String cluster(Target target) {
    return target instanceof Target.Cluster cluster
        ? cluster.context().name() + (cluster.named() ? " named" : " found")
        : "local";
  }

  @Test
  void withoutAnythingItIsTheEngineOfThisMachineThoughNoneIsUp() {
    assertThat(cluster(choose())).isEqualTo("local");
    Run.Result status = new Run(home).gtctl("status");
    assertThat(status.code()).isEqualTo(3);
    assertThat(status.err()).contains("gtctl up", "gtctl --context NAME");
  }

  @Test
  void theCurrentContextIsTakenWhereNoEngineIsUpHere() throws IOException {
    kubeconfig(".kube/config", "dev", "dev", "prod");
    assertThat(cluster(choose())).isEqualTo("dev found");
    options.context = Optional.of("prod");
    assertThat(cluster(choose())).isEqualTo("prod named");
    assertThat(((Target.Cluster) choose()).context().server()).isEqualTo("https://prod.example");
    assertThat(((Target.Cluster) choose()).context().namespace()).isEqualTo("team");
  }

  @Test
  void anEngineThatIsUpHereGoesBeforeTheCurrentContextButNotBeforeANamedOne() throws IOException {
    kubeconfig(".kube/config", "dev", "dev");
    try (StubEngine engine = new StubEngine()) {
      engine.announce(
          home.resolve(".local/share/greenthread"), ProcessHandle.current().pid(), Instant.now());
      assertThat(cluster(choose())).isEqualTo("local");
      options.context = Optional.of("dev");
      assertThat(cluster(choose())).isEqualTo("dev named");
    }
  }

  @Test
  void aDataDirectoryIsThisMachineAndWithAContextItIsAMistake() throws IOException {
    kubeconfig(".kube/config", "dev", "dev");
    options.data = Optional.of(home.resolve("data"));
    assertThat(cluster(choose())).isEqualTo("local");
    options.context = Optional.of("dev");
    assertThatThrownBy(this::choose)
        .isInstanceOfSatisfying(
            CliException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE));
  }

  @Test
  void filesOfTheVariableAreMergedAndTheFirstOneThatNamesAThingCounts() throws IOException {
    Path one = kubeconfig("one/config", "", "dev");
    Path two = kubeconfig("two/config", "prod", "prod", "dev");
    env.put("KUBECONFIG", home.resolve("missing") + ":" + one + ":" + two);
    assertThat(cluster(choose())).isEqualTo("prod found");
    options.context = Optional.of("dev");
    assertThat(cluster(choose())).isEqualTo("dev named");
  }

  @Test
  void aFlagNamesTheFileAndAMissingOneIsSaid() throws IOException {
    options.kubeconfig = Optional.of(kubeconfig("other", "", "a", "b"));
    assertThatThrownBy(this::choose)
        .hasMessageContaining("has no current context")
        .isInstanceOfSatisfying(
            CliException.class,
            e -> assertThat(e.hints()).containsExactly("name one with --context; there are: a, b"));
    options.context = Optional.of("c");
    assertThatThrownBy(this::choose).hasMessageContaining("there is no context c");
    options.kubeconfig = Optional.of(home.resolve("nowhere"));
    assertThatThrownBy(this::choose)
        .isInstanceOfSatisfying(
            CliException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.NOT_FOUND));
    options.kubeconfig = Optional.of(Files.writeString(home.resolve("broken"), "a: [b"));
    assertThatThrownBy(this::choose).hasMessageContaining("it is not YAML");
  }

  @Test
  void aFileOfTheVariableThatIsNotThereIsNamed() throws IOException {
    Path gone = home.resolve("gone");
    env.put("KUBECONFIG", gone.toString());
    options.context = Optional.of("dev");
    assertThatThrownBy(this::choose)
        .hasMessage("there is no file " + gone + ", which the variable KUBECONFIG names")
        .isInstanceOfSatisfying(
            CliException.class,
            e -> {
              assertThat(e.exitCode()).isEqualTo(ExitCode.NOT_FOUND);
              assertThat(e.hints()).singleElement().asString().contains("unset it", "--kubeconfig");
            });
    options.kubeconfig = Optional.of(home.resolve("nowhere"));
    assertThatThrownBy(this::choose)
        .hasMessage("there is no file " + home.resolve("nowhere") + ", which --kubeconfig names");
  }

  @Test
  void whereNoEngineIsUpAMissingFileOfTheVariableIsSaidBesideIt() {
    Path gone = home.resolve("gone");
    Run.Result models = new Run(home).env("KUBECONFIG", gone.toString()).gtctl("get", "models");
    assertThat(models.code()).isEqualTo(3);
    assertThat(models.err())
        .contains("no engine is up (data directory ", "gtctl up")
        .contains("there is no file " + gone + ", which the variable KUBECONFIG names")
        .contains("correct it, or unset it");
    Run.Result status =
        new Run(home).env("KUBECONFIG", gone.toString()).gtctl("status", "-o", "json");
    assertThat(status.code()).isEqualTo(3);
    assertThat(status.out()).contains("\"up\": false");
    assertThat(new Run(home).env("KUBECONFIG", gone.toString()).gtctl("version").code()).isZero();
  }

  @Test
  void aContextThatIsNotThereNamesThoseThatAre() throws IOException {
    Path file = kubeconfig("one/config", "dev", "dev", "prod");
    env.put("KUBECONFIG", file + ":" + home.resolve("gone"));
    options.context = Optional.of("prd");
    assertThatThrownBy(this::choose)
        .hasMessage("there is no context prd")
        .isInstanceOfSatisfying(
            CliException.class,
            e ->
                assertThat(e.hints())
                    .contains(
                        "there are: dev, prod (" + file + ")",
                        "there is no file " + home.resolve("gone")));
    env.remove("KUBECONFIG");
    assertThatThrownBy(this::choose)
        .isInstanceOfSatisfying(
            CliException.class,
            e ->
                assertThat(e.hints()).contains("there is no file " + home.resolve(".kube/config")));
  }

  @Test
  void aCurrentContextThatNobodyDescribesIsNotCalledNone() throws IOException {
    options.kubeconfig = Optional.of(kubeconfig("other", "old", "a", "b"));
    assertThatThrownBy(this::choose)
        .hasMessageContaining("has the current context old and does not describe it");
  }

  @Test
  void upAndDownAreForThisMachineOnly() throws IOException {
    kubeconfig(".kube/config", "dev", "dev");
    for (String command : new String[] {"up", "down"}) {
      Run.Result result =
          new Run(home).env("HOME", home.toString()).gtctl(command, "--context", "dev");
      assertThat(result.code()).isEqualTo(2);
      assertThat(result.err())
          .contains("gtctl " + command + " is for an engine on this machine", "Helm");
    }
  }
}
