package ai.greenthread.domain.model;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** How Kubernetes wants things to be named. */
public final class KubernetesNames {
  public static final String LABEL_RULE =
      "must be a DNS label: at most 63 of a-z, 0-9 and '-', starting and ending with a letter or"
          + " digit";
  public static final String SUBDOMAIN_RULE =
      "must be a DNS name: at most 253 of a-z, 0-9, '-' and '.', each part starting and ending with"
          + " a letter or digit";
  public static final String QUALIFIED_RULE =
      "must be a name of at most 63 letters, digits, '-', '_' and '.', starting and ending with a"
          + " letter or digit, with an optional DNS name and '/' before it";
  public static final String LABEL_VALUE_RULE =
      "must be empty or at most 63 letters, digits, '-', '_' and '.', starting and ending with a"
          + " letter or digit";

  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern SUBDOMAIN =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
  private static final Pattern FOREIGN = Pattern.compile("[^a-z0-9]+");

  private KubernetesNames() {}

  public static boolean isDnsLabel(String text) {
    return DNS_LABEL.matcher(text).matches();
  }

  public static boolean isSubdomain(String text) {
    return text.length() <= 253 && SUBDOMAIN.matcher(text).matches();
  }

  public static boolean isQualifiedName(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? NAME.matcher(text).matches()
        : isSubdomain(text.substring(0, slash))
            && NAME.matcher(text.substring(slash + 1)).matches();
  }

  public static boolean isLabelValue(String text) {
    return text.isEmpty() || NAME.matcher(text).matches();
  }

  /** The DNS label that comes nearest to a text, if there is one. */
  public static Optional<String> nearestDnsLabel(String text) {
    String plain = FOREIGN.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("-");
    String label = trimHyphens(plain.substring(0, Math.min(63, plain.length())));
    return isDnsLabel(label) ? Optional.of(label) : Optional.empty();
  }

  private static String trimHyphens(String text) {
    int start = text.startsWith("-") ? 1 : 0;
    int end = text.endsWith("-") ? text.length() - 1 : text.length();
    return start < end ? text.substring(start, end) : "";
  }
}
