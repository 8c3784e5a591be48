package ai.greenthread.e2e.history;

import static ai.greenthread.e2e.history.GoodHistory.answer;
import static ai.greenthread.e2e.history.GoodHistory.closed;
import static ai.greenthread.e2e.history.GoodHistory.killedEngine;
import static ai.greenthread.e2e.history.GoodHistory.killedRuntime;
import static ai.greenthread.e2e.history.GoodHistory.served;
import static ai.greenthread.e2e.history.GoodHistory.step;
import static ai.greenthread.e2e.history.GoodHistory.us;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Every rule on histories that keep it and on histories that break it. */
class RulesTest {
  private static void good(GoodHistory history) {
    assertThat(Checker.faults(history.history())).isEmpty();
  }

  /** Exactly these rules are broken. */
  private static void bad(GoodHistory history, Rule... broken) {
    assertThat(Checker.faults(history.history()).stream().map(Fault::rule).distinct())
        .containsExactlyInAnyOrderElementsOf(
            List.of(broken).stream().map(rule -> rule.getClass().getSimpleName()).toList());
  }

  @Test
  void aPlainRunIsGood() {
    good(served().answered("a", 20).answered("b", 20).answered("c", 900));
  }

  @Nested
  class EveryRequestEndsOnceTest {
    private final Rule rule = new EveryRequestEndsOnce();

    @Test
    void anAnswerThatNeverCameIsALoss() {
      bad(served().answered("a", 20).without(Seen.Answered.class::isInstance), rule);
    }

    @Test
    void twoEndsAreOneTooMany() {
      bad(served().answered("a", 20).and(answer("a", 40)), rule);
    }

    @Test
    void aRefusalAndAnAnswerAreTwoEnds() {
      bad(
          served()
              .and(killedRuntime(19, 5))
              .answered("a", 20)
              .and(new Seen.Refused(us(25), "a", 503, "wake_failed")),
          rule);
    }

    @Test
    void anEndOfWhatNobodySentIsStrange() {
      bad(served().answered("a", 20).without(seen -> seen instanceof Seen.Sent), rule);
    }

    @Test
    void oneIdIsForOneRequest() {
      bad(served().answered("a", 20).and(new Seen.Sent(us(21), "a", GoodHistory.MODEL)), rule);
    }
  }

  @Nested
  class AnswersComeFromOneLifeTest {
    private final Rule rule = new AnswersComeFromOneLife();

    @Test
    void anAnswerThatNoRuntimeFinishedIsMadeUp() {
      bad(served().answered("a", 20).without(Seen.Ended.class::isInstance), rule);
    }

    @Test
    void anAbortedRequestIsNotAnAnsweredOne() {
      bad(
          served()
              .answered("a", 20)
              .without(Seen.Ended.class::isInstance)
              .and(new Seen.Ended(us(25), "r1", "a", false)),
          rule);
    }

    @Test
    void twoLivesThatFinishOneRequestDoubleIt() {
      bad(
          served().answered("a", 20).runtime("r2", 12, 6).finished("a", 21, "r2"),
          rule,
          new NothingIsBegunAgain(),
          new OnlyServingModelsGetRequests());
    }

    @Test
    void aLifeThatDiedWithItsAnswerDoesNotCount() {
      good(
          served()
              .sent("a", 20)
              .forwarded("a", 21, 1)
              .and(
                  new Seen.Begun(us(22), "r1", "a"),
                  new Seen.Ended(us(27), "r1", "a", true),
                  killedRuntime(28, 11),
                  step(29, "RuntimeDied", "deactivating", "stopping", 2),
                  step(40, "WakeVerified", "serving", "", 3))
              .runtime("r2", 12, 35)
              .forwarded("a", 41, 3)
              .finished("a", 42, "r2")
              .and(closed("a", 50, "completed"), answer("a", 51)));
    }

    @Test
    void anotherModelsRuntimeMayNotAnswer() {
      bad(
          served()
              .answered("a", 20)
              .without(Seen.RuntimeLife.class::isInstance)
              .and(new Seen.RuntimeLife(us(5), "r1", 11, List.of("another"))),
          rule);
    }

    @Test
    void anAnswerSaysWhoseItIs() {
      bad(
          served()
              .answered("a", 20)
              .without(Seen.Answered.class::isInstance)
              .and(new Seen.Answered(us(30), "a", "b", GoodHistory.MODEL, "same")),
          rule);
      bad(
          served()
              .answered("a", 20)
              .without(Seen.Answered.class::isInstance)
              .and(new Seen.Answered(us(30), "a", "a", "another", "same")),
          rule);
    }

    @Test
    void anAnswerIsNotOlderThanItsRequestNorFinishedAfterIt() {
      bad(
          served()
              .answered("a", 200)
              .without(Seen.Ended.class::isInstance)
              .and(new Seen.Ended(us(100), "r1", "a", true)),
          rule);
      bad(
          served()
              .answered("a", 200)
              .without(Seen.Ended.class::isInstance)
              .and(new Seen.Ended(us(300), "r1", "a", true)),
          rule);
    }
  }

  @Nested
  class AnswersAgreeTest {
    @Test
    void aTornAnswerIsNoWholeOne() {
      bad(
          served()
              .answered("a", 20)
              .answered("b", 40)
              .without(seen -> seen instanceof Seen.Answered of && of.request().equals("b"))
              .and(new Seen.Answered(us(50), "b", "b", GoodHistory.MODEL, "torn")),
          new AnswersAgree());
    }
  }

  @Nested
  class NothingIsBegunAgainTest {
    private final Rule rule = new NothingIsBegunAgain();

    /** Begun at 22, its runtime killed at 30, begun again at 142 by the next wake's. */
    private static GoodHistory begunTwice() {
      return served()
          .sent("a", 20)
          .forwarded("a", 21, 1)
          .and(
              new Seen.Begun(us(22), "r1", "a"),
              killedRuntime(30, 11),
              step(31, "RuntimeDied", "deactivating", "stopping", 2),
              step(140, "WakeVerified", "serving", "", 3))
          .runtime("r2", 12, 135)
          .forwarded("a", 141, 3)
          .finished("a", 142, "r2")
          .and(closed("a", 150, "completed"), answer("a", 151));
    }

    @Test
    void aRequestMayBeginAgainAfterAKillWhileItsClientHasNothing() {
      good(begunTwice().and(new Seen.FirstByte(us(150), "a")));
    }

    @Test
    void notAfterItsFirstByte() {
      bad(begunTwice().and(new Seen.FirstByte(us(25), "a")), rule);
    }

    @Test
    void notWhileItsRuntimeLives() {
      bad(
          begunTwice().without(seen -> seen instanceof Seen.Killed).and(killedRuntime(29, 99)),
          rule);
    }

    @Test
    void notTwiceByOneLife() {
      bad(served().answered("a", 20).and(new Seen.Begun(us(23), "r1", "a")), rule);
    }
  }

  @Nested
  class OnlyServingModelsGetRequestsTest {
    private final Rule rule = new OnlyServingModelsGetRequests();

    @Test
    void whatWasForwardedInTimeMayEndWhileTheModelDrains() {
      good(served().answered("a", 999));
    }

    @Test
    void aSleepingModelAnswersNobody() {
      bad(served().answered("a", 1_200), rule);
    }

    @Test
    void aGenerationThatNeverServedForwardsNothing() {
      bad(
          served()
              .sent("a", 20)
              .forwarded("a", 21, 7)
              .finished("a", 22, "r1")
              .and(closed("a", 29, "completed"), answer("a", 30)),
          rule);
    }

    @Test
    void aRuntimeGetsNothingButFromASidecar() {
      bad(served().answered("a", 20).without(seen -> seen instanceof Seen.Forwarded), rule);
    }

    @Test
    void aSidecarForwardsForItsOwnModel() {
      bad(
          served()
              .answered("a", 20)
              .without(seen -> seen instanceof Seen.Forwarded)
              .and(new Seen.Forwarded(us(21), "e1", "a", "m-0", "another", 1)),
          rule);
    }

    @Test
    void oneServingPeriodHasOneRuntime() {
      bad(
          served()
              .answered("a", 20)
              .runtime("r2", 12, 25)
              .sent("b", 30)
              .forwarded("b", 31, 1)
              .finished("b", 32, "r2")
              .and(closed("b", 39, "completed"), answer("b", 40)),
          rule);
    }
  }

  @Nested
  class SidecarsCloseWhatTheyReceiveTest {
    private final Rule rule = new SidecarsCloseWhatTheyReceive();

    @Test
    void aRequestThatASidecarForgotIsFound() {
      bad(served().answered("a", 20).without(Seen.Closed.class::isInstance), rule);
    }

    @Test
    void twoClosingsAreOneTooMany() {
      bad(served().answered("a", 20).and(closed("a", 30, "broken")), rule);
    }

    @Test
    void aKilledEngineClosesNothing() {
      good(
          served()
              .sent("a", 20)
              .and(killedEngine(25), new Seen.EngineUp(us(90)))
              .and(new Seen.Cut(us(26), "a", "reset")));
    }

    @Test
    void anAnswerPassedASidecar() {
      bad(served().answered("a", 20).without(seen -> seen instanceof Seen.Received), rule);
    }
  }

  @Nested
  class NothingIsUnexplainedTest {
    private final Rule rule = new NothingIsUnexplained();

    private static GoodHistory failed(Seen.Outcome end) {
      return served().sent("a", 5_020).and(closed("a", 5_025, "unanswered")).and(end);
    }

    private final Seen.Outcome cut = new Seen.Cut(us(5_030), "a", "reset");

    @Test
    void anErrorWithoutAKillIsAFault() {
      bad(failed(cut), rule);
      bad(failed(new Seen.Unreached(us(5_030), "a", "refused")), rule);
      bad(failed(new Seen.Refused(us(5_030), "a", 503, "wake_failed")), rule);
    }

    @Test
    void aKillOfTheModelsRuntimeExplainsWhatEndsSoonAfter() {
      good(failed(cut).and(killedRuntime(5_022, 11)));
      good(failed(cut).and(killedRuntime(1_000, 11)));
      bad(failed(cut).and(killedRuntime(10, 11)), rule);
      bad(failed(cut).and(killedRuntime(5_200, 11)), rule);
    }

    @Test
    void aKillOfAnotherModelsRuntimeExplainsNothing() {
      bad(failed(cut).and(new Seen.Killed(us(5_022), 12, "another")), rule);
    }

    @Test
    void anEngineThatIsDownExplainsUntilItIsUp() {
      good(failed(cut).and(killedEngine(10), new Seen.EngineUp(us(5_100))));
      good(failed(cut).and(killedEngine(10)));
      bad(failed(cut).and(killedEngine(10), new Seen.EngineUp(us(4_900))), rule);
    }

    @Test
    void noKillExplainsThatAModelIsUnknown() {
      bad(
          failed(new Seen.Refused(us(5_030), "a", 404, "model_not_found"))
              .and(killedEngine(10), new Seen.EngineUp(us(5_100))),
          rule);
    }

    @Test
    void aRuntimeThatDiesOfItselfIsAFault() {
      GoodHistory died =
          served().answered("a", 20).and(step(2_000, "RuntimeDied", "deactivating", "stopping", 3));
      bad(died, rule);
      good(died.and(killedRuntime(1_999, 11)));
    }
  }

  @Nested
  class PlantedTest {
    private final History good = served().answered("a", 20).answered("b", 20).history();

    @Test
    void whatIsPlantedIsFound() {
      assertThat(Checker.faults(good)).isEmpty();
      assertThat(Checker.faults(Planted.loss(good)))
          .extracting(Fault::rule)
          .containsExactly("EveryRequestEndsOnce");
      assertThat(Checker.faults(Planted.doubled(good)))
          .extracting(Fault::rule)
          .contains("AnswersComeFromOneLife", "NothingIsBegunAgain");
      assertThat(Checker.faults(Planted.answerOfASleeper(good)))
          .extracting(Fault::rule)
          .containsExactly("OnlyServingModelsGetRequests");
    }
  }
}
