package ai.greenthread.k8s.client;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * One of several processes leads, by a {@code Lease}. A leader that cannot renew stops leading
 * before another may begin: it gives up after the renew deadline, and the others wait the lease's
 * whole length after the last renewal <em>they saw</em>, so that clocks need not agree.
 */
public final class LeaderElection {
  private static final System.Logger LOG = System.getLogger(LeaderElection.class.getName());

  private final JsonApi api;
  private final String namespace;
  private final String name;
  private final String identity;
  private final Terms terms;
  private final InstantSource clock;
  private final RandomGenerator random;

  /** A renewal may still be under way when this process tries anew to lead. */
  private volatile Sighting last = new Sighting(new JsonObject(), Instant.EPOCH);

  /** A lease, and when its spec was first seen so. */
  private record Sighting(JsonObject lease, Instant at) {}

  /** When the last try that succeeded began, by {@link System#nanoTime}, which never jumps. */
  private final AtomicLong renewed = new AtomicLong();

  /**
   * How long things take.
   *
   * @param lease others wait so long after a leader's last renewal
   * @param renewDeadline a leader that could not renew for so long leads no more; below {@code
   *     lease}
   * @param retry pause between two tries
   */
  public record Terms(Duration lease, Duration renewDeadline, Duration retry) {
    /** 15 s, 10 s, 2 s: what Kubernetes' own controllers take. */
    public static final Terms DEFAULT =
        new Terms(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));

    public Terms {
      if (renewDeadline.compareTo(lease) >= 0 || retry.compareTo(renewDeadline) >= 0) {
        throw new IllegalArgumentException("retry < renewDeadline < lease is needed");
      }
    }
  }

  /**
   * A candidate.
   *
   * @param name of the lease, in {@code namespace}
   * @param identity of this process, unlike that of any other
   */
  public LeaderElection(
      JsonApi api,
      String namespace,
      String name,
      String identity,
      Terms terms,
      InstantSource clock,
      RandomGenerator random) {
    this.api = api;
    this.namespace = namespace;
    this.name = name;
    this.identity = identity;
    this.terms = terms;
    this.clock = clock;
    this.random = random;
  }

  /** Waits until this process leads. */
  public void await() throws InterruptedException {
    while (!attempt()) {
      pause();
    }
    LOG.log(System.Logger.Level.INFO, "{0} leads {1}", identity, name);
  }

  /**
   * Goes on leading; returns when this process leads no more. That is at the renew deadline after
   * the last renewal at the latest, whatever a call to the API server is doing then: others count
   * on it.
   */
  public void hold() throws InterruptedException {
    var lost = new CountDownLatch(1);
    Thread renewing = Thread.ofVirtual().name("renew-" + name).start(() -> renew(lost));
    try {
      long left = nanosLeft();
      while (left > 0 && !lost.await(left, TimeUnit.NANOSECONDS)) {
        left = nanosLeft();
      }
      LOG.log(System.Logger.Level.WARNING, "{0} leads {1} no more", identity, name);
    } catch (InterruptedException e) {
      renewing.interrupt();
      // A renewal under way would meet the release that follows.
      renewing.join(terms.retry());
      throw e;
    } finally {
      renewing.interrupt();
    }
  }

  private void renew(CountDownLatch lost) {
    try {
      while (nanosLeft() > 0) {
        pause();
        if (!attempt() && heldByOther()) {
          break;
        }
      }
    } catch (InterruptedException e) {
      return;
    } finally {
      lost.countDown();
    }
  }

  private long nanosLeft() {
    return renewed.get() + terms.renewDeadline().toNanos() - System.nanoTime();
  }

  /** Lets another lead at once; for an orderly end. */
  public void release() {
    try {
      Answer answer = api.get(path());
      if (answer.ok() && holder(answer.body()).equals(Optional.of(identity))) {
        JsonObject lease = answer.body();
        Trees.at(lease, "spec").addProperty("holderIdentity", "");
        Trees.at(lease, "spec").addProperty("leaseDurationSeconds", 1);
        api.replace(path(), lease);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "the lease runs out by itself: {0}", e.getMessage());
    }
  }

  private void pause() throws InterruptedException {
    long millis = terms.retry().toMillis();
    Thread.sleep(millis * 3 / 4 + random.nextLong(Math.max(1, millis / 2)));
  }

  private boolean heldByOther() {
    return holder(last.lease()).filter(holder -> !holder.equals(identity)).isPresent();
  }

  /** One try to take or renew the lease. */
  private boolean attempt() {
    long begun = System.nanoTime();
    boolean done = tryOnce();
    if (done) {
      renewed.set(begun);
    }
    return done;
  }

  private boolean tryOnce() {
    try {
      Answer answer = api.get(path());
      if (answer.status() == 404) {
        return api.create(collection(), lease(0)).ok();
      }
      if (!answer.ok()) {
        return false;
      }
      JsonObject lease = answer.body();
      Sighting seen = last;
      if (!Trees.at(seen.lease(), "spec").equals(Trees.at(lease, "spec"))) {
        seen = new Sighting(lease, clock.instant());
        last = seen;
      }
      Optional<String> holder = holder(lease);
      boolean own = holder.equals(Optional.of(identity));
      long seconds = Trees.number(Trees.at(lease, "spec"), "leaseDurationSeconds");
      if (!own
          && holder.filter(text -> !text.isEmpty()).isPresent()
          && clock.instant().isBefore(seen.at().plusSeconds(seconds))) {
        return false;
      }
      long transitions = Trees.number(Trees.at(lease, "spec"), "leaseTransitions");
      JsonObject next = lease(own ? transitions : transitions + 1);
      if (own) {
        Trees.text(Trees.at(lease, "spec"), "acquireTime")
            .ifPresent(time -> Trees.at(next, "spec").addProperty("acquireTime", time));
      }
      Trees.text(Trees.at(lease, "metadata"), "resourceVersion")
          .ifPresent(version -> Trees.at(next, "metadata").addProperty("resourceVersion", version));
      Answer written = api.replace(path(), next);
      if (written.ok()) {
        last = new Sighting(written.body(), clock.instant());
      }
      return written.ok();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "the lease {0}: {1}", name, e.getMessage());
      return false;
    }
  }

  private JsonObject lease(long transitions) {
    String micro = MicroTime.print(clock.instant());
    return Trees.object(
        "apiVersion",
        "coordination.k8s.io/v1",
        "kind",
        "Lease",
        "metadata",
        Trees.object("name", name, "namespace", namespace),
        "spec",
        Trees.object(
            "holderIdentity",
            identity,
            "leaseDurationSeconds",
            terms.lease().toSeconds(),
            "acquireTime",
            micro,
            "renewTime",
            micro,
            "leaseTransitions",
            transitions));
  }

  private static Optional<String> holder(JsonObject lease) {
    return Trees.text(Trees.at(lease, "spec"), "holderIdentity");
  }

  private String collection() {
    return "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases";
  }

  private String path() {
    return collection() + "/" + name;
  }
}
