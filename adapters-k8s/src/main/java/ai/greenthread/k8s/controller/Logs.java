package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.render.Naming;
import com.google.gson.JsonObject;

/** Where to look when a server fails, as a command to copy, and what the usual ends mean. */
final class Logs {
  /** Words of sidecars, who know no kubectl. */
  private static final String SIDECARS_WORDS = "see the log of the pod's container inference";

  private static final int NOT_EXECUTABLE = 126;
  private static final int NOT_FOUND = 127;
  private static final int KILLED = 137;
  private static final String MORE_MEMORY = "if for memory, raise spec.resources.limits.memory";

  private Logs() {}

  /** What a sidecar said of its server, with the command that shows the server's own words. */
  static String withCommand(String said, Model model, String pod) {
    if (!hasServer(model)) {
      return said;
    }
    // What is restarted has a new log.
    boolean earlier = said.contains("restarted");
    String command = command(model.ref().namespace(), pod, Naming.INFERENCE, earlier);
    String advice = said.contains("exit code " + KILLED) ? "; " + MORE_MEMORY : "";
    return said.contains(SIDECARS_WORDS)
        ? said.replace(SIDECARS_WORDS, "see " + command) + advice
        : said + "; what its server said: " + command + advice;
  }

  /** Whether the Model's pods have a container with its server. */
  private static boolean hasServer(Model model) {
    return switch (model.spec().runtime()) {
      case RuntimeSpec.Vllm vllm -> vllm.url().isEmpty();
      case RuntimeSpec.Command own -> own.url().isEmpty();
      case RuntimeSpec.LlamaCpp _, RuntimeSpec.Builtin _, RuntimeSpec.Simulated _ -> true;
    };
  }

  /** How a container ended the last time, and the command that shows why; empty if it did not. */
  static String lastEnd(String namespace, String pod, JsonObject container) {
    JsonObject end = Trees.at(container, "lastState", "terminated");
    if (!end.has("exitCode")) {
      return "";
    }
    long code = Trees.number(end, "exitCode");
    String name = Trees.text(container, "name").orElse("");
    return "; it ended with exit code "
        + code
        + meaning(code)
        + ": see "
        + command(namespace, pod, name, true);
  }

  private static String meaning(long code) {
    return switch ((int) code) {
      case NOT_EXECUTABLE -> " (a command is not executable)";
      case NOT_FOUND -> " (a command was not found in the image)";
      case KILLED -> " (it was killed; " + MORE_MEMORY + ")";
      default -> "";
    };
  }

  private static String command(String namespace, String pod, String container, boolean earlier) {
    return "kubectl logs -n "
        + namespace
        + " "
        + pod
        + " -c "
        + container
        + (earlier ? " --previous" : "");
  }
}
