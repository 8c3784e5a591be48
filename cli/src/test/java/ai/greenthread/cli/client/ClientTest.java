package ai.greenthread.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClientTest {

  private static List<String> events(String stream) throws IOException {
    List<String> events = new ArrayList<>();
    try (SseReader reader =
        new SseReader(new ByteArrayInputStream(stream.getBytes(StandardCharsets.UTF_8)))) {
      Optional<String> event = reader.next();
      while (event.isPresent()) {
        events.add(event.get());
        event = reader.next();
      }
    }
    return events;
  }

  @Test
  void eventsAreReadAsTheStandardFramesThem() throws IOException {
    assertThat(events("data: one\n\n: comment\n\nevent: x\nid: 3\ndata:two\ndata:  2\n\n"))
        .containsExactly("one", "two\n 2");
    assertThat(events("data: crlf\r\n\r\ndata: Zürich\r\rdata: end without a line feed"))
        .containsExactly("crlf", "Zürich", "end without a line feed");
    assertThat(events("")).isEmpty();
  }

  @Test
  void theDataDirectoryIsTheFlagThenTheVariableThenTheXdgPlace() {
    Path home = Path.of("/home/ada");
    Map<String, String> none = Map.of();
    Map<String, String> xdg = Map.of("XDG_DATA_HOME", "/xdg");
    Map<String, String> own = Map.of("XDG_DATA_HOME", "/xdg", "GREENTHREAD_DATA", "/own");
    assertThat(DataDirectory.choose(Optional.empty(), none, home).path())
        .isEqualTo(Path.of("/home/ada/.local/share/greenthread"));
    Map<String, String> moved = Map.of("HOME", "/moved");
    assertThat(DataDirectory.choose(Optional.empty(), moved, home).path())
        .isEqualTo(Path.of("/moved/.local/share/greenthread"));
    assertThat(DataDirectory.choose(Optional.empty(), xdg, home).path())
        .isEqualTo(Path.of("/xdg/greenthread"));
    assertThat(DataDirectory.choose(Optional.empty(), own, home).path()).isEqualTo(Path.of("/own"));
    assertThat(DataDirectory.choose(Optional.of(Path.of("/flag/../f")), own, home).path())
        .isEqualTo(Path.of("/f"));
  }

  @Test
  void aProcessThatEndedUncollectedRunsNoMore() throws Exception {
    // The shell becomes a program that collects nobody, and only then does its child end.
    String child = "until grep -q sleep /proc/$PPID/comm; do :; done";
    Process parent =
        new ProcessBuilder("sh", "-c", "sh -c '" + child + "' & echo $!; exec sleep 60").start();
    try {
      long pid = Long.parseLong(parent.inputReader().readLine().strip());
      Instant deadline = Instant.now().plusSeconds(10);
      while (Processes.runs(pid, Instant.now()) && Instant.now().isBefore(deadline)) {
        Thread.sleep(10);
      }
      assertThat(Processes.runs(pid, Instant.now())).isFalse();
      assertThat(ProcessHandle.of(pid)).as("still listed, as a zombie").isPresent();
      assertThat(Processes.runs(parent.pid(), Instant.now())).isTrue();
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void severalReplicasAreSummedUp() throws Exception {
    ModelView model =
        new ModelView(
            Json.parse(
                """
                {"metadata": {"name": "m"}, "spec": {"replicas": 3}, "status": {"gpus": [0, 1],
                 "replicaStatuses": [
                  {"state": "serving", "queued": 2, "inFlight": 1, "lastEvent": "old", "since": "2026-01-01T00:00:00Z"},
                  {"state": "sleeping", "queued": 1, "lastEvent": "new", "since": "2026-01-02T00:00:00Z"},
                  {"state": "serving", "memoryBytes": 7}]}}
                """));
    assertThat(model.state()).isEqualTo("serving 2, sleeping 1");
    assertThat(model.queued()).isEqualTo(3);
    assertThat(model.inFlight()).isEqualTo(1);
    assertThat(model.memoryBytes()).isEqualTo(7);
    assertThat(model.lastEvent()).isEqualTo("new");
    assertThat(model.gpus()).isEqualTo("0,1");
    assertThat(model.replicas()).isEqualTo("3");
    assertThat(model.namespace()).isEqualTo("default");
  }
}
