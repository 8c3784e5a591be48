package ai.greenthread.http.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WaitPromiseTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final Optional<Duration> MINUTE = Optional.of(Duration.ofMinutes(1));

  private Optional<Duration> bound = MINUTE;
  private int asked;
  private int broken;

  private final WaitPromise promise =
      new WaitPromise(
          () -> {
            asked++;
            return bound;
          },
          () -> broken++);

  private boolean isBrokenBy(Duration waited, Optional<Duration> promised, Instant now) {
    int before = broken;
    promise.hold(waited, promised, now);
    return broken > before;
  }

  @Test
  void aWaitIsTooLongWhenItIsLongerThanWhatWasPromisedFirstAndLast() {
    assertThat(isBrokenBy(Duration.ofSeconds(61), MINUTE, NOW)).isTrue();
    assertThat(isBrokenBy(Duration.ofSeconds(60), MINUTE, NOW)).isFalse();

    bound = Optional.of(Duration.ofMinutes(2));
    Instant later = NOW.plusSeconds(1);
    assertThat(isBrokenBy(Duration.ofSeconds(61), MINUTE, later)).isFalse();
    assertThat(isBrokenBy(Duration.ofSeconds(121), MINUTE, later)).isTrue();
    bound = Optional.of(Duration.ofSeconds(5));
    assertThat(isBrokenBy(Duration.ofSeconds(59), MINUTE, NOW.plusSeconds(2))).isFalse();
  }

  @Test
  void withoutAPromiseNoneIsBroken() {
    assertThat(isBrokenBy(Duration.ofHours(1), Optional.empty(), NOW)).isFalse();
    bound = Optional.empty();
    assertThat(isBrokenBy(Duration.ofHours(1), MINUTE, NOW)).isFalse();
  }

  @Test
  void theFleetIsLookedThroughOnceASecondAtMost() {
    for (int i = 0; i < 1_000; i++) {
      assertThat(promise.at(NOW.plusMillis(i))).isEqualTo(MINUTE);
    }
    assertThat(asked).isEqualTo(1);
    promise.at(NOW.plusSeconds(1));
    promise.at(NOW);
    assertThat(asked).as("after a second, and not again for who comes late").isEqualTo(2);
  }
}
