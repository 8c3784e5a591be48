package ai.greenthread.http.events;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.testkit.HandTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventJournalTest {
  private static final Duration AT_ONCE = Duration.ZERO;

  private final HandTime time = new HandTime();
  private final EventJournal journal = new EventJournal(time, 3);

  private EngineEvent record(String model, String message) {
    return journal.record(EventType.WAKE_STARTED, model, message, null, Map.of());
  }

  private void mention(String model) {
    journal.mention(EventType.REQUEST_RECEIVED, model, "came", null, Map.of());
  }

  @Test
  void idsAreMomentAndNumberAndNeverRepeat() {
    assertThat(record("a", "").id()).isEqualTo("20260101000000000");
    assertThat(record("a", "").id()).isEqualTo("20260101000000001");
    time.pass(Duration.ofSeconds(1));
    assertThat(record("a", "").id()).isEqualTo("20260101000001000");
    List<String> many = IntStream.range(0, 2_000).mapToObj(i -> record("a", "").id()).toList();
    assertThat(many).doesNotHaveDuplicates().last().isEqualTo("202601010000012000");
  }

  @Test
  void onlyTheLastAreKept() {
    IntStream.range(0, 5).forEach(i -> record("a", "" + i));
    assertThat(journal.last(10, EventFilter.ALL))
        .extracting(EngineEvent::message)
        .containsExactly("2", "3", "4");
    assertThat(journal.last(2, new EventFilter("a", "")))
        .extracting(EngineEvent::message)
        .containsExactly("3", "4");
    assertThat(journal.last(2, new EventFilter("b", ""))).isEmpty();
  }

  @Test
  void whatIsOnlyMentionedPushesNothingOut() throws Exception {
    record("a", "kept");
    try (EventJournal.Follower follower = journal.follow(0, new EventFilter("a", ""))) {
      mention("a");
      mention("b");
      assertThat(follower.next(AT_ONCE)).map(EngineEvent::message).contains("came");
      assertThat(follower.next(AT_ONCE)).isEmpty();
    }
    assertThat(journal.last(10, EventFilter.ALL))
        .extracting(EngineEvent::message)
        .containsExactly("kept");
  }

  @Test
  void tellsWhetherAnybodyFollows() {
    assertThat(journal.isFollowed()).isFalse();
    try (EventJournal.Follower one = journal.follow(0, EventFilter.ALL)) {
      try (EventJournal.Follower two = journal.follow(0, EventFilter.ALL)) {
        assertThat(two).isNotEqualTo(one);
      }
      assertThat(journal.isFollowed()).isTrue();
    }
    assertThat(journal.isFollowed()).isFalse();
  }

  @Test
  void aSlowFollowerLosesRequestsBeforeAnythingElse() throws Exception {
    try (EventJournal.Follower follower = journal.follow(0, EventFilter.ALL)) {
      record("a", "first");
      IntStream.range(0, 5_000).forEach(i -> mention("a"));
      assertThat(follower.next(AT_ONCE)).map(EngineEvent::message).contains("first");
      record("a", "last");
      Optional<EngineEvent> seen = follower.next(AT_ONCE);
      Optional<EngineEvent> newest = seen;
      while (seen.isPresent()) {
        newest = seen;
        seen = follower.next(AT_ONCE);
      }
      assertThat(newest).map(EngineEvent::message).contains("last");
    }
  }

  @Test
  void aFollowerBeginsWithWhatItMissed() throws Exception {
    record("a", "old");
    record("b", "other");
    try (EventJournal.Follower follower = journal.follow(5, new EventFilter("a", ""))) {
      record("a", "new");
      assertThat(follower.next(AT_ONCE)).map(EngineEvent::message).contains("old");
      assertThat(follower.next(AT_ONCE)).map(EngineEvent::message).contains("new");
    }
  }

  @Test
  void modelsOfOneNameInTwoNamespacesAreToldApart() {
    for (String namespace : List.of("blue", "green")) {
      journal.record(EventType.WAKE_STARTED, "a", namespace, null, Map.of("namespace", namespace));
    }
    journal.record(EventType.SYSTEM_STATE, "", "engine", null, Map.of());
    assertThat(journal.last(10, new EventFilter("a", "green")))
        .extracting(EngineEvent::message)
        .containsExactly("green", "engine");
    assertThat(journal.last(10, new EventFilter("", "blue")))
        .extracting(EngineEvent::message)
        .containsExactly("blue", "engine");
    assertThat(journal.last(10, new EventFilter("a", ""))).hasSize(3);
  }
}
