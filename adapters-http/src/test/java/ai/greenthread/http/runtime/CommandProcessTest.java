package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.http.testkit.Await;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Any command, which sleeps by ending: here one that has a child of its own. */
class CommandProcessTest extends ManagedContract {
  private InferenceRuntime command(String... command) {
    return yard.create(RuntimeSpec.Command.of(command));
  }

  private static String[] serve() {
    List<String> command = new ArrayList<>(Yard.simulator("--real-memory", "64MiB"));
    command.addAll(List.of("--port", "{port}", "--served-model-name", "{model}"));
    return command.toArray(String[]::new);
  }

  /** A shell that starts a helper and becomes the server. */
  private InferenceRuntime withHelper(Path pidOfHelper) {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of("sh", "-c", "sleep 300 & echo $! > " + pidOfHelper + "; exec \"$@\"", "sh"));
    command.addAll(List.of(serve()));
    return command(command.toArray(String[]::new));
  }

  @Override
  InferenceRuntime healthy() {
    return command(serve());
  }

  @Override
  InferenceRuntime neverReady() {
    return command("sh", "-c", "trap '' TERM; echo thinking; while :; do sleep 300; done");
  }

  @Override
  List<Broken> broken() {
    return List.of(
        new Broken(
            "a program that is not there",
            () -> command("no-such-program", "{port}"),
            "cannot start no-such-program",
            "spec.runtime.command"),
        new Broken(
            "one that ends at once",
            () -> command("sh", "-c", "echo first; echo the model is too large >&2; exit 3"),
            "while starting, the server ended",
            "exit code 3",
            "first | the model is too large"),
        new Broken(
            "one that ends at once and says nothing",
            () -> {
              Files.createDirectories(yard.folder().resolve("logs"));
              Files.writeString(yard.home().log(), "last words of an earlier life\n");
              return command("true");
            },
            "exit code 0; it said nothing"),
        new Broken(
            "one that leaves a child behind when it fails",
            () -> command("sh", "-c", "sleep 300 & exit 4"),
            "exit code 4"));
  }

  private long helper(Path file) throws Exception {
    Await.until("the helper has started", () -> Files.exists(file));
    return Long.parseLong(Files.readString(file).strip());
  }

  private static void isGone(long pid) {
    Await.until(
        "process " + pid + " has ended",
        () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void itsChildrenEndWithIt() throws Exception {
    Path file = yard.folder().resolve("helper.pid");
    InferenceRuntime runtime = withHelper(file);
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    long helper = helper(file);
    runtime.sleep(Yard.AMPLE);
    isGone(helper);
  }

  @Test
  void childrenOfAKilledServerEndBeforeTheNextOneStarts() throws Exception {
    Path file = yard.folder().resolve("helper.pid");
    InferenceRuntime runtime = withHelper(file);
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    long orphan = helper(file);
    ProcessHandle server = yard.server();
    assertThat(server.destroyForcibly()).isTrue();
    server.onExit().join();
    assertThat(ProcessHandle.of(orphan)).isPresent();

    runtime.stop(Yard.AMPLE);
    isGone(orphan);
  }

  @Test
  void whatAnEarlierEngineLeftRunningEndsWithItsChildren() throws Exception {
    Path file = yard.folder().resolve("helper.pid");
    InferenceRuntime earlier = withHelper(file);
    earlier.wake(Yard.DEVICES, Yard.AMPLE);
    ProcessHandle left = yard.server();
    long helper = helper(file);

    command(serve()).stop(Yard.AMPLE);
    // This JVM is its parent and may not have asked for its exit status yet.
    assertThat(ProcessMark.runs(left)).isFalse();
    isGone(left.pid());
    isGone(helper);
  }
}
