package ai.greenthread.engine.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class WebhookCommandTest {
  private static WebhookConfig parse(String... arguments) {
    WebhookCommand command = new WebhookCommand();
    new CommandLine(command).parseArgs(arguments);
    return command.config();
  }

  @Test
  void withoutOptionsItIsWhatTheChartInstalls() {
    assertThat(parse())
        .isEqualTo(
            new WebhookConfig(
                "greenthread-system",
                "greenthread-webhook",
                List.of(),
                "0.0.0.0",
                9443,
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(3)));
    assertThat(parse().certificates().names())
        .contains("greenthread-webhook.greenthread-system.svc");
  }

  @Test
  void everyOptionIsHeard() {
    WebhookConfig config =
        parse(
            "--system-namespace=s",
            "--service=w",
            "--extra-name=10.0.0.7,webhook.example.com",
            "--host=127.0.0.1",
            "--port=0",
            "--look-period=1m",
            "--leave-delay=0s",
            "--api-timeout=500ms");

    assertThat(config.certificates().names())
        .contains("w.s.svc", "10.0.0.7", "webhook.example.com");
    assertThat(config.lookPeriod()).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.leaveDelay()).isZero();
    assertThat(config.apiTimeout()).isEqualTo(Duration.ofMillis(500));
  }

  @ParameterizedTest
  @CsvSource({
    "--port=70000, --port",
    "--look-period=0s, --look-period",
    "--look-period=soon, --look-period",
    "--leave-delay=2h, --leave-delay",
    "--api-timeout=0s, --api-timeout",
  })
  void aWrongOptionIsNamed(String argument, String named) {
    assertThatThrownBy(() -> parse(argument)).hasMessageContaining(named);
  }
}
