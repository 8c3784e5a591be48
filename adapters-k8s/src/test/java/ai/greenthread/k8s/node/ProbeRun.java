package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One probe of one running container: when it is due and what its results mean. Steps belong to the
 * pod's thread; each attempt has a thread of its own, as it may hang.
 *
 * <p>Until the first success readiness and startup are asked more often than the probe says, which
 * spares tests seconds; how long a startup may take stays as it says.
 */
final class ProbeRun {
  /** What a probe decides. */
  enum Kind {
    STARTUP("startupProbe"),
    LIVENESS("livenessProbe"),
    READINESS("readinessProbe");

    private final String field;

    Kind(String field) {
      this.field = field;
    }

    String field() {
      return field;
    }
  }

  private enum Result {
    NONE,
    RUNNING,
    SUCCESS,
    FAILURE
  }

  private static final Duration EAGER = Duration.ofMillis(300);

  private final Kind kind;
  private final JsonObject probe;
  private final Probe.Target target;
  private final Instant begun;
  private final Duration period;
  private final AtomicReference<Result> result = new AtomicReference<>(Result.NONE);
  private Instant due;
  private int successes;
  private int failures;
  private boolean passing;

  ProbeRun(Kind kind, JsonObject probe, Probe.Target target, Instant begun) {
    this.kind = kind;
    this.probe = probe;
    this.target = target;
    this.period = Duration.ofSeconds(Tree.number(10, probe, "periodSeconds"));
    this.begun = begun.plusSeconds(Tree.number(0, probe, "initialDelaySeconds"));
    this.due = this.begun;
    this.passing = kind == Kind.LIVENESS;
  }

  void step(Instant now) {
    Result last = result.get();
    if (last == Result.RUNNING) {
      return;
    }
    if (last != Result.NONE) {
      result.set(Result.NONE);
      take(last == Result.SUCCESS);
    }
    if (!now.isBefore(due)) {
      boolean eager = kind != Kind.LIVENESS && !passing && EAGER.compareTo(period) < 0;
      due = now.plus(eager ? EAGER : period);
      result.set(Result.RUNNING);
      Thread.ofVirtual().name(kind.field()).start(this::attempt);
    }
  }

  private void attempt() {
    boolean success = false;
    try {
      success = Probe.succeeds(probe, target, Tree.number(1, probe, "timeoutSeconds"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      result.set(success ? Result.SUCCESS : Result.FAILURE);
    }
  }

  private void take(boolean success) {
    if (success) {
      successes++;
      failures = 0;
      if (successes >= Tree.number(1, probe, "successThreshold")) {
        passing = true;
      }
    } else {
      failures++;
      successes = 0;
      if (failures >= Tree.number(3, probe, "failureThreshold")) {
        passing = kind == Kind.STARTUP && passing;
      }
    }
  }

  /** Started, alive or ready, by what has been seen. */
  boolean passing() {
    return passing;
  }

  /** Whether the container has to be ended for it. */
  boolean fatal(Instant now) {
    return switch (kind) {
      case LIVENESS -> !passing;
      case STARTUP -> {
        int attempts = Tree.number(3, probe, "failureThreshold");
        yield !passing && now.isAfter(begun.plus(period.multipliedBy(attempts)));
      }
      case READINESS -> false;
    };
  }
}
