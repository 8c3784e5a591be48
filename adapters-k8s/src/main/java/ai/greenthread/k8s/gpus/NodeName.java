package ai.greenthread.k8s.gpus;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A node's name where it stands in names and labels. */
public final class NodeName {
  /** Label of GPU objects, whose value is {@link #label}. */
  public static final String LABEL = "greenthread.ai/node";

  /** A node's name may be 253 characters long, the value of a label 63. */
  private static final int LONGEST_LABEL = 63;

  private static final int HASH_BYTES = 5;

  private NodeName() {}

  /** The node's name, or where that is too long for a label, its beginning and a hash of it. */
  public static String label(String node) {
    if (node.length() <= LONGEST_LABEL) {
      return node;
    }
    String hash = HexFormat.of().formatHex(sha256(node), 0, HASH_BYTES);
    return node.substring(0, LONGEST_LABEL - hash.length() - 1) + "-" + hash;
  }

  /** Name of the lease that the node's agent renews while it lives. */
  public static String lease(String node) {
    return "greenthread-agent-" + node;
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
