package ai.greenthread.engine.chart;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.Release;
import com.marcnuri.helm.UpgradeCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One release of a chart, handled by Helm itself. What Helm refuses is an {@link
 * IllegalStateException} in Helm's words.
 *
 * @param kubeconfig of whoever installs
 * @param chart its folder
 * @param name of the release
 * @param namespace made if it does not exist
 */
public record HelmRelease(Path kubeconfig, Path chart, String name, String namespace) {
  private static final int SECONDS_TO_BE_READY = 120;

  /** Installs the chart with the values of a YAML text over its own; CRDs too. */
  public Release install(String values) throws IOException {
    Path file = write(values);
    try {
      return new Helm(chart)
          .install()
          .withName(name)
          .withNamespace(namespace)
          .createNamespace()
          .withValuesFile(file)
          .withKubeConfig(kubeconfig)
          .call();
    } finally {
      Files.delete(file);
    }
  }

  /** Like {@link #install}, and returns when all that was installed is ready. */
  public Release installAndWait(String values) throws IOException {
    Path file = write(values);
    try {
      return new Helm(chart)
          .install()
          .withName(name)
          .withNamespace(namespace)
          .createNamespace()
          .withValuesFile(file)
          .withKubeConfig(kubeconfig)
          .waitReady()
          .withTimeout(SECONDS_TO_BE_READY)
          .call();
    } finally {
      Files.delete(file);
    }
  }

  /** Changes the release to these values, and to the chart as it is now. */
  public Release upgrade(String values) throws IOException {
    Path file = write(values);
    try {
      return new Helm(chart)
          .upgrade()
          .withName(name)
          .withNamespace(namespace)
          .withValuesFile(file)
          .withKubeConfig(kubeconfig)
          .call();
    } finally {
      Files.delete(file);
    }
  }

  /**
   * Changes the release to the chart as it is now, with the values of before.
   *
   * @param reset whether defaults are the new chart's ({@code --reset-then-reuse-values}) or the
   *     old one's ({@code --reuse-values})
   */
  public Release upgradeReusing(boolean reset) {
    UpgradeCommand upgrade =
        new Helm(chart)
            .upgrade()
            .withName(name)
            .withNamespace(namespace)
            .withKubeConfig(kubeconfig);
    return (reset ? upgrade.resetThenReuseValues() : upgrade.reuseValues()).call();
  }

  public void uninstall() {
    Helm.uninstall(name).withNamespace(namespace).withKubeConfig(kubeconfig).call();
  }

  /** Names and states of all releases in the namespace, {@code name status revision}. */
  public List<String> releases() {
    return Helm.list().withNamespace(namespace).withKubeConfig(kubeconfig).all().call().stream()
        .map(one -> one.getName() + " " + one.getStatus() + " " + one.getRevision())
        .toList();
  }

  /** The objects that would be installed, as YAML documents; asks no server. */
  public String render(String values) throws IOException {
    Path file = write(values);
    try {
      return new Helm(chart)
          .template()
          .withName(name)
          .withNamespace(namespace)
          .withValuesFile(file)
          .call();
    } finally {
      Files.delete(file);
    }
  }

  /** What {@code helm lint --strict} finds wrong; empty when nothing is. */
  public String lint() {
    LintResult result = new Helm(chart).lint().strict().call();
    return result.isFailed() ? result.getMessages().stream().collect(Collectors.joining("\n")) : "";
  }

  private static Path write(String values) throws IOException {
    return Files.writeString(Files.createTempFile("values", ".yaml"), values);
  }
}
