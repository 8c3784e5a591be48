package ai.greenthread.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.engine.Engine;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class AgentCommandTest {
  private static AgentConfig parsed(String... arguments) {
    var command = new AgentCommand();
    new CommandLine(command).parseArgs(arguments);
    return command.config();
  }

  @Test
  void anAgentNeedsItsNodesNameOnly() {
    assertThat(parsed("--node", "n1", "--identity", "x"))
        .isEqualTo(
            new AgentConfig(
                "n1",
                "greenthread-system",
                "x",
                "0.0.0.0",
                9440,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Duration.ofSeconds(10)));
    assertThat(parsed("--node", "n1").effectiveHeadroom()).isEqualTo(Bytes.ofMiB(512));
    assertThat(parsed("--node", "n1").heartbeat()).isEqualTo(Duration.ofSeconds(45));
    assertThat(parsed("--node", "n1").leaseValidity()).isEqualTo(Duration.ofSeconds(40));
  }

  @Test
  void everyOptionArrives() {
    AgentConfig config =
        parsed(
            "--node=n1",
            "--system-namespace=gt",
            "--identity=agent-x",
            "--host=127.0.0.1",
            "--port=0",
            "--report-period=2s",
            "--lease-period=3s",
            "--headroom=1Gi",
            "--nvml-library=/lib/nvml.so",
            "--virtual-gpu=8Gi",
            "--virtual-gpu=2Gi,4Gi",
            "--simulator-ledger=/tmp/ledger",
            "--api-timeout=4s");

    assertThat(config)
        .isEqualTo(
            new AgentConfig(
                "n1",
                "gt",
                "agent-x",
                "127.0.0.1",
                0,
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                Optional.of(Bytes.ofGiB(1)),
                Optional.of(Path.of("/lib/nvml.so")),
                List.of(Bytes.ofGiB(8), Bytes.ofGiB(2), Bytes.ofGiB(4)),
                Optional.of(Path.of("/tmp/ledger")),
                Duration.ofSeconds(4)));
    assertThat(parsed("--node=n1", "--virtual-gpu=8Gi").effectiveHeadroom()).isEqualTo(Bytes.ZERO);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --node=                        | NODE_NAME
          --node=n --report-period=never | --report-period is no duration
          --node=n --report-period=2m    | at most 30 s
          --node=n --lease-period=10ms   | lease period
          --node=n --headroom=much       | --headroom is no size
          --node=n --virtual-gpu=-1Gi    | --virtual-gpu is no size
          --node=n --port=http           | --port
          """)
  void aMistakeIsToldWithItsOptionAndNothingIsStarted(String arguments, String told) {
    var err = new StringWriter();
    CommandLine engine = Engine.createCommandLine().setErr(new PrintWriter(err));

    assertThat(engine.execute(("agent " + arguments).split(" +"))).isEqualTo(2);
    assertThat(err.toString()).contains(told);
  }
}
