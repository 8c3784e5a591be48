package ai.greenthread.http.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.testkit.Await;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a sidecar leaves behind for those who check that no request was lost. */
class DoorHistoryTest extends DoorFixture {
  private static final String SECRET = "a-prompt-nobody-may-read";
  private static final String ASKING =
      "{\"model\":\"org/tiny\",\"messages\":[{\"content\":\"" + SECRET + "\"}]}";

  private List<String> kinds() {
    return kept.stream().map(line -> line.substring(0, line.indexOf(' '))).toList();
  }

  private void awaitClosed(int count) {
    Await.until(
        "requests are closed", () -> kinds().stream().filter("closed"::equals).count() == count);
  }

  @Test
  void aRequestIsToldFromItsArrivalToItsEndAmongTheStepsThatItCauses() {
    booted();
    kept.clear();
    client.post(CHAT, ASKING, "x-request-id: mine-1").read();
    awaitClosed(1);
    assertThat(kinds())
        .containsSubsequence("received", "parked", "forwarded", "closed")
        .containsSubsequence("received", "step", "step", "step", "forwarded");
    String serving =
        kept.stream().filter(line -> line.contains("after=serving")).findFirst().orElseThrow();
    String generation = serving.replaceAll(".*generation=(\\d+).*", "$1");
    assertThat(kept)
        .contains(
            "received {model=org/tiny, replica=tiny-0, request=mine-1}",
            "forwarded {generation="
                + generation
                + ", model=org/tiny, replica=tiny-0, request=mine-1}",
            "closed {how=completed, model=org/tiny, replica=tiny-0, request=mine-1, status=200}");
    assertThat(kept.indexOf(serving))
        .as("it serves before anything is forwarded")
        .isLessThan(kinds().indexOf("forwarded"));
    assertThat(kept).noneMatch(line -> line.contains(SECRET));
  }

  @Test
  void whatIsNotForwardedIsClosedWithTheReason() {
    booted();
    client.post(CHAT, "{\"model\":\"org/other\"}", "x-request-id: wrong").read();
    effects.fits = false;
    client.post(CHAT, BODY, "x-request-id: large").read();
    awaitClosed(2);
    assertThat(kept)
        .contains(
            "closed {how=rejected, model=org/tiny, replica=tiny-0, request=wrong, status=404}",
            "closed {how=refused, model=org/tiny, replica=tiny-0, request=large, status=503}")
        .noneMatch(line -> line.startsWith("forwarded"));
  }

  @Test
  void aTouchOfTheLedgerIsNoStep() {
    awake();
    Await.until(
        "the wake is told", () -> kept.stream().anyMatch(line -> line.contains("after=serving")));
    int before = kept.size();
    client.post(CHAT, BODY).read();
    awaitClosed(1);
    assertThat(kinds().subList(before, kept.size()))
        .containsExactly("received", "forwarded", "closed");
  }

  @Test
  void theDeathOfARuntimeIsToldWithItsPhase() {
    awake();
    sidecar.runtimeDied("of old age");
    Await.until(
        "the death is told",
        () ->
            kept.stream()
                .anyMatch(
                    line -> line.contains("event=RuntimeDied") && line.contains("phase=stopping")));
  }
}
