package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.Model;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FleetTest {
  @TempDir Path data;

  @Test
  void nothingIsStartedOnceTheFleetEnds() throws Exception {
    try (var running = new RunningFleet(data)) {
      Fleet fleet = running.fleet();
      fleet.stopAll();
      Model late = RunningFleet.model(Manifest.simulated("late"));
      assertThat(fleet.apply(late, true)).isEqualTo(new Fleet.Applied.Closing());
      assertThat(fleet.all()).isEmpty();
      assertThat(data.resolve("run")).isEmptyDirectory();
      assertThat(data.resolve("models")).isEmptyDirectory();
    }
  }

  @RepeatedTest(20)
  void ofTwoThatWantOneNameAtTheSameTimeOneGetsIt() throws Exception {
    try (var running = new RunningFleet(data);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var together = new CyclicBarrier(2);
      var tries = new ArrayList<Callable<Fleet.Applied>>();
      for (String name : List.of("a", "b")) {
        Model model = RunningFleet.model(Manifest.declared(name).replace("org/" + name, "org/one"));
        tries.add(() -> {
          together.await();
          return running.fleet().apply(model, false);
        });
      }
      var outcomes = new ArrayList<Fleet.Applied>();
      for (Future<Fleet.Applied> outcome : threads.invokeAll(tries)) {
        outcomes.add(outcome.get());
      }
      assertThat(outcomes).hasAtLeastOneElementOfType(Fleet.Applied.Done.class);
      assertThat(outcomes).hasAtLeastOneElementOfType(Fleet.Applied.Clashes.class);
      assertThat(running.fleet().all()).hasSize(1);
    }
  }

  @Test
  void everyStageOfAPipelineNeedsADeviceOfItsOwn() throws Exception {
    try (var running = new RunningFleet(data)) {
      Model two =
          RunningFleet.model(
              Manifest.simulated("two")
                  .replace("\"replicas\"", "\"parallelism\": {\"pipeline\": 2}, \"replicas\""));
      running.fleet().apply(two, false);
      Fleet.Deployed deployed = running.fleet().find(two.ref()).orElseThrow();
      assertThat(deployed.replicas()).isEmpty();
      assertThat(deployed.unplaced()).isNotEmpty();
    }
  }
}
