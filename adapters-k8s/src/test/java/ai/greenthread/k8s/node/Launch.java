package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Starts a container's process: variables, command, identity and log.
 *
 * @param process in a session of its own, so that its signals reach no test
 */
record Launch(Process process, Probe.Target target, Path log) {
  /** Of this machine, as an image would bring its own. */
  private static final List<String> HOST_VARIABLES =
      List.of("PATH", "JAVA_HOME", "LANG", "LC_ALL", "TZ");

  static Launch start(PodContext context, JsonObject pod, JsonObject container, int restart)
      throws IOException, NotYet {
    String name = Tree.text("", container, "name");
    Volumes volumes = context.volumes(pod);
    volumes.prepare();
    Mounts mounts = volumes.mounts(container);
    Environment environment = context.environment();
    environment.declare(pod, container, mounts);

    Path directory = Files.createDirectories(context.folder().resolve("containers").resolve(name));
    Map<String, String> variables = new LinkedHashMap<>();
    for (String variable : HOST_VARIABLES) {
      Optional.ofNullable(System.getenv(variable)).ifPresent(at -> variables.put(variable, at));
    }
    variables.put("HOME", directory.toString());
    variables.put("HOSTNAME", NodeApi.name(pod));
    variables.put(
        "KUBECONFIG", kubeconfig(context, pod, volumes.hasToken(container), name).toString());
    variables.putAll(context.spec().environment());
    variables.putAll(environment.variables());
    variables.put(Marked.VARIABLE, directory.toString());

    List<String> command = mounts.onHost(environment.expand(Tree.texts(container, "command")));
    List<String> arguments = mounts.onHost(environment.expand(Tree.texts(container, "args")));
    String image = Tree.text("", container, "image");
    List<String> vector =
        context
            .spec()
            .images()
            .arguments(
                image,
                new Images.Start(
                    container, command, arguments, variables, mounts.directories(), directory));
    if (vector.isEmpty()) {
      throw new NotYet(
          "ImagePullBackOff", "the node knows no image " + image + ", and there is no command");
    }
    String work = mounts.onHost(Tree.text("", container, "workingDir"));
    Path from = !work.isEmpty() && Files.isDirectory(Path.of(work)) ? Path.of(work) : directory;
    Path log =
        Files.createDirectories(context.folder().resolve("logs"))
            .resolve(name + "-" + restart + ".log");
    List<String> session = new ArrayList<>(List.of("setsid"));
    session.addAll(vector);
    ProcessBuilder builder =
        new ProcessBuilder(session)
            .directory(from.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().clear();
    builder.environment().putAll(variables);
    try {
      return new Launch(
          builder.start(),
          new Probe.Target(context.loopback(), container, variables, mounts, from),
          log);
    } catch (IOException e) {
      throw new NotYet("RunContainerError", "cannot start " + vector + ": " + e.getMessage());
    }
  }

  /** Who the container is to the API server: its account if it mounts a token, else nobody. */
  private static Path kubeconfig(PodContext context, JsonObject pod, boolean token, String name)
      throws IOException, NotYet {
    Optional<String> identity =
        token ? Optional.of(context.api().token(pod, Optional.empty())) : Optional.empty();
    return Files.writeString(
        context.folder().resolve(name + ".kubeconfig"), context.api().kubeconfig(identity));
  }
}
