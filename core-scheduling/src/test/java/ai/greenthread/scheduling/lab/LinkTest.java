package ai.greenthread.scheduling.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinkTest {
  private static final double MEGABYTE = 1e6;
  private static final long SECOND = 1_000_000;

  private static Link narrow(int wakesAtOnce) {
    return new Link(MEGABYTE, MEGABYTE, wakesAtOnce);
  }

  @Test
  void whereAllMayLoadTheyShareTheHostEvenly() {
    Link link = narrow(0);
    link.begin(0, 1, 100, 0, 0);
    link.begin(1, 1, 100, 0, 0);
    assertThat(link.nextEnd()).isEqualTo(200);
    assertThat(link.arrived(200)).containsExactly(0, 1);
    assertThat(link.nextEnd()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void whereOneMayLoadTheLastIsThereNoLaterAndTheFirstSooner() {
    Link link = narrow(1);
    link.begin(0, 1, 100, 0, 0);
    link.begin(1, 1, 100, 0, 0);
    assertThat(link.nextEnd()).isEqualTo(100);
    assertThat(link.arrived(100)).containsExactly(0);
    assertThat(link.nextEnd()).isEqualTo(200);
    assertThat(link.arrived(200)).containsExactly(1);
  }

  @Test
  void whoNeedsMoreDevicesThanMayLoadsAlone() {
    Link link = new Link(MEGABYTE, 4 * MEGABYTE, 2);
    link.begin(0, 4, 100, 0, 0);
    link.begin(1, 1, 100, 0, 0);
    assertThat(link.arrived(100)).containsExactly(0);
    assertThat(link.arrived(200)).containsExactly(1);
  }

  @Test
  void nobodyPassesWhoCameBefore() {
    Link link = new Link(MEGABYTE, 4 * MEGABYTE, 2);
    link.begin(0, 1, 100, 0, 0);
    link.begin(1, 2, 100, 0, 0);
    link.begin(2, 1, 100, 0, 0);
    assertThat(link.arrived(100)).containsExactly(0);
    assertThat(link.arrived(200)).containsExactly(1);
    assertThat(link.arrived(300)).containsExactly(2);
  }

  @Test
  void whoHasWaitedForTenSecondsLoadsBesideOthers() {
    Link link = narrow(1);
    link.begin(0, 1, 60 * SECOND, 0, 0);
    link.begin(1, 1, SECOND, 2 * SECOND, 2 * SECOND);
    assertThat(link.nextEnd()).isEqualTo(12 * SECOND);
    assertThat(link.arrived(12 * SECOND)).isEmpty();
    assertThat(link.nextEnd()).isEqualTo(14 * SECOND);
    assertThat(link.arrived(14 * SECOND)).containsExactly(1);
    assertThat(link.nextEnd()).isEqualTo(61 * SECOND);
  }

  @Test
  void whoHasWaitedLongestForItsModelIsNext() {
    Link link = narrow(1);
    link.begin(0, 1, 100, 0, 0);
    link.begin(1, 1, 100, 9, 10);
    link.begin(2, 1, 100, 8, 20);
    assertThat(link.arrived(100)).containsExactly(0);
    assertThat(link.arrived(200)).containsExactly(2);
    assertThat(link.arrived(300)).containsExactly(1);
  }
}
