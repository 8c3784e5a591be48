package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One pod on this node, from its binding until it is gone: one thread that looks at its containers
 * ten times a second and writes the pod's status when it says something new.
 */
final class PodRun {
  private static final Duration GLANCE = Duration.ofMillis(100);
  private static final Duration RETRY = Duration.ofMillis(500);

  /** What is left to processes of a pod that was removed without asking them. */
  private static final int SECONDS_AFTER_REMOVAL = 1;

  /** What a pod's owner asks of the node. */
  interface Node {
    /** The pod as last heard of; empty when it is gone. */
    Optional<JsonObject> current(String uid);

    /** The machine is switched off: nothing runs and nothing is started. */
    boolean off();

    /** Nothing is left of this pod here. */
    void over(PodRun pod);
  }

  private final PodContext context;
  private final Node node;
  private final String uid;
  private final Instant since = Instant.now();
  private final List<ContainerRun> init = new ArrayList<>();
  private final List<ContainerRun> main = new ArrayList<>();
  private final Thread thread;
  private volatile JsonObject pod;
  private volatile boolean closed;
  private @Nullable JsonObject written;
  private @Nullable HostPorts ports;
  private Instant writeAgain = Instant.EPOCH;

  PodRun(PodContext context, JsonObject pod, Node node) {
    this.context = context;
    this.node = node;
    this.pod = pod;
    this.uid = NodeApi.uid(pod);
    for (JsonObject container : Tree.objects(pod, "spec", "initContainers")) {
      init.add(new ContainerRun(context, container));
    }
    for (JsonObject container : Tree.objects(pod, "spec", "containers")) {
      main.add(new ContainerRun(context, container));
    }
    this.thread = Thread.ofVirtual().name("pod " + describe()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  void wake() {
    LockSupport.unpark(thread);
  }

  String uid() {
    return uid;
  }

  String namespace() {
    return NodeApi.namespace(pod);
  }

  String name() {
    return NodeApi.name(pod);
  }

  String describe() {
    return namespace() + "/" + name();
  }

  PodContext context() {
    return context;
  }

  List<ContainerRun> containers() {
    return Stream.concat(init.stream(), main.stream()).toList();
  }

  private void run() {
    boolean over = false;
    while (!over && !closed) {
      try {
        over = !node.off() && step(Instant.now());
      } catch (IOException e) {
        // The server is away: the processes live on, and the status is written later.
        writeAgain = Instant.now().plus(RETRY);
      } catch (RuntimeException e) {
        System.getLogger(PodRun.class.getName())
            .log(System.Logger.Level.ERROR, "a bug in the stand-in for pod " + describe(), e);
        writeAgain = Instant.now().plus(RETRY);
      }
      if (!over && !closed) {
        LockSupport.parkNanos(GLANCE.toNanos());
      }
    }
    giveBackPorts();
    if (over) {
      node.over(this);
    }
  }

  private void giveBackPorts() {
    HostPorts lent = ports;
    ports = null;
    if (lent != null) {
      try {
        lent.close();
      } catch (IOException e) {
        // They are closed as far as they can be.
      }
    }
  }

  /** Whether nothing is left to do for this pod. */
  private boolean step(Instant now) throws IOException {
    Optional<JsonObject> heard = node.current(uid);
    heard.ifPresent(latest -> pod = latest);
    if (heard.isEmpty()) {
      // Its name, and so its ports, may be another's by now.
      giveBackPorts();
      return ended(now, SECONDS_AFTER_REMOVAL);
    }
    if (Tree.has(pod, "metadata", "deletionTimestamp")) {
      int grace = ContainerRun.grace(pod);
      boolean ended = ended(now, Tree.number(grace, pod, "metadata", "deletionGracePeriodSeconds"));
      if (ended && !now.isBefore(writeAgain)) {
        giveBackPorts();
        context.api().remove(pod);
        return true;
      }
      return false;
    }
    String policy = Tree.text("Always", pod, "spec", "restartPolicy");
    Optional<ContainerRun> pending = init.stream().filter(one -> !one.succeeded()).findFirst();
    if (pending.isPresent()) {
      pending.get().step(pod, now, policy, true);
    } else {
      if (ports == null) {
        ports = HostPorts.open(pod, context);
      }
      main.forEach(container -> container.step(pod, now, policy, false));
    }
    write(now);
    return false;
  }

  /** Ends what runs; whether all has ended. */
  private boolean ended(Instant now, int seconds) {
    boolean alive = false;
    for (ContainerRun container : containers()) {
      container.end(now, seconds);
      container.watch(now);
      alive |= container.running();
    }
    return !alive;
  }

  private void write(Instant now) throws IOException {
    JsonObject status = PodStatus.of(pod, context, since, init, main, now);
    if (status.equals(written) || now.isBefore(writeAgain)) {
      return;
    }
    // A pod that is gone is heard of by the watch.
    context.api().writeStatus(pod, status);
    written = status;
  }

  /** Ends all at once and for good; the API server is not told. */
  void close() {
    closed = true;
    wake();
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Marked.kill(context.folder());
  }

  /** State and last log lines of every container. */
  String lastWords(int lines) {
    StringBuilder words = new StringBuilder("pod " + describe() + " at " + context.loopback());
    for (ContainerRun container : containers()) {
      words.append("\n  container ").append(container.name()).append(": ");
      words.append(container.status(false).get("state"));
      words.append(", restarts ").append(container.status(false).get("restartCount"));
      container
          .log()
          .ifPresent(log -> last(log, lines).forEach(line -> words.append("\n    ").append(line)));
    }
    return words.toString();
  }

  private static List<String> last(Path log, int lines) {
    try {
      List<String> all = Files.readString(log).lines().toList();
      return all.subList(Math.max(0, all.size() - lines), all.size());
    } catch (IOException e) {
      return List.of("(no log: " + e.getMessage() + ")");
    }
  }
}
