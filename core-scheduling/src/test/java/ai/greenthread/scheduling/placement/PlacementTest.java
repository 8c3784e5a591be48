package ai.greenthread.scheduling.placement;

import static ai.greenthread.scheduling.Samples.gib;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.placement.Placement.Candidate;
import ai.greenthread.scheduling.placement.Placement.Choice;
import ai.greenthread.scheduling.placement.Placement.Request;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private static Candidate device(String node, int index, long promised) {
    return new Candidate(new GpuId(node, index), "H100", gib(80), gib(0), gib(promised));
  }

  private static Choice place(int devices, long gib, Candidate... fleet) {
    return Placement.choose(new Request(devices, gib(gib), ""), List.of(fleet));
  }

  private static Choice on(String node, int... indices) {
    return new Choice.Placed(IntStream.of(indices).mapToObj(i -> new GpuId(node, i)).toList());
  }

  private static void assertImpossible(Choice choice, String reason) {
    assertThat(choice)
        .isInstanceOfSatisfying(
            Choice.Impossible.class,
            impossible -> assertThat(impossible.reason()).contains(reason));
  }

  @Test
  void theDeviceThatIsPromisedToTheFewestBytesIsTaken() {
    assertThat(place(1, 10, device("n", 0, 30), device("n", 1, 20), device("n", 2, 40)))
        .isEqualTo(on("n", 1));
  }

  @Test
  void amongEqualsTheFirstIsTakenWhateverTheOrder() {
    assertThat(place(1, 10, device("n", 2, 0), device("n", 1, 0), device("n", 10, 0)))
        .isEqualTo(on("n", 1));
  }

  @Test
  void tensorParallelReplicasGetNeighboursOfOneNode() {
    assertThat(
            place(
                2,
                10,
                device("a", 0, 50),
                device("a", 1, 10),
                device("a", 3, 0),
                device("b", 0, 20),
                device("b", 1, 20)))
        .isEqualTo(on("b", 0, 1));
  }

  @Test
  void theMostPromisedDeviceOfAGroupCounts() {
    assertThat(
            place(
                2,
                10,
                device("n", 0, 0),
                device("n", 1, 60),
                device("n", 2, 30),
                device("n", 3, 40)))
        .isEqualTo(on("n", 2, 3));
  }

  @Test
  void aDeviceTooSmallIsPassedOver() {
    var small = new Candidate(new GpuId("n", 0), "L4", gib(24), gib(0), gib(0));

    assertThat(place(1, 30, small, device("n", 1, 70))).isEqualTo(on("n", 1));
  }

  @Test
  void aProductThatIsNamedIsTheOnlyOneThatCounts() {
    var l4 = new Candidate(new GpuId("n", 0), "L4", gib(80), gib(0), gib(0));

    assertThat(Placement.choose(new Request(1, gib(10), "H100"), List.of(l4, device("n", 1, 70))))
        .isEqualTo(on("n", 1));
    assertImpossible(
        Placement.choose(new Request(1, gib(10), "B200"), List.of(l4)), "no GPU is a B200");
  }

  @Test
  void aCapacityThatIsLessThanTheDeviceIsExplained() {
    var device = new Candidate(new GpuId("n", 0), "H100", gib(78), gib(2), gib(0));

    assertImpossible(
        place(1, 79, device),
        "it needs 79 GiB per GPU and the largest has 78 GiB (80 GiB in total less 2 GiB of"
            + " headroom)");
  }

  @Test
  void whatStandsInTheWayIsSaid() {
    assertImpossible(Placement.choose(new Request(1, gib(1), ""), List.of()), "there is no GPU");
    assertImpossible(place(1, 81, device("n", 0, 0)), "the largest has 80 GiB");
    assertImpossible(place(2, 10, device("n", 0, 0), device("m", 1, 0)), "2 neighbouring GPUs");
    assertImpossible(place(2, 10, device("n", 0, 0), device("n", 2, 0)), "2 neighbouring GPUs");
  }
}
