package ai.greenthread.engine.sidecar;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The longest wait that the controller publishes in the Model's status, as it was last seen. It is
 * read on a thread of its own at the sidecar's first step and when its state changes: so it is
 * known anew by the time a wait is over, and a model that sleeps or serves asks nothing.
 */
final class PublishedBound implements SidecarListener {
  private static final System.Logger LOG = System.getLogger(PublishedBound.class.getName());

  /** A model that goes to and fro asks no more often than this. */
  static final Duration FRESH = Duration.ofSeconds(10);

  private final JsonApi api;
  private final ModelRef model;
  private final Executor threads;
  private final AtomicBoolean underWay = new AtomicBoolean();
  private volatile Optional<Duration> last = Optional.empty();

  /** The last read failed; the next step is as good as a change of state. */
  private volatile boolean missed;

  // Owned by the sidecar's writer.
  private @Nullable Instant asked;

  /**
   * @param threads where it waits for the API server
   */
  PublishedBound(JsonApi api, ModelRef model, Executor threads) {
    this.api = api;
    this.model = model;
    this.threads = threads;
  }

  /** Empty where none holds, and while none has been read. Never waits. */
  Optional<Duration> longest() {
    return last;
  }

  @Override
  public void stepped(ReplicaId who, State before, Event event, State after, Instant now) {
    Instant then = asked;
    boolean changed = !before.getClass().equals(after.getClass());
    boolean due = then == null || ((changed || missed) && !now.isBefore(then.plus(FRESH)));
    if (due && !(after instanceof State.Stopped) && underWay.compareAndSet(false, true)) {
      asked = now;
      threads.execute(this::read);
    }
  }

  private void read() {
    try {
      Answer answer = api.get(Resource.MODEL.path(model.namespace(), model.name()));
      if (answer.ok()) {
        last = bound(answer.body());
        missed = false;
      } else {
        miss(answer.describe());
      }
    } catch (IOException e) {
      miss(String.valueOf(e.getMessage()));
    } finally {
      underWay.set(false);
    }
  }

  private void miss(String why) {
    missed = true;
    LOG.log(System.Logger.Level.INFO, "the wait bound was not read: {0}", why);
  }

  private static Optional<Duration> bound(JsonObject model) {
    return Trees.at(model, "status").get("waitBoundSeconds") instanceof JsonPrimitive seconds
            && seconds.isNumber()
        ? Optional.of(Duration.ofSeconds(seconds.getAsLong()))
        : Optional.empty();
  }

  @Override
  public void refused(ReplicaId who, Refusal refusal) {
    // Whoever was refused had waited under the promise that is known.
  }
}
