package ai.greenthread.http.server;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint answers which path: exact paths by one look-up, then prefixes. An explicit list,
 * no wildcards, so that nothing is reachable that nobody named. Immutable.
 */
public final class Routes {
  private record Prefix(String method, String path, Endpoint endpoint) {}

  private final Map<String, Map<String, Endpoint>> exact;
  private final List<Prefix> prefixes;
  private final String mount;
  private final @Nullable Routes inside;

  private Routes(Builder builder) {
    this.exact = Map.copyOf(builder.exact);
    this.prefixes = List.copyOf(builder.prefixes);
    this.mount = builder.mount;
    this.inside = builder.inside;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Collects routes. */
  public static final class Builder {
    private final Map<String, Map<String, Endpoint>> exact = new HashMap<>();
    private final List<Prefix> prefixes = new java.util.ArrayList<>();
    private String mount = "";
    private @Nullable Routes inside;

    private Builder() {}

    /** An exact path; GET answers HEAD too. */
    public Builder get(String path, Endpoint endpoint) {
      return on("GET", path, endpoint);
    }

    public Builder post(String path, Endpoint endpoint) {
      return on("POST", path, endpoint);
    }

    public Builder on(String method, String path, Endpoint endpoint) {
      Endpoint before =
          exact.computeIfAbsent(path, p -> new HashMap<>()).putIfAbsent(method, endpoint);
      if (before != null) {
        throw new IllegalArgumentException("two routes for " + method + " " + path);
      }
      return this;
    }

    /** Every path that begins so and goes on; the first prefix that fits wins. */
    public Builder onPrefix(String method, String prefix, Endpoint endpoint) {
      prefixes.add(new Prefix(method, prefix, endpoint));
      return this;
    }

    /**
     * Below this path other routes hold, for those who come through a router that leads by the
     * first part of the path and takes nothing off. Such callers come from anywhere, so that what
     * they may reach is told here once more, and nothing else is found there.
     *
     * @param path such as {@code /my-model}
     */
    public Builder below(String path, Routes routes) {
      mount = path;
      inside = routes;
      return this;
    }

    public Routes build() {
      return new Routes(this);
    }
  }

  /**
   * Where the answer to a path is looked up.
   *
   * @param path as {@code routes} know it
   */
  record Place(Routes routes, String path) {}

  /** Which routes hold for a path that came. */
  Place place(String path) {
    if (inside == null || !path.startsWith(mount + "/")) {
      return new Place(this, path);
    }
    String local = path.substring(mount.length());
    // The mount may be named like the beginning of a path, such as /v1.
    return new Place(inside, !inside.knows(local) && inside.knows(path) ? path : local);
  }

  private boolean knows(String path) {
    return exact.containsKey(path)
        || prefixes.stream()
            .anyMatch(
                prefix -> path.startsWith(prefix.path) && path.length() > prefix.path.length());
  }

  /** The endpoint for a request. */
  Endpoint find(String method, String path) {
    String wanted = method.equals("HEAD") ? "GET" : method;
    Map<String, Endpoint> methods = exact.get(path);
    @Nullable Endpoint found = methods == null ? null : methods.get(wanted);
    if (found != null) {
      return found;
    }
    TreeSet<String> allowed = new TreeSet<>(methods == null ? List.of() : methods.keySet());
    for (Prefix prefix : prefixes) {
      if (path.startsWith(prefix.path) && path.length() > prefix.path.length()) {
        if (prefix.method.equals(wanted)) {
          return prefix.endpoint;
        }
        allowed.add(prefix.method);
      }
    }
    if (!allowed.isEmpty()) {
      throw new ApiException(
          ErrorCode.METHOD_NOT_ALLOWED,
          "this URL does not take " + method + ", but " + String.join(", ", allowed));
    }
    throw new ApiException(
        ApiError.of(
            ErrorCode.UNKNOWN_URL,
            "unknown request URL: "
                + method
                + " "
                + path
                + "; served here: "
                + String.join(", ", served())));
  }

  private SortedSet<String> served() {
    var paths = new TreeSet<>(exact.keySet());
    prefixes.forEach(prefix -> paths.add(prefix.path + "…"));
    return paths;
  }
}
