package ai.greenthread.e2e.history;

import java.util.List;

/** All rules over one history. */
public final class Checker {
  private static final List<Rule> RULES =
      List.of(
          new EveryRequestEndsOnce(),
          new AnswersComeFromOneLife(),
          new AnswersAgree(),
          new NothingIsBegunAgain(),
          new OnlyServingModelsGetRequests(),
          new SidecarsCloseWhatTheyReceive(),
          new NothingIsUnexplained());

  private Checker() {}

  /** All that is wrong, rule by rule; empty for a good history. */
  public static List<Fault> faults(History history) {
    return RULES.stream().flatMap(rule -> rule.faults(history).stream()).toList();
  }
}
