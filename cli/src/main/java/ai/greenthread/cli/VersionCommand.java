package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory.Presence;
import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

/** {@code gtctl version}: of gtctl, and of the engine that is up. */
@Command(name = "version", header = "Show the versions of gtctl and of the engine")
final class VersionCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private OutputFormat format = new OutputFormat();

  VersionCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    String where = "";
    String engine =
        switch (session.target()) {
          case Target.Local local ->
              local.directory().presence() instanceof Presence.Running running
                  ? running.file().version()
                  : "";
          case Target.Cluster target -> {
            where = " (context " + target.context().name() + ")";
            yield onCluster(target);
          }
        };
    if (format.structured()) {
      ObjectNode versions = Json.mapper().createObjectNode();
      versions.put("gtctl", own());
      versions.put("engine", engine.isEmpty() ? null : engine);
      versions.put("java", Runtime.version().toString());
      session.println(format.format(versions));
    } else {
      session.println("gtctl   " + own() + " (Java " + Runtime.version().feature() + ")");
      session.println(
          "engine  "
              + (engine.isEmpty() ? where.isEmpty() ? "not up" : "not reached" : engine)
              + where);
    }
    return ExitCode.OK;
  }

  /** A cluster that nobody asked for may be out of reach without harm. */
  private String onCluster(Target.Cluster target) {
    try (Engine engine = session.connect(target.context(), new Reach.Visible())) {
      return engine.version().path("version").asText("unknown");
    } catch (CliException e) {
      if (target.named()) {
        throw e;
      }
      return "";
    }
  }

  /** The version this program was built as. */
  static String own() {
    try (InputStream in = VersionCommand.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For {@code --version}. */
  static final class Provider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"gtctl " + own()};
    }
  }
}
