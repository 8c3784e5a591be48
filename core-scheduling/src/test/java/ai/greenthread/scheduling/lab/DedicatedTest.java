package ai.greenthread.scheduling.lab;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.scheduling.policy.BoundedPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The fleet on which nothing is shared, and what a shared one promises. */
class DedicatedTest {
  private static LabModel model(String name, int gpus, boolean popular) {
    return new LabModel(
        name,
        gpus,
        Bytes.ofGiB(40),
        Bytes.ZERO,
        Bytes.ofGiB(40),
        Duration.ofMillis(100),
        new LabModel.Speed(8_000, Duration.ofMillis(20), 0.02, 64),
        new Fairness(Duration.ofSeconds(10), Duration.ofSeconds(5), popular),
        Duration.ofMinutes(10),
        Duration.ofSeconds(30));
  }

  private static LabFleet fleet(int gpus, LabModel... models) {
    return new LabFleet(
        Collections.nCopies(gpus, Bytes.ofGiB(60)), List.of(models), 25e9, gpus * 10e9);
  }

  private static List<Optional<Duration>> bounds(LabFleet fleet) {
    return PromisedWaits.of(fleet, new BoundedPolicy());
  }

  @Test
  void eachModelHasItsOwnDevicesIsLoadedOnceAndNobodyIsLost() {
    LabFleet shared = fleet(2, model("a", 1, false), model("b", 2, false), model("c", 1, false));
    LabFleet own = Dedicated.fleetFor(shared);
    assertThat(own.gpus()).hasSize(4);
    assertThat(own.hostBytesPerSecond()).isEqualTo(2 * shared.hostBytesPerSecond());
    assertThat(own.placements().stream().flatMap(List::stream)).doesNotHaveDuplicates();
    List<Arrival> arrivals = Workloads.bursts(3, 0, 2, 0.2, 3_000, new SplittableRandom(5));
    LabResult result = LabRun.of(own, arrivals, new Dedicated());
    assertThat(result.lost()).isZero();
    assertThat(result.cut()).isZero();
    assertThat(result.wakes()).isEqualTo(3);
    assertThat(result.waitSeconds(0.99)).isZero();
  }

  @Test
  void aFleetThatIsLargeEnoughStaysAsItIs() {
    LabFleet roomy = fleet(5, model("a", 1, false), model("b", 2, false));
    assertThat(Dedicated.fleetFor(roomy)).isEqualTo(roomy);
    assertThat(Dedicated.resized(roomy, 2).gpus()).hasSize(2);
    assertThat(Dedicated.resized(roomy, 2).hostBytesPerSecond())
        .isEqualTo(roomy.hostBytesPerSecond());
  }

  @Test
  void waitsOfOneModelAreThoseOfItsRequests() {
    LabFleet own = fleet(2, model("a", 1, false), model("b", 1, false));
    List<Arrival> arrivals =
        List.of(
            new Arrival(0, 0, 10, 1), new Arrival(0, 0, 10, 1), new Arrival(60_000_000, 0, 10, 1));
    LabResult result = LabRun.of(own, arrivals, new Dedicated());
    double load = Math.ceil(own.loadSeconds(0) * 1e6) / 1e6;
    assertThat(result.waitSeconds(0, 0.66)).isEqualTo(load);
    assertThat(result.waitSeconds(0, 0.3)).isZero();
    assertThat(result.waitSeconds(1, 0.99)).isZero();
    assertThat(result.waitedLonger(0, Duration.ofSeconds(1))).isEqualTo(2);
    assertThat(result.waitedLonger(0, Duration.ofSeconds(3))).isZero();
  }

  @Test
  void whoSharesADeviceWithOthersIsPromisedMoreThanWhoDoesNot() {
    LabModel[] models = {model("a", 1, false), model("b", 1, false), model("c", 1, false)};
    List<Optional<Duration>> shared = bounds(fleet(2, models));
    List<Optional<Duration>> alone = bounds(fleet(3, models));
    assertThat(alone).allSatisfy(bound -> assertThat(bound).isPresent());
    assertThat(shared.getFirst().orElseThrow()).isGreaterThan(alone.getFirst().orElseThrow());
    var popular = new ArrayList<>(List.of(models));
    popular.set(0, model("a", 1, true));
    assertThat(bounds(fleet(1, popular.toArray(LabModel[]::new))).get(1)).isEmpty();
  }
}
