package ai.greenthread.e2e.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A good history with one thing in it that must not be. */
public final class Planted {
  private Planted() {}

  /** The end of one answered request is missing: as if its answer had got lost. */
  public static History loss(History good) {
    Seen.Answered lost = inTheMiddle(good);
    return new History(good.all().stream().filter(seen -> !seen.equals(lost)).toList());
  }

  /** One answered request was finished by another life of a runtime too. */
  public static History doubled(History good) {
    Seen.Answered answer = inTheMiddle(good);
    Seen.Ended finish =
        good.of(answer.request(), Seen.Ended.class).stream()
            .filter(Seen.Ended::finished)
            .reduce((_, last) -> last)
            .orElseThrow();
    var all = new ArrayList<Seen>(good.all());
    String other = finish.life() + "-other";
    List<String> models = good.runtime(finish.life()).orElseThrow().models();
    all.add(new Seen.RuntimeLife(finish.at() - 3, other, 1, models));
    all.add(new Seen.Begun(finish.at() - 2, other, answer.request()));
    all.add(new Seen.Ended(finish.at() - 1, other, answer.request(), true));
    return new History(all);
  }

  /**
   * A request that came while its model slept was sent to the runtime of the last serving period,
   * as by a sidecar that believes in an old state, and was answered.
   */
  public static History answerOfASleeper(History good) {
    Seen.Step asleep =
        good.all(Seen.Step.class).stream()
            .filter(step -> step.after().equals("sleeping"))
            .filter(step -> lastForwarded(good, step).isPresent())
            .findFirst()
            .orElseThrow();
    Seen.Forwarded before = lastForwarded(good, asleep).orElseThrow();
    Seen.Begun begun =
        good.of(before.request(), Seen.Begun.class).stream()
            .reduce((_, last) -> last)
            .orElseThrow();
    String request = "planted";
    long at = asleep.at() + 2 * History.SKEW;
    var all = new ArrayList<Seen>();
    for (Seen seen : good.all()) {
      all.add(seen);
      if (seen.equals(asleep)) {
        all.add(new Seen.Received(at, before.life(), request, before.replica(), before.model()));
        all.add(
            new Seen.Forwarded(
                at, before.life(), request, before.replica(), before.model(), before.generation()));
        all.add(new Seen.Closed(at, before.life(), request, before.replica(), "completed"));
      }
    }
    String digest =
        good.all(Seen.Answered.class).stream()
            .filter(answer -> answer.answerModel().equals(before.model()))
            .map(Seen.Answered::digest)
            .findFirst()
            .orElseThrow();
    all.add(new Seen.Sent(at, request, before.model()));
    all.add(new Seen.Begun(at, begun.life(), request));
    all.add(new Seen.Ended(at, begun.life(), request, true));
    all.add(new Seen.HandedOver(at, begun.life(), request));
    all.add(new Seen.FirstByte(at, request));
    all.add(new Seen.Answered(at, request, request, before.model(), digest));
    return new History(all);
  }

  /** The last request that the replica forwarded before that, if a runtime began it. */
  private static Optional<Seen.Forwarded> lastForwarded(History good, Seen.Step asleep) {
    return good.all(Seen.Forwarded.class).stream()
        .filter(to -> to.life().equals(asleep.life()) && to.replica().equals(asleep.replica()))
        .filter(to -> to.at() <= asleep.at())
        .filter(to -> !good.of(to.request(), Seen.Begun.class).isEmpty())
        .reduce((_, last) -> last);
  }

  private static Seen.Answered inTheMiddle(History good) {
    List<Seen.Answered> answers = good.all(Seen.Answered.class);
    return Objects.requireNonNull(answers.get(answers.size() / 2));
  }
}
