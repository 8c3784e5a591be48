package ai.greenthread.k8s.controlplane;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the programs of a control plane where envtest tools look: each by a variable of its own,
 * then in the folder of {@code KUBEBUILDER_ASSETS}, then in the caches that {@code
 * scripts/install-control-plane} and {@code scripts/install-newest-definitions} fill, then in
 * {@code /usr/local/kubebuilder/bin}.
 */
public final class Binaries {
  private static final Path USUAL = Path.of("/usr/local/kubebuilder/bin");

  /** The programs, by their file names; the variable is envtest's or made like envtest's. */
  public enum Program {
    ETCD("etcd", "TEST_ASSET_ETCD"),
    API_SERVER("kube-apiserver", "TEST_ASSET_KUBE_APISERVER"),
    /** Serves custom resources and nothing else; of a version of its own. */
    DEFINITIONS("apiextensions-apiserver", "TEST_ASSET_APIEXTENSIONS_APISERVER"),
    CONTROLLER_MANAGER("kube-controller-manager", "TEST_ASSET_KUBE_CONTROLLER_MANAGER"),
    SCHEDULER("kube-scheduler", "TEST_ASSET_KUBE_SCHEDULER"),
    KUBECTL("kubectl", "TEST_ASSET_KUBECTL");

    private final String file;
    private final String variable;

    Program(String file, String variable) {
      this.file = file;
      this.variable = variable;
    }

    public String file() {
      return file;
    }

    /** How to get it, for the words about one that is missing. */
    private String way() {
      return this == DEFINITIONS
          ? "scripts/install-newest-definitions (Go and its module proxy, minutes the first time)"
          : "scripts/install-control-plane (Debian, minutes the first time)";
    }
  }

  private final Map<String, String> environment;
  private final List<Path> folders;

  private Binaries(Map<String, String> environment, List<Path> folders) {
    this.environment = environment;
    this.folders = folders;
  }

  /** As this process's environment says. */
  public static Binaries here() {
    return of(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  static Binaries of(Map<String, String> environment, Path home) {
    List<Path> folders = new ArrayList<>();
    String assets = environment.getOrDefault("KUBEBUILDER_ASSETS", "");
    if (!assets.isEmpty()) {
      folders.add(Path.of(assets));
    }
    String data = environment.getOrDefault("XDG_DATA_HOME", "");
    Path share = data.isEmpty() ? home.resolve(".local/share") : Path.of(data);
    folders.addAll(installed(share.resolve("kubebuilder-envtest/k8s")));
    // Not among those, where other tools would take its folder for a whole control plane.
    folders.addAll(
        installed(share.resolve("kubebuilder-envtest").resolve(Program.DEFINITIONS.file)));
    folders.add(USUAL);
    return new Binaries(environment, List.copyOf(folders));
  }

  /** Versions in the cache, the newest first; half-built ones carry a suffix. */
  private static List<Path> installed(Path cache) {
    if (!Files.isDirectory(cache)) {
      return List.of();
    }
    try (Stream<Path> versions = Files.list(cache)) {
      return versions
          .filter(path -> path.getFileName().toString().matches("[0-9]+(\\.[0-9]+)+-linux-\\w+"))
          .sorted((a, b) -> sortable(b).compareTo(sortable(a)))
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String sortable(Path folder) {
    StringBuilder key = new StringBuilder();
    String version = folder.getFileName().toString();
    for (String number : version.substring(0, version.indexOf('-')).split("\\.", -1)) {
      key.append(String.format(Locale.ROOT, "%06d", Integer.parseInt(number)));
    }
    return key.toString();
  }

  public Optional<Path> find(Program program) {
    String named = environment.getOrDefault(program.variable, "");
    if (!named.isEmpty()) {
      return Optional.of(Path.of(named));
    }
    return folders(program)
        .map(folder -> folder.resolve(program.file))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Controllers come from where the API server comes from: they have to be of one version. */
  private Stream<Path> folders(Program program) {
    if (program != Program.CONTROLLER_MANAGER && program != Program.SCHEDULER) {
      return folders.stream();
    }
    return folders.stream()
        .filter(folder -> Files.isExecutable(folder.resolve(Program.API_SERVER.file)))
        .limit(1);
  }

  /** Whether somebody chose the servers, who may have reasons to leave some out. */
  boolean chosen() {
    return !environment.getOrDefault("KUBEBUILDER_ASSETS", "").isEmpty();
  }

  /** What of these is missing, and what to do about it; empty when all are there. */
  public Optional<String> missing(Program... wanted) {
    List<Program> missing = Stream.of(wanted).filter(one -> find(one).isEmpty()).toList();
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "no "
                + missing.stream().map(Program::file).collect(Collectors.joining(", "))
                + " on this machine; run "
                + missing.stream().map(Program::way).distinct().collect(Collectors.joining(", "))
                + " or name a folder in KUBEBUILDER_ASSETS");
  }
}
