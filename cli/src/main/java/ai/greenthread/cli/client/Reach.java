package ai.greenthread.cli.client;

import java.util.Optional;

/** Of which namespaces a command wants Models. */
public sealed interface Reach {

  /**
   * All that one may see: whoever may not list Models of all namespaces gets those of the context's
   * own, and is told.
   */
  record Visible() implements Reach {}

  /** All, or a refusal. */
  record All() implements Reach {}

  /** Those of one namespace. */
  record Only(String name) implements Reach {}

  /** The namespace, where there is only one. */
  default Optional<String> namespace() {
    return this instanceof Only(String name) ? Optional.of(name) : Optional.empty();
  }
}
