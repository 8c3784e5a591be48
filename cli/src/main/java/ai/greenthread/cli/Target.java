package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory;
import ai.greenthread.cli.client.DataDirectory.Presence;
import ai.greenthread.cli.client.UpFile;
import ai.greenthread.cli.cluster.ClusterContext;
import ai.greenthread.cli.cluster.Kubeconfig;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which engine a command is for. */
sealed interface Target {

  /**
   * The one of a data directory, which need not be up.
   *
   * @param noCluster why no cluster was chosen instead, where a person may wonder
   */
  record Local(DataDirectory directory, Optional<CliException> noCluster) implements Target {
    Local(DataDirectory directory) {
      this(directory, Optional.empty());
    }

    /** The engine that is up there, or a failure that says how to get one. */
    UpFile requireUp() {
      try {
        return directory.requireUp();
      } catch (CliException e) {
        if (noCluster.isEmpty()) {
          throw e;
        }
        List<String> hints = new ArrayList<>(e.hints());
        hints.addAll(noCluster.get().hints());
        throw new CliException(
            e.exitCode(), e.message() + "; and " + noCluster.get().message(), hints);
      }
    }
  }

  /**
   * The one of a cluster.
   *
   * @param named whether it was asked for, or only found
   */
  record Cluster(ClusterContext context, boolean named) implements Target {}

  /**
   * Chooses: what the options name; else the engine that is up on this machine; else the current
   * context of the kubeconfig; else this machine, where there is none.
   *
   * @param home home directory of the user, where {@code HOME} is not set
   */
  static Target choose(GlobalOptions options, Map<String, String> env, Path home) {
    DataDirectory directory = DataDirectory.choose(options.data, env, home);
    if (options.namesCluster()) {
      if (options.data.isPresent()) {
        throw new CliException(
            ExitCode.USAGE,
            "--data names an engine on this machine, --context and --kubeconfig one on a cluster",
            "leave one of them out");
      }
      return new Cluster(
          Kubeconfig.read(options.kubeconfig, env, home).require(options.context), true);
    }
    if (options.data.isPresent() || directory.presence() instanceof Presence.Running) {
      return new Local(directory);
    }
    try {
      return Kubeconfig.read(Optional.empty(), env, home)
          .current()
          .<Target>map(context -> new Cluster(context, false))
          .orElseGet(() -> new Local(directory));
    } catch (CliException e) {
      if (e.exitCode() != ExitCode.NOT_FOUND) {
        throw e;
      }
      return new Local(directory, Optional.of(e));
    }
  }
}
