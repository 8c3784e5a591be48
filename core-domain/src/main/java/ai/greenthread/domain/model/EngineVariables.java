package ai.greenthread.domain.model;

/**
 * Names of variables by which the engine tells a server where it is, and finds it again. A server
 * that was told otherwise could neither be started nor ended, or would count as another's.
 */
final class EngineVariables {
  /** What is wrong with a name that {@link #holds}. */
  static final String RULE = "is one of the engine's own names, GREENTHREAD_… and POD_UID";

  private EngineVariables() {}

  static boolean holds(String name) {
    return name.startsWith("GREENTHREAD_") || name.equals("POD_UID");
  }
}
