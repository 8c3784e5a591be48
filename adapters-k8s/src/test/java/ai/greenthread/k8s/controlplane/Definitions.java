package ai.greenthread.k8s.controlplane;

/** Which server keeps GreenThread's definitions and serves their objects; clients see no other. */
public enum Definitions {
  /** The API server itself. */
  BUILT_IN,

  /**
   * The newest that can be had, behind the API server: it knows rules in CEL and the schema rules
   * of today, which an old API server does not.
   */
  NEWEST
}
