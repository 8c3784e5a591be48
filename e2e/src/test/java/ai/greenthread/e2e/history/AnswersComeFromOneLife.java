package ai.greenthread.e2e.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An answered request was finished by exactly one life of a runtime, of the model that was asked
 * for, while the client waited, and the answer says that it is for this request. A life that was
 * killed between finishing an answer and handing it over does not count: nobody got that answer.
 */
final class AnswersComeFromOneLife implements Rule {
  @Override
  public List<Fault> faults(History history) {
    var faults = new ArrayList<Fault>();
    for (Seen.Answered answer : history.all(Seen.Answered.class)) {
      Optional<Seen.Sent> sent = history.sent(answer.request());
      if (sent.isPresent()) {
        judge(history, sent.get(), answer, faults);
      }
    }
    return faults;
  }

  private void judge(History history, Seen.Sent sent, Seen.Answered answer, List<Fault> faults) {
    String request = sent.request();
    if (!answer.answerTo().equals(request)) {
      faults.add(fault(request, "got the answer to " + answer.answerTo()));
    }
    if (!answer.answerModel().equals(sent.model())) {
      faults.add(fault(request, "asked " + sent.model() + ", answered " + answer.answerModel()));
    }
    List<Seen.Ended> finishes =
        history.of(request, Seen.Ended.class).stream()
            .filter(Seen.Ended::finished)
            .filter(end -> !diedWithIt(history, end))
            .toList();
    if (finishes.size() != 1) {
      faults.add(fault(request, "was answered and finished by " + lives(finishes)));
    }
    for (Seen.Ended finish : finishes) {
      boolean asked =
          history
              .runtime(finish.life())
              .filter(life -> life.models().contains(sent.model()))
              .isPresent();
      if (!asked) {
        faults.add(fault(request, "was finished by " + finish.life() + " of another model"));
      }
      if (finish.at() < sent.at() - History.SKEW || finish.at() > answer.at() + History.SKEW) {
        faults.add(fault(request, "was finished when its client did not wait for it"));
      }
    }
  }

  /** Killed after it had finished this answer, with no sign that it handed it over. */
  private static boolean diedWithIt(History history, Seen.Ended finish) {
    boolean handedOver =
        history.of(finish.request(), Seen.HandedOver.class).stream()
            .anyMatch(over -> over.life().equals(finish.life()));
    boolean finishedElsewhere =
        history.of(finish.request(), Seen.Ended.class).stream()
            .anyMatch(end -> end.finished() && !end.life().equals(finish.life()));
    return !handedOver
        && finishedElsewhere
        && history.runtimeKilled(finish.life(), Long.MAX_VALUE / 2);
  }

  private static String lives(List<Seen.Ended> finishes) {
    return finishes.isEmpty()
        ? "no runtime"
        : "several: " + finishes.stream().map(Seen.Ended::life).toList();
  }
}
