package ai.greenthread.http.runtime;

import java.util.Optional;

/** What one look at a server's health path showed. */
sealed interface Health {
  record Alive() implements Health {}

  /** It took the connection and said nothing in time: hung for good, or only very busy. */
  record Silent(String reason) implements Health {}

  /** It says that it is dead, or nobody listens any more. */
  record Dead(String reason) implements Health {}

  default Optional<String> problem() {
    return switch (this) {
      case Alive() -> Optional.empty();
      case Silent(String reason) -> Optional.of(reason);
      case Dead(String reason) -> Optional.of(reason);
    };
  }
}
