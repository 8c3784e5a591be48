package ai.greenthread.cli.simulate;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Human;
import java.util.ArrayList;
import java.util.List;

/** Collects everything that is wrong with the input, so that it is all said at once. */
public final class InputProblems {
  private final List<String> problems = new ArrayList<>();
  private int count;

  /** Something wrong that needs no line. */
  public void add(String problem) {
    problems.add(problem);
    count++;
  }

  /** The lines of one file: the first ones are shown, all are counted. */
  void addLines(String source, List<String> first, int all) {
    if (all == 0) {
      return;
    }
    count += all;
    problems.addAll(first);
    if (all > first.size()) {
      problems.add(source + ": and " + Human.count(all - first.size(), "more bad line"));
    }
  }

  /** How many there are, the ones that are not shown included. */
  public int count() {
    return count;
  }

  /**
   * Ends the command if there is any.
   *
   * @throws CliException with all of them as hints
   */
  public void throwIfAny() {
    if (count > 0) {
      throw new CliException(
          ExitCode.INVALID_MANIFEST,
          Human.count(count, "problem") + " in the input; nothing was simulated",
          problems);
    }
  }
}
