package ai.greenthread.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Runs the load generator, see load.c, and voids what failed. */
final class Generator {

  /** A run that failed this often in a row is a missing number, with the reason. */
  static final int TRIES = 3;

  private static final Scenario WARM_SLICE = new Scenario.Closed(64, 2);
  private static final int CALM_SLICES = 2;
  private static final double STILL_FALLING = 0.9;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path program;
  private final Mock mock;
  private final Cores cores;
  private final String model;
  private final Duration rest;

  /**
   * @param program the compiled generator
   * @param model the name that requests ask for
   * @param rest after a void run, so that what it left behind comes to rest
   */
  Generator(Path program, Mock mock, Cores cores, String model, Duration rest) {
    this.cores = cores;
    this.rest = rest;
    this.program = program;
    this.mock = mock;
    this.model = model;
  }

  /**
   * Measures until a run is valid.
   *
   * @throws Unavailable when {@link #TRIES} runs in a row had a failed request
   */
  Measurement measure(Gateway gateway, Scenario scenario, int round) throws Unavailable {
    String why = "";
    for (int voided = 0; voided < TRIES; voided++) {
      Measurement m = once(gateway, scenario, round, voided);
      SortedSet<Integer> nice = priorities(gateway);
      if (m.load().failed() == 0 && nice.size() == 1) {
        return m;
      }
      why =
          m.load().failed() == 0
              ? "gateway and mock ran at different priorities, nice " + nice
              : "%d of %d requests failed, the first with: %s"
                  .formatted(
                      m.load().failed(),
                      m.load().failed() + m.load().ok(),
                      m.load().firstFailure());
      Workshop.pause(rest);
    }
    throw new Unavailable(TRIES + " runs in a row were void; in the last " + why);
  }

  /**
   * Load that nobody looks at, so that a JVM measures compiled code: saturation until a request has
   * stopped getting cheaper, then each other kind once. Failures are none of its business.
   */
  void warm(Gateway gateway, int slices) throws Unavailable {
    double best = Double.MAX_VALUE;
    for (int i = 0, calm = 0; i < slices && calm < CALM_SLICES; i++) {
      double cost = once(gateway, WARM_SLICE, 0, 0).load().cpuMicrosEach();
      calm = cost > best * STILL_FALLING ? calm + 1 : 0;
      best = Math.min(best, cost);
    }
    once(gateway, new Scenario.Streams(200, 1, Profile.CHUNKS, Profile.PACE_MILLIS), 0, 0);
    once(gateway, new Scenario.Open(2000, 1), 0, 0);
  }

  private Measurement once(Gateway gateway, Scenario scenario, int round, int voided)
      throws Unavailable {
    List<Long> pids = Proc.tree(gateway.pid());
    if (pids.isEmpty()) {
      throw new Unavailable("its process has ended");
    }
    var command = new ArrayList<String>(List.of(program.toString()));
    command.addAll(scenario.arguments());
    command.addAll(
        List.of(
            "--port",
            Integer.toString(gateway.url().getPort()),
            "--model",
            model,
            "--cpu",
            pids.stream().map(String::valueOf).collect(Collectors.joining(","))));

    Proc.Cpu machineBefore = Proc.machine();
    long ownBefore = ownTicks(gateway, pids);
    CompletableFuture<Long> memory =
        CompletableFuture.supplyAsync(
            () -> Proc.memory(pids),
            CompletableFuture.delayedExecutor(
                scenario.length().toMillis() / 2, TimeUnit.MILLISECONDS));
    Load load =
        read(
            Workshop.output(Cores.bound(cores.load(), command), scenario.length().plusSeconds(30)));
    Proc.Cpu machineAfter = Proc.machine();
    double own =
        (ownTicks(gateway, pids) - ownBefore) + load.generatorCpuSeconds() / Proc.TICK_SECONDS;
    double busy = machineAfter.busy() - machineBefore.busy();
    double all = machineAfter.all() - machineBefore.all();
    double foreign = all == 0 ? 0 : Math.max(0, (busy - own) / all);
    return new Measurement(
        gateway.name(), scenario.id(), round, load, foreign, memory.join(), voided);
  }

  /** More than one when somebody has changed those of some: then the scheduler decides who wins. */
  private SortedSet<Integer> priorities(Gateway gateway) {
    return Proc.nice(List.of(gateway.pid(), mock.pid()));
  }

  private long ownTicks(Gateway gateway, List<Long> pids) {
    return Proc.ticks(pids) + (gateway.direct() ? 0 : Proc.ticks(List.of(mock.pid())));
  }

  private static Load read(String line) throws Unavailable {
    try {
      return JSON.readValue(line, Load.class);
    } catch (JsonProcessingException unreadable) {
      throw new Unavailable("the generator said: " + line);
    }
  }
}
