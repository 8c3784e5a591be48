package ai.greenthread.cli.cluster;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.outcome.NotAllowedException;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.Trees;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** What went wrong on a cluster, and what to do about it. */
final class ClusterFailures {
  private static final String DOCS = "docs/kubernetes.md";

  /** As the API server's own authorizer words it. */
  private static final Pattern FORBIDDEN =
      Pattern.compile(
          "User \"(?<user>[^\"]*)\" cannot (?<verb>\\w+) resource \"(?<resource>[^\"]+)\" in API"
              + " group \"(?<group>[^\"]*)\"(?: in the namespace \"(?<namespace>[^\"]+)\")?");

  private static final Set<String> READING = Set.of("get", "list", "watch");

  private final ClusterContext where;
  private final String system;

  /**
   * @param system the engine's namespace
   */
  ClusterFailures(ClusterContext where, String system) {
    this.where = where;
    this.system = system;
  }

  /** No answer came at all. */
  CliException unreachable(IOException cause) {
    String reason =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new CliException(
        ExitCode.NO_ENGINE,
        "the API server of " + where + " does not answer: " + reason,
        cause instanceof SSLException
            ? "its certificate is not one that the kubeconfig trusts; fetch a new kubeconfig for it"
            : "check the network or VPN, and whether the cluster runs; other contexts: kubectl config"
                + " get-contexts",
        cause);
  }

  /**
   * The API server said no.
   *
   * @param what was asked for, as in "get the log of tiny-0"
   */
  CliException refused(String what, Answer answer) {
    if (answer.message().contains("failed calling webhook")) {
      return new CliException(
          ExitCode.FAILED,
          "the engine's webhook, which judges Models, does not answer",
          List.of(
              "see how its pods are: kubectl --context "
                  + where.name()
                  + " -n "
                  + system
                  + " get pods -l app.kubernetes.io/name=greenthread-webhook",
              "that was " + answer.message()));
    }
    if (answer.status() >= 500 && answer.message().contains("error trying to reach service")) {
      return new CliException(
          ExitCode.FAILED,
          "cannot " + what + ": its sidecar does not answer, it may still be starting or ending",
          List.of(
              "try again when its pod is ready: kubectl --context "
                  + where.name()
                  + " get pods -l app.kubernetes.io/name=greenthread-model --all-namespaces",
              "that was " + words(answer)));
    }
    return switch (answer.status()) {
      case 401 ->
          new CliException(
              ExitCode.FAILED,
              "the cluster does not accept your credentials (" + where + ")",
              "they may have expired: log in to the cluster again, then check with: kubectl"
                  + " --context "
                  + where.name()
                  + " auth can-i list models.greenthread.ai");
      case 403 -> forbidden(what, answer);
      case 404 -> missing(what, answer);
      default ->
          new CliException(
              ExitCode.FAILED,
              "cannot " + what + ": " + words(answer),
              "that was HTTP " + answer.status() + " of the API server of " + where);
    };
  }

  private CliException forbidden(String what, Answer answer) {
    Matcher said = FORBIDDEN.matcher(answer.message());
    if (!said.find()) {
      return new NotAllowedException(
          "the cluster forbids to " + what + ": " + words(answer),
          List.of("ask whoever administers the cluster (" + where + ")"));
    }
    String verb = said.group("verb");
    String group = said.group("group");
    String resource = said.group("resource") + (group.isEmpty() ? "" : "." + group);
    String namespace = said.group("namespace");
    boolean subresource = resource.endsWith("/proxy");
    String role = READING.contains(verb) && !subresource ? "view" : "edit";
    return new NotAllowedException(
        "you may not "
            + verb
            + " "
            + resource
            + (namespace == null ? " in all namespaces" : " in namespace " + namespace)
            + " (user "
            + said.group("user")
            + ", "
            + where
            + ")",
        List.of(
            "the role "
                + role
                + " has that; who administers the cluster can give it: kubectl create "
                + (namespace == null ? "clusterrolebinding" : "rolebinding")
                + " greenthread-"
                + role
                + " --clusterrole="
                + role
                + " --user="
                + said.group("user")
                + (namespace == null ? "" : " --namespace=" + namespace),
            "what each command needs: " + DOCS + ", gtctl"));
  }

  /**
   * Whether it is an object that is missing: only a path that the server does not serve at all is
   * answered without details of one.
   */
  static boolean ofAnObject(Answer answer) {
    return Trees.text(Trees.at(answer.body(), "details"), "name").isPresent();
  }

  private CliException missing(String what, Answer answer) {
    if (!ofAnObject(answer)) {
      return notInstalled();
    }
    String kind = Trees.text(Trees.at(answer.body(), "details"), "kind").orElse("");
    if (kind.equals("namespaces")) {
      String name = Trees.text(Trees.at(answer.body(), "details"), "name").orElse("");
      return new CliException(
          ExitCode.NOT_FOUND,
          "there is no namespace " + name + " (" + where + ")",
          "make it: kubectl --context " + where.name() + " create namespace " + name);
    }
    return new CliException(
        ExitCode.NOT_FOUND,
        "cannot " + what + ": " + words(answer),
        "list what exists with: gtctl get models");
  }

  /** The cluster is there, the engine's kinds of object are not. */
  CliException notInstalled() {
    return notInstalled("its API server knows no Models");
  }

  /** The cluster is there, the engine is not. */
  CliException notInstalled(String why) {
    return new CliException(
        ExitCode.NO_ENGINE,
        "no engine is installed in " + where + ": " + why,
        List.of(
            "install it: helm upgrade --install greenthread ops/charts/greenthread --namespace "
                + system
                + "   (see "
                + DOCS
                + ")",
            "or name the cluster you mean: gtctl --context NAME   (kubectl config get-contexts)"));
  }

  /** A pod that cannot be spoken to. */
  CliException notRunning(String pod, String why) {
    return new CliException(
        ExitCode.FAILED,
        "pod " + pod + " does not run yet" + (why.isEmpty() ? "" : ": " + why),
        "wait for it, or see why: kubectl --context " + where.name() + " describe pod " + pod);
  }

  private static String words(Answer answer) {
    return answer.message().isEmpty() ? "it said no more" : answer.message();
  }
}
