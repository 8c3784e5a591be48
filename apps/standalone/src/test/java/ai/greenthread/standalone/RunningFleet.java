package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.gpu.ProbeSettings;
import ai.greenthread.gpu.Probes;
import ai.greenthread.http.events.EventJournal;
import ai.greenthread.http.runtime.RuntimeHost;
import ai.greenthread.http.runtime.Runtimes;
import ai.greenthread.http.sidecar.MonotonicClock;
import ai.greenthread.http.sidecar.ThreadTimers;
import ai.greenthread.runtimes.simulated.SimulatedVllm;
import ai.greenthread.scheduling.policy.DocumentedPolicy;
import ai.greenthread.scheduling.runtime.HostLink;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A fleet on one virtual GPU, without the servers around it. */
final class RunningFleet implements AutoCloseable {
  private final DataFolder data;
  private final ThreadTimers timers;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final GpuFleet gpus;
  private final Fleet fleet;

  RunningFleet(Path folder) {
    data = DataFolder.open(folder);
    var clock = new MonotonicClock();
    timers = new ThreadTimers(clock);
    ProbeSettings settings =
        ProbeSettings.defaults("local")
            .withVirtual(List.of(Bytes.ofGiB(2)), ProbeSettings.VirtualUse.INSTEAD_OF_REAL_GPUS);
    var memory = Probes.processMemory(settings.limit());
    gpus = new GpuFleet(Probes.detect(settings, memory), memory, data.simulatorLedger());
    List<String> simulated =
        SimulatedVllm.command(Path.of(System.getProperty("java.home")), List.of("--parent-watch"));
    fleet =
        new Fleet(
            new Platform(
                data,
                gpus,
                new DocumentedPolicy(),
                HostLink.WIDE,
                new Runtimes(
                    new RuntimeHost(
                        HttpClient.newHttpClient(), gpus, List.of(), simulated, folder, true)),
                new FileMeasurements(data.measurements()),
                new EventJournal(clock, 10),
                clock,
                timers,
                threads,
                new SplittableRandom(1)),
            new AppliedModels(data.models()));
  }

  Fleet fleet() {
    return fleet;
  }

  static Model model(String manifest) throws IOException {
    Map<String, Object> tree =
        RunningEngine.JSON.readValue(manifest, new TypeReference<Map<String, Object>>() {});
    return switch (ModelManifest.read(tree)) {
      case Reading.Valid valid -> valid.model();
      case Reading.Invalid invalid -> throw new AssertionError(invalid.violations());
    };
  }

  @Override
  public void close() throws IOException {
    try {
      fleet.stopAll();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    gpus.close();
    threads.shutdownNow();
    timers.close();
    data.close();
  }
}
