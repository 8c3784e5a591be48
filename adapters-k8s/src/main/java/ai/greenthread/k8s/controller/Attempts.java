package ai.greenthread.k8s.controller;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Steps of which one that fails does not keep the others from being made. */
final class Attempts {
  private final List<String> refusals = new ArrayList<>();
  private @Nullable IOException first;

  /** One step. */
  @FunctionalInterface
  interface Attempt {
    void run() throws IOException;
  }

  void make(Attempt attempt) {
    boolean _ = isRefused(attempt);
  }

  /** Makes a step and says whether it was refused, so that time alone does not help. */
  boolean isRefused(Attempt attempt) {
    try {
      attempt.run();
      return false;
    } catch (IOException e) {
      boolean refused = e instanceof Refused;
      if (refused) {
        refusals.add(String.valueOf(e.getMessage()));
      }
      if (first == null) {
        first = e;
      } else {
        first.addSuppressed(e);
      }
      return refused;
    }
  }

  boolean failed() {
    return first != null;
  }

  /** What is worth telling a user; the rest passes. */
  List<String> refusals() {
    return List.copyOf(refusals);
  }

  /** Throws what failed first. */
  void end() throws IOException {
    if (first != null) {
      throw first;
    }
  }
}
