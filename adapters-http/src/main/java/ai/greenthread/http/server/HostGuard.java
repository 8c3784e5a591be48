package ai.greenthread.http.server;

import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Protects a server on loopback from web pages in a browser on the same machine: a page may point a
 * name of its own at 127.0.0.1 (DNS rebinding), so only loopback names are answered to, and those
 * that the settings allow; and a page may send requests without reading the answers, so requests
 * that change something must not come from another origin.
 */
final class HostGuard {
  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS");

  private HostGuard() {}

  static boolean isLoopback(String host) {
    return isUsual(host, "127.0.0.1") || isUsual(host, "localhost") || isOtherLoopback(host);
  }

  /** Nearly every request's, so they are told at a glance. */
  private static boolean isUsual(String host, String name) {
    return host.startsWith(name)
        && (host.length() == name.length()
            || (host.charAt(name.length()) == ':' && host.lastIndexOf(':') == name.length()));
  }

  private static boolean isOtherLoopback(String host) {
    String name = bareHost(host);
    return name.equals("localhost")
        || name.endsWith(".localhost")
        || name.equals("::1")
        || isLoopbackV4(name);
  }

  /** 127.0.0.0/8 in four decimal numbers; no other spelling, and nothing is resolved. */
  private static boolean isLoopbackV4(String name) {
    String[] parts = name.split("\\.", -1);
    if (parts.length != 4 || !parts[0].equals("127")) {
      return false;
    }
    for (String part : parts) {
      boolean number =
          !part.isEmpty() && part.length() <= 3 && part.chars().allMatch(c -> c >= '0' && c <= '9');
      if (!number || Integer.parseInt(part) > 255) {
        return false;
      }
    }
    return true;
  }

  private static String bareHost(String given) {
    String hostAndPort = given.toLowerCase(Locale.ROOT);
    if (hostAndPort.startsWith("[")) {
      int end = hostAndPort.indexOf(']');
      return end < 0 ? hostAndPort : hostAndPort.substring(1, end);
    }
    int colon = hostAndPort.indexOf(':');
    boolean oneColon = colon >= 0 && colon == hostAndPort.lastIndexOf(':');
    return oneColon ? hostAndPort.substring(0, colon) : hostAndPort;
  }

  /**
   * Lets a request in.
   *
   * @param allowed further names, in lower case
   * @throws ApiException with status 403 if it may not come in
   */
  static void check(
      String method, Optional<String> host, Optional<String> origin, Set<String> allowed) {
    if (!host.map(name -> isLoopback(name) || allowed.contains(bareHost(name))).orElse(false)) {
      throw new ApiException(
          ErrorCode.HOST_NOT_ALLOWED,
          "this server answers only to loopback names such as localhost or 127.0.0.1 in the Host"
              + " header");
    }
    if (!SAFE_METHODS.contains(method)
        && origin.isPresent()
        && !isSameOrigin(origin.get(), host.get())) {
      throw new ApiException(
          ErrorCode.CROSS_ORIGIN, "this server takes no requests from pages of another origin");
    }
  }

  private static boolean isSameOrigin(String origin, String host) {
    return origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
  }
}
