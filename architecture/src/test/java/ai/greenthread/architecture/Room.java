package ai.greenthread.architecture;

/** The modules of the house that hold product code, by the package each one owns. */
enum Room {
  DOMAIN("domain", Kind.CORE),
  SCHEDULING("scheduling", Kind.CORE),
  HTTP("http", Kind.ADAPTER),
  GPU("gpu", Kind.ADAPTER),
  KUBERNETES("k8s", Kind.ADAPTER),
  POSTGRES("postgres", Kind.ADAPTER),
  RUNTIMES("runtimes", Kind.RUNTIME),
  PROXY("proxy", Kind.APP),
  STANDALONE("standalone", Kind.APP),
  ENGINE("engine", Kind.APP),
  CLI("cli", Kind.CLI);

  /** What a room is for, which decides whom it may know. */
  enum Kind {
    CORE,
    ADAPTER,
    RUNTIME,
    APP,
    CLI
  }

  private final String packageName;
  private final Kind kind;

  Room(String packageName, Kind kind) {
    this.packageName = packageName;
    this.kind = kind;
  }

  /** The package that the room owns, below {@code prefix}. */
  String root(String prefix) {
    return prefix + "." + packageName;
  }

  Kind kind() {
    return kind;
  }

  /** Whether {@code packageName} is this room's package or one below it. */
  boolean holds(String prefix, String packageName) {
    String root = root(prefix);
    return packageName.equals(root) || packageName.startsWith(root + ".");
  }
}
