package ai.greenthread.k8s.node;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands in for mounting: wherever a container's variables, command or arguments speak of a mount
 * path, they are made to speak of the directory behind it.
 */
record Mounts(Map<String, Path> directories) {
  Mounts {
    directories = Map.copyOf(directories);
  }

  String onHost(String text) {
    String result = text;
    List<Map.Entry<String, Path>> deepestFirst =
        directories.entrySet().stream()
            .sorted(Comparator.comparingInt(entry -> -entry.getKey().length()))
            .toList();
    for (Map.Entry<String, Path> mount : deepestFirst) {
      String path = mount.getKey().replaceFirst("/$", "");
      if (path.isEmpty()) {
        continue;
      }
      // A path of its own, not a piece of a longer one or of a URL.
      result =
          Pattern.compile("(?<![\\w./-])" + Pattern.quote(path) + "(?![\\w.-])")
              .matcher(result)
              .replaceAll(Matcher.quoteReplacement(mount.getValue().toString()));
    }
    return result;
  }

  List<String> onHost(List<String> texts) {
    return texts.stream().map(this::onHost).toList();
  }
}
