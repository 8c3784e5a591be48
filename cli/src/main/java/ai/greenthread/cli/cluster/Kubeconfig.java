package ai.greenthread.cli.cluster;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * The clusters a person knows, from one file or several. As for kubectl, the first file that names
 * a thing is the one that counts, and paths in a file are relative to it.
 */
public final class Kubeconfig {
  private static final String VARIABLE = "KUBECONFIG";

  private final List<Path> files;
  private final List<Path> missing = new ArrayList<>();
  private final Map<String, Object> contexts = new LinkedHashMap<>();
  private final Map<String, Object> clusters = new LinkedHashMap<>();
  private final Map<String, Object> users = new LinkedHashMap<>();
  private String current = "";

  private Kubeconfig(List<Path> files) {
    this.files = files;
  }

  /**
   * Reads what {@code --kubeconfig} names, else the files of {@code KUBECONFIG}, else {@code
   * ~/.kube/config}. Files that are not there are passed over, unless none is there of those that
   * somebody named.
   *
   * @param home home directory of the user, where {@code HOME} is not set
   * @throws CliException {@link ExitCode#NOT_FOUND} where there is no file that was named
   */
  public static Kubeconfig read(Optional<Path> flag, Map<String, String> env, Path home) {
    Kubeconfig config = new Kubeconfig(flag.map(List::of).orElseGet(() -> usual(env, home)));
    for (Path file : config.files) {
      if (Files.exists(file)) {
        config.add(file.toAbsolutePath());
      } else {
        config.missing.add(file);
      }
    }
    boolean named = flag.isPresent() || !env.getOrDefault(VARIABLE, "").isBlank();
    if (named && config.missing.size() == config.files.size()) {
      throw new CliException(
          ExitCode.NOT_FOUND,
          "there is no file "
              + names(config.missing)
              + ", which "
              + (flag.isPresent() ? "--kubeconfig" : "the variable " + VARIABLE)
              + " names",
          flag.isPresent()
              ? "correct it, or leave it out: then the files of KUBECONFIG count, or ~/.kube/config"
              : "correct it, or unset it: then ~/.kube/config counts; or name a file with"
                  + " --kubeconfig");
    }
    return config;
  }

  private static List<Path> usual(Map<String, String> env, Path home) {
    String named = env.getOrDefault(VARIABLE, "");
    if (!named.isBlank()) {
      return Arrays.stream(named.split(File.pathSeparator, -1))
          .filter(name -> !name.isBlank())
          .map(Path::of)
          .toList();
    }
    String envHome = env.getOrDefault("HOME", "");
    return List.of((envHome.isBlank() ? home : Path.of(envHome)).resolve(".kube/config"));
  }

  private void add(Path file) {
    Object tree;
    try {
      tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "cannot read the kubeconfig " + file + ": " + e.getMessage(),
          "name another with --kubeconfig, or in the variable KUBECONFIG",
          e);
    } catch (YAMLException e) {
      throw broken(file, "it is not YAML");
    }
    if (tree == null) {
      return;
    }
    if (!(tree instanceof Map<?, ?> map)) {
      throw broken(file, "it is not a mapping");
    }
    collect(map.get("contexts"), contexts, file);
    collect(map.get("clusters"), clusters, file);
    collect(map.get("users"), users, file);
    if (current.isEmpty() && map.get("current-context") instanceof String name) {
      current = name;
    }
  }

  private static void collect(@Nullable Object list, Map<String, Object> into, Path file) {
    if (list instanceof List<?> entries) {
      for (Object entry : entries) {
        if (entry instanceof Map<?, ?> named && named.get("name") instanceof String name) {
          into.putIfAbsent(name, absolute(named, file));
        }
      }
    }
  }

  /** The entry with its files' paths made absolute, since files of several folders may be mixed. */
  private static Map<String, Object> absolute(Map<?, ?> entry, Path file) {
    Map<String, Object> copy = new LinkedHashMap<>();
    entry.forEach((key, value) -> {
      String name = String.valueOf(key);
      boolean path =
          switch (name) {
            case "certificate-authority", "client-certificate", "client-key", "tokenFile" -> true;
            default -> false;
          };
      if (value instanceof Map<?, ?> child) {
        copy.put(name, absolute(child, file));
      } else if (path && value instanceof String text && !text.isEmpty()) {
        copy.put(name, file.resolveSibling(text).normalize().toString());
      } else if (value != null) {
        copy.put(name, value);
      }
    });
    return copy;
  }

  private static CliException broken(Path file, String why) {
    return new CliException(
        ExitCode.FAILED,
        "the kubeconfig " + file + " cannot be used: " + why,
        "correct it, or name another with --kubeconfig");
  }

  /** The current context, if there is one that is described. */
  public Optional<ClusterContext> current() {
    return contexts.containsKey(current) ? Optional.of(context(current)) : Optional.empty();
  }

  /** The context that was asked for, else the current one. */
  public ClusterContext require(Optional<String> name) {
    if (name.isPresent()) {
      return context(name.get());
    }
    return current()
        .orElseThrow(() ->
            new CliException(
                ExitCode.USAGE,
                current.isEmpty()
                    ? "the kubeconfig " + fileNames() + " has no current context"
                    : "the kubeconfig "
                        + fileNames()
                        + " has the current context "
                        + current
                        + " and does not describe it",
                contexts.isEmpty()
                    ? "it describes no context at all"
                    : "name one with --context; there are: " + names()));
  }

  private ClusterContext context(String name) {
    if (!contexts.containsKey(name)) {
      throw new CliException(ExitCode.NOT_FOUND, "there is no context " + name, others());
    }
    Map<?, ?> context = inner(contexts, name, "context");
    Map<?, ?> cluster = inner(clusters, text(context, "cluster"), "cluster");
    String server = text(cluster, "server");
    if (server.isEmpty()) {
      throw new CliException(
          ExitCode.FAILED,
          "the context " + name + " names no server",
          "its cluster \""
              + text(context, "cluster")
              + "\" is not described in "
              + fileNames()
              + "; see: kubectl config view");
    }
    String namespace = text(context, "namespace");
    return new ClusterContext(
        name, server, namespace.isEmpty() ? "default" : namespace, () -> client(name));
  }

  /** A client with the context's identity: certificates, tokens and what an exec plugin gives. */
  private ApiClient client(String context) {
    try {
      KubeConfig config =
          new KubeConfig(
              new ArrayList<>(contexts.values()),
              new ArrayList<>(clusters.values()),
              new ArrayList<>(users.values()));
      config.setFile(files.getFirst().toAbsolutePath().toFile());
      config.setContext(context);
      return ClientBuilder.kubeconfig(config).build();
    } catch (IOException | RuntimeException e) {
      throw new CliException(
          ExitCode.FAILED,
          "the context " + context + " cannot be used: " + e.getMessage(),
          "check it in " + fileNames() + ", and with: kubectl --context " + context + " version",
          e);
    }
  }

  /** What there is instead of a context that is not described. */
  private List<String> others() {
    List<String> hints = new ArrayList<>();
    if (!contexts.isEmpty()) {
      hints.add("there are: " + names() + " (" + fileNames() + ")");
    } else if (missing.size() < files.size()) {
      hints.add("there is none at all in " + fileNames());
    }
    if (!missing.isEmpty()) {
      hints.add("there is no file " + names(missing));
    }
    hints.add("other files are named with --kubeconfig, or in the variable " + VARIABLE);
    return hints;
  }

  private static Map<?, ?> inner(Map<String, Object> entries, String name, String field) {
    return entries.get(name) instanceof Map<?, ?> entry && entry.get(field) instanceof Map<?, ?> map
        ? map
        : Map.of();
  }

  private static String text(Map<?, ?> map, String field) {
    return map.get(field) instanceof String text ? text : "";
  }

  private String names() {
    return String.join(", ", contexts.keySet());
  }

  /** Those that were read. */
  private String fileNames() {
    return names(files.stream().filter(file -> !missing.contains(file)).toList());
  }

  private static String names(List<Path> paths) {
    return String.join(", ", paths.stream().map(Path::toString).toList());
  }
}
