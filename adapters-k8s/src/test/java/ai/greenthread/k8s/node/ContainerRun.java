package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One container of a pod: its process, its restarts, its probes and its status. Steps belong to the
 * pod's thread; any other may look and kill.
 */
final class ContainerRun {
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration STEADY = Duration.ofSeconds(30);
  private static final int LONGEST_BACKOFF = 20;
  private static final int SIGNALLED = 128;

  private sealed interface State {}

  /** Is to be started from {@code until} on. */
  private record Waiting(String reason, String message, Instant until) implements State {}

  private record Running(Launch launch, Instant since, List<ProbeOf> probes) implements State {
    boolean passing(ProbeRun.Kind kind) {
      return probes.stream().filter(one -> one.kind == kind).allMatch(one -> one.run.passing());
    }
  }

  private record ProbeOf(ProbeRun.Kind kind, ProbeRun run) {}

  private record Ended(int code, Instant since, Instant at) implements State {}

  private final PodContext context;
  private final JsonObject spec;
  private final Path directory;
  private volatile State state = new Waiting("ContainerCreating", "", Instant.EPOCH);
  private volatile @Nullable Path log;
  private int starts;
  private Duration backoff;
  private @Nullable Ended last;
  private @Nullable Instant killAt;

  ContainerRun(PodContext context, JsonObject spec) {
    this.context = context;
    this.spec = spec;
    this.directory = context.folder().resolve("containers").resolve(name());
    this.backoff = context.spec().restartBackoff();
  }

  String name() {
    return Tree.text("", spec, "name");
  }

  /** Starts it, or notices its end and starts it again, or asks its probes, as is due. */
  void step(JsonObject pod, Instant now, String restartPolicy, boolean init) {
    switch (state) {
      case Waiting waiting -> {
        if (!now.isBefore(waiting.until())) {
          start(pod, now);
        }
      }
      case Running running -> {
        watch(running, now);
        if (running.launch().process().isAlive()) {
          probe(running, now, grace(pod));
        }
      }
      case Ended ended -> {
        boolean again =
            ended.code() != 0
                ? !restartPolicy.equals("Never")
                : restartPolicy.equals("Always") && !init;
        if (again) {
          last = ended;
          String wait = "back-off " + backoff.toMillis() + " ms restarting failed container";
          state = new Waiting("CrashLoopBackOff", wait, ended.at().plus(backoff));
          Duration longest = context.spec().restartBackoff().multipliedBy(LONGEST_BACKOFF);
          backoff = Duration.ofMillis(Math.min(backoff.toMillis() * 2, longest.toMillis()));
        }
      }
    }
  }

  static int grace(JsonObject pod) {
    return Tree.number(30, pod, "spec", "terminationGracePeriodSeconds");
  }

  private void start(JsonObject pod, Instant now) {
    try {
      Launch launch = Launch.start(context, pod, spec, starts);
      starts++;
      log = launch.log();
      killAt = null;
      List<ProbeOf> probes = new ArrayList<>();
      for (ProbeRun.Kind kind : ProbeRun.Kind.values()) {
        if (spec.has(kind.field())) {
          JsonObject probe = Tree.object(spec, kind.field());
          probes.add(new ProbeOf(kind, new ProbeRun(kind, probe, launch.target(), now)));
        }
      }
      state = new Running(launch, now, probes);
    } catch (NotYet e) {
      state = new Waiting(e.reason(), e.words(), now.plus(RETRY));
    } catch (IOException e) {
      state = new Waiting("ContainerCreating", String.valueOf(e.getMessage()), now.plus(RETRY));
    }
  }

  /** Notices the end of the process, and helps it along when its time is up. */
  void watch(Instant now) {
    if (state instanceof Running running) {
      watch(running, now);
    }
  }

  private void watch(Running running, Instant now) {
    Process process = running.launch().process();
    if (process.isAlive()) {
      if (killAt != null && !now.isBefore(killAt)) {
        kill();
      }
      return;
    }
    // What the first process started ends with it, as in a container.
    Marked.kill(directory);
    if (Duration.between(running.since(), now).compareTo(STEADY) > 0) {
      backoff = context.spec().restartBackoff();
    }
    state = new Ended(process.exitValue(), running.since(), now);
  }

  private void probe(Running running, Instant now, int grace) {
    for (ProbeOf one : running.probes()) {
      boolean startup = one.kind() == ProbeRun.Kind.STARTUP;
      if (startup ? !one.run().passing() : running.passing(ProbeRun.Kind.STARTUP)) {
        one.run().step(now);
      }
      if (one.run().fatal(now)) {
        end(now, grace);
      }
    }
  }

  /** Ends it with a chance to say goodbye; it is killed when {@code seconds} are over. */
  void end(Instant now, int seconds) {
    if (!(state instanceof Running running)) {
      return;
    }
    Instant deadline = now.plusSeconds(seconds);
    if (killAt != null) {
      // A second order may only shorten the time.
      killAt = deadline.isBefore(killAt) ? deadline : killAt;
      return;
    }
    killAt = deadline;
    JsonObject hook = Tree.object(spec, "lifecycle", "preStop");
    Process process = running.launch().process();
    if (seconds == 0 || hook.isEmpty()) {
      process.destroy();
      return;
    }
    Thread.ofVirtual()
        .name("preStop")
        .start(() -> {
          try {
            Probe.succeeds(hook, running.launch().target(), seconds);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            process.destroy();
          }
        });
  }

  /** Like {@code kill -9} of all its processes. */
  void kill() {
    if (state instanceof Running running) {
      running.launch().process().destroyForcibly();
      Marked.kill(directory);
    }
  }

  /** Process id of its first process while it runs. */
  Optional<Long> pid() {
    return state instanceof Running running && running.launch().process().isAlive()
        ? Optional.of(running.launch().process().pid())
        : Optional.empty();
  }

  boolean running() {
    return state instanceof Running;
  }

  /** It never runs again by itself. */
  boolean ended() {
    return state instanceof Ended;
  }

  boolean succeeded() {
    return state instanceof Ended ended && ended.code() == 0;
  }

  /** Has run at least once. */
  boolean begun() {
    return starts > 0;
  }

  boolean ready() {
    return state instanceof Running running
        && running.launch().process().isAlive()
        && running.passing(ProbeRun.Kind.STARTUP)
        && running.passing(ProbeRun.Kind.READINESS);
  }

  /** The log of its latest start. */
  Optional<Path> log() {
    return Optional.ofNullable(log);
  }

  /** Its entry in the pod's {@code containerStatuses}. */
  JsonObject status(boolean init) {
    JsonObject status = new JsonObject();
    String image = Tree.text("", spec, "image");
    status.addProperty("name", name());
    status.addProperty("image", image);
    status.addProperty("imageID", image);
    status.addProperty("restartCount", Math.max(0, starts - 1));
    status.addProperty("ready", init ? succeeded() : ready());
    if (!init) {
      status.addProperty(
          "started", state instanceof Running now && now.passing(ProbeRun.Kind.STARTUP));
    }
    if (starts > 0) {
      status.addProperty("containerID", "stand-in://" + name() + "-" + (starts - 1));
    }
    status.add("state", describe(state));
    JsonObject before = new JsonObject();
    if (last != null && !(state instanceof Ended)) {
      before = describe(last);
    }
    status.add("lastState", before);
    return status;
  }

  private static JsonObject describe(State state) {
    JsonObject all = new JsonObject();
    JsonObject one = new JsonObject();
    switch (state) {
      case Waiting waiting -> {
        one.addProperty("reason", waiting.reason());
        one.addProperty("message", waiting.message());
        all.add("waiting", one);
      }
      case Running running -> {
        one.addProperty("startedAt", time(running.since()));
        all.add("running", one);
      }
      case Ended ended -> {
        one.addProperty("exitCode", ended.code());
        if (ended.code() > SIGNALLED) {
          one.addProperty("signal", ended.code() - SIGNALLED);
        }
        one.addProperty("reason", ended.code() == 0 ? "Completed" : "Error");
        one.addProperty("startedAt", time(ended.since()));
        one.addProperty("finishedAt", time(ended.at()));
        all.add("terminated", one);
      }
    }
    return all;
  }

  static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
