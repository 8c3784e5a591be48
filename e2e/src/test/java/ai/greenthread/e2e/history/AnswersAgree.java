package ai.greenthread.e2e.history;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All whole answers of a model are the same text: all clients ask it the same question, and it is
 * told not to be creative. A torn or mixed-up answer that passes for a whole one is found here.
 */
final class AnswersAgree implements Rule {
  @Override
  public List<Fault> faults(History history) {
    Map<String, Seen.Answered> first = new HashMap<>();
    return history.all(Seen.Answered.class).stream()
        .filter(answer -> {
          Seen.Answered other = first.putIfAbsent(answer.answerModel(), answer);
          return other != null && !other.digest().equals(answer.digest());
        })
        .map(answer ->
            fault(
                answer.request(),
                "got another text than "
                    + first.getOrDefault(answer.answerModel(), answer).request()
                    + " from "
                    + answer.answerModel()))
        .toList();
  }
}
