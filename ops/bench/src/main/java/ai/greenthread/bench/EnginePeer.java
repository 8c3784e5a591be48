package ai.greenthread.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Our engine with one Model that is the mock: its sidecar alone, and lc-proxy before that. Both
 * live in one process, so CPU time and memory are the whole engine's in either case.
 */
final class EnginePeer implements Peer {

  static final String SIDECAR = "sidecar";
  static final String PROXY = "lc-proxy+sidecar";

  private static final Duration UP_LIMIT = Duration.ofSeconds(90);
  private static final Duration READY_LIMIT = Duration.ofSeconds(15);
  private static final Duration DOWN_LIMIT = Duration.ofSeconds(30);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path gtctl;
  private final String model;

  /**
   * @param gtctl the built command
   * @param model the name that requests ask for
   */
  EnginePeer(Path gtctl, String model) {
    this.gtctl = gtctl;
    this.model = model;
  }

  @Override
  public List<String> names() {
    return List.of(SIDECAR, PROXY);
  }

  @Override
  public List<Gateway> start(Workshop workshop, URI mock) throws Unavailable, IOException {
    if (!Files.isExecutable(gtctl)) {
      throw new Unavailable("there is no " + gtctl + "; make build makes it");
    }
    Path data = workshop.folder("engine");
    Path manifests = Files.createDirectories(data.resolve("manifests"));
    Files.writeString(manifests.resolve("bench.yaml"), manifest(mock));
    String version = Workshop.output(List.of(gtctl.toString(), "version"), UP_LIMIT);
    var up =
        List.of(
            gtctl.toString(),
            "up",
            "--detach",
            "--data",
            data.toString(),
            "--port",
            Integer.toString(Workshop.freePort()),
            "--models",
            manifests.toString(),
            "--virtual-gpu",
            "8GiB",
            "-o",
            "json");
    workshop.atEnd(() -> down(data));
    long from = System.nanoTime();
    Workshop.output(Cores.bound(workshop.cores().gateway(), up), UP_LIMIT);

    JsonNode facts = JSON.readTree(data.resolve("up.json").toFile());
    long pid = facts.path("pid").asLong();
    URI proxy = URI.create(facts.path("proxy").asText());
    URI sidecar = URI.create(facts.path("models").path(model).asText());
    ProcessHandle process =
        ProcessHandle.of(pid).orElseThrow(() -> new Unavailable("the engine's process has ended"));
    // The first request wakes the Model; what that costs is no part of the relay.
    Duration took = awaitAnswer(proxy, process, from);
    awaitAnswer(sidecar, process, from);
    String first = version.lines().findFirst().orElse("");
    return List.of(
        new Gateway(SIDECAR, "our sidecar alone", sidecar, pid, first, true, Duration.ZERO),
        new Gateway(
            PROXY,
            "lc-proxy, then the Model's sidecar, in one process",
            proxy,
            pid,
            first,
            true,
            took));
  }

  private Duration awaitAnswer(URI url, ProcessHandle process, long from) throws Unavailable {
    while (!Manners.answersChat(url, model)) {
      if (!process.isAlive()) {
        throw new Unavailable("the engine ended while starting");
      }
      if (System.nanoTime() - from > UP_LIMIT.plus(READY_LIMIT).toNanos()) {
        throw new Unavailable(
            url + " gave no good answer within " + READY_LIMIT.toSeconds() + " s of being up");
      }
      Workshop.pause(Duration.ofMillis(5));
    }
    return Duration.ofNanos(System.nanoTime() - from);
  }

  private void down(Path data) {
    try {
      Workshop.output(List.of(gtctl.toString(), "down", "--data", data.toString()), DOWN_LIMIT);
    } catch (Unavailable why) {
      System.err.println("the engine was not asked down: " + why.reason());
      endByForce(data);
    }
  }

  private static void endByForce(Path data) {
    var pids = new ArrayList<Long>();
    try {
      pids.addAll(Proc.tree(JSON.readTree(data.resolve("up.json").toFile()).path("pid").asLong()));
    } catch (IOException neverUp) {
      return;
    }
    pids.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
  }

  private String manifest(URI mock) {
    return """
    apiVersion: greenthread.ai/v1alpha1
    kind: Model
    metadata:
      name: %s
    spec:
      modelName: %s
      modelType: chat
      sleep:
        idleTimeout: 1h
      runtime:
        type: command
        url: %s
        memory: 1Gi
        sleepSteps:
          - path: /sleep
        wakeSteps:
          - path: /wake_up
    """
        .formatted(model, model, mock);
  }
}
