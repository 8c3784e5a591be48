package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.testkit.Await;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcessMarkTest {
  @Test
  void findsAChildWhoseParentsAreGoneAndNobodyElse() throws Exception {
    var mark = new ProcessMark("mark-" + UUID.randomUUID());
    var other = new ProcessMark(mark.value() + "-of-another");
    var builder = new ProcessBuilder("sh", "-c", "sleep 300 & echo $!");
    builder.environment().put(ProcessMark.VARIABLE, mark.value());
    Process parent = builder.start();
    long orphan = Long.parseLong(parent.inputReader().readLine());
    parent.waitFor();

    assertThat(mark.bearers()).singleElement().extracting(ProcessHandle::pid).isEqualTo(orphan);
    assertThat(other.bearers()).isEmpty();
    mark.bearers().forEach(ProcessHandle::destroyForcibly);
    Await.until("it has ended", () -> mark.bearers().isEmpty());
  }

  @Test
  void aProcessOfWhichOnlyTheNumberIsLeftDoesNotRun() throws Exception {
    // The second process never asks how the first one, its child, has ended.
    Process parent = new ProcessBuilder("sh", "-c", "sleep 0.01 & echo $!; exec sleep 300").start();
    try {
      ProcessHandle child =
          ProcessHandle.of(Long.parseLong(parent.inputReader().readLine())).orElseThrow();
      Await.until("it has ended", () -> !ProcessMark.runs(child));
      assertThat(child.isAlive()).as("as the JDK sees it").isTrue();
      assertThat(ProcessMark.runs(parent.toHandle())).isTrue();
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }
}
