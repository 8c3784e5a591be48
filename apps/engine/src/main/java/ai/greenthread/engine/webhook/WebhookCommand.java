package ai.greenthread.engine.webhook;

import ai.greenthread.engine.process.Cluster;
import ai.greenthread.engine.process.OptionText;
import ai.greenthread.engine.process.Termination;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code greenthread-engine webhook}. */
@Command(
    name = "webhook",
    header = "Say what is wrong with objects before they are stored",
    mixinStandardHelpOptions = true)
public final class WebhookCommand implements Callable<Integer> {
  private static final System.Logger LOG = System.getLogger(WebhookCommand.class.getName());
  private static final Duration LONGEST_END = Duration.ofSeconds(25);

  // picocli sets it before it calls.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Option(
      names = "--system-namespace",
      paramLabel = "NAME",
      defaultValue = "${env:GREENTHREAD_SYSTEM_NAMESPACE:-greenthread-system}",
      description =
          "Where its Service and its Secret are; default $$GREENTHREAD_SYSTEM_NAMESPACE or"
              + " greenthread-system.")
  private String systemNamespace = "";

  @Option(
      names = "--service",
      paramLabel = "NAME",
      defaultValue = "${env:GREENTHREAD_WEBHOOK_SERVICE:-greenthread-webhook}",
      description =
          "Name of its Service; default $$GREENTHREAD_WEBHOOK_SERVICE or greenthread-webhook.")
  private String service = "";

  @Option(
      names = "--extra-name",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "${env:GREENTHREAD_WEBHOOK_EXTRA_NAMES:-}",
      description =
          "A further name or address under which API servers reach it; default"
              + " $$GREENTHREAD_WEBHOOK_EXTRA_NAMES.")
  private List<String> extraNames = List.of();

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "${env:GREENTHREAD_HOST:-0.0.0.0}",
      description = "Address to listen on; default $$GREENTHREAD_HOST or 0.0.0.0.")
  private String host = "";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "${env:GREENTHREAD_WEBHOOK_PORT:-9443}",
      description =
          "Port for reviews, probes and metrics, all over TLS; default $$GREENTHREAD_WEBHOOK_PORT"
              + " or 9443.")
  private int port;

  @Option(
      names = "--look-period",
      paramLabel = "DURATION",
      defaultValue = "${env:GREENTHREAD_WEBHOOK_LOOK_PERIOD:-10s}",
      description =
          "Between two looks at the certificate; default $$GREENTHREAD_WEBHOOK_LOOK_PERIOD or 10s.")
  private String lookPeriod = "";

  @Option(
      names = "--leave-delay",
      paramLabel = "DURATION",
      defaultValue = "${env:GREENTHREAD_WEBHOOK_LEAVE_DELAY:-5s}",
      description =
          "From the order to end until it listens no more; default"
              + " $$GREENTHREAD_WEBHOOK_LEAVE_DELAY or 5s.")
  private String leaveDelay = "";

  @Option(
      names = "--api-timeout",
      paramLabel = "DURATION",
      defaultValue = "${env:GREENTHREAD_WEBHOOK_API_TIMEOUT:-3s}",
      description =
          "Longest time for one call to the API server, which itself waits 10s for an answer;"
              + " default $$GREENTHREAD_WEBHOOK_API_TIMEOUT or 3s.")
  private String apiTimeout = "";

  @Override
  public Integer call() throws IOException, InterruptedException {
    WebhookConfig config = config();
    Termination termination = new Termination(LONGEST_END);
    SecureRandom random = new SecureRandom();
    try (Webhook webhook =
        Webhook.start(
            config, Cluster.api(config.apiTimeout()), InstantSource.system(), random, random)) {
      LOG.log(System.Logger.Level.INFO, "the webhook is at {0}", webhook.uri());
      termination.await();
    } catch (UncheckedIOException e) {
      LOG.log(System.Logger.Level.ERROR, "the webhook cannot start: {0}", e.getMessage());
      return 1;
    } finally {
      termination.done();
    }
    return 0;
  }

  /** The options as a record, each checked. */
  WebhookConfig config() {
    try {
      return new WebhookConfig(
          systemNamespace,
          service,
          extraNames.stream().filter(name -> !name.isBlank()).toList(),
          host,
          port,
          OptionText.duration("--look-period", lookPeriod),
          OptionText.duration("--leave-delay", leaveDelay),
          OptionText.duration("--api-timeout", apiTimeout));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
