package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The downward API: what a pod may be told of itself. */
final class Fields {
  private static final Pattern ENTRY =
      Pattern.compile("metadata\\.(labels|annotations)\\['([^']*)'\\]");

  private final String podAddress;
  private final String nodeAddress;

  /** The addresses are loopback ones: a process can listen on them and reach them. */
  Fields(String podAddress, String nodeAddress) {
    this.podAddress = podAddress;
    this.nodeAddress = nodeAddress;
  }

  String value(JsonObject pod, String path) throws NotYet {
    Matcher entry = ENTRY.matcher(path);
    if (entry.matches()) {
      return Tree.map(pod, "metadata", entry.group(1)).getOrDefault(entry.group(2), "");
    }
    return switch (path) {
      case "metadata.name" -> NodeApi.name(pod);
      case "metadata.namespace" -> NodeApi.namespace(pod);
      case "metadata.uid" -> NodeApi.uid(pod);
      case "metadata.labels" -> lines(Tree.map(pod, "metadata", "labels"));
      case "metadata.annotations" -> lines(Tree.map(pod, "metadata", "annotations"));
      case "spec.nodeName" -> Tree.text("", pod, "spec", "nodeName");
      case "spec.serviceAccountName" -> Tree.text("", pod, "spec", "serviceAccountName");
      case "status.podIP", "status.podIPs" -> podAddress;
      case "status.hostIP", "status.hostIPs" -> nodeAddress;
      default -> throw NotYet.config("the stand-in knows no field " + path);
    };
  }

  private static String lines(Map<String, String> all) {
    return all.entrySet().stream()
        .map(entry -> entry.getKey() + "=\"" + entry.getValue() + "\"")
        .collect(Collectors.joining("\n"));
  }
}
