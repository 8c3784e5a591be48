package ai.greenthread.cli.text;

import ai.greenthread.domain.model.Suggestions;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Finds the name that was probably meant. */
public final class DidYouMean {
  private DidYouMean() {}

  /** The only name that contains what was typed, or else the one that differs from it least. */
  public static Optional<String> among(Collection<String> existing, String typed) {
    List<String> longer = existing.stream().filter(name -> name.contains(typed)).toList();
    return longer.size() == 1
        ? Optional.of(longer.getFirst())
        : Suggestions.closest(typed, existing);
  }
}
