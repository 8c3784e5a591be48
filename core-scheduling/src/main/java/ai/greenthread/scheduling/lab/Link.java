package ai.greenthread.scheduling.lab;

import ai.greenthread.scheduling.runtime.HostLink;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/**
 * The way from host memory to the devices. Each device takes weights at its own rate at most, and
 * all together no more than the host gives, which is shared evenly. Where few may load at once,
 * others wait as at a {@link HostLink}.
 */
final class Link {
  private final double devicePerMicro;
  private final double hostPerMicro;
  private static final long PATIENCE = TimeUnit.NANOSECONDS.toMicros(HostLink.PATIENCE.toNanos());

  private final int wakesAtOnce;
  private final List<Transfer> active = new ArrayList<>();

  /** Not begun; who has waited longest for its model to serve is next. */
  private final PriorityQueue<Transfer> waiting =
      new PriorityQueue<>(Comparator.comparingLong(transfer -> transfer.since));

  private long at;

  private static final class Transfer {
    final int model;
    final int lanes;
    final long since;
    final long asked;
    double left;

    /** Of those that may be in use at once; nothing for one that would not wait any more. */
    int taken;

    Transfer(int model, int lanes, double bytesPerLane, long since, long asked) {
      this.model = model;
      this.lanes = lanes;
      this.left = bytesPerLane;
      this.since = since;
      this.asked = asked;
    }
  }

  /**
   * @param wakesAtOnce devices; 0 for all
   */
  Link(double bytesPerSecondToDevice, double bytesPerSecondOfHost, int wakesAtOnce) {
    this.wakesAtOnce = wakesAtOnce == 0 ? Integer.MAX_VALUE : wakesAtOnce;
    this.devicePerMicro = bytesPerSecondToDevice / 1e6;
    this.hostPerMicro = bytesPerSecondOfHost / 1e6;
  }

  void begin(int model, int devices, long bytesPerDevice, long since, long now) {
    advance(now);
    waiting.add(new Transfer(model, devices, bytesPerDevice, since, now));
    let(now);
  }

  /** Lets those in who may load now, and those who would not wait any more. */
  private void let(long now) {
    for (Iterator<Transfer> each = waiting.iterator(); each.hasNext(); ) {
      Transfer transfer = each.next();
      if (now - transfer.asked >= PATIENCE) {
        active.add(transfer);
        each.remove();
      }
    }
    int taken = active.stream().mapToInt(transfer -> transfer.taken).sum();
    while (!waiting.isEmpty()) {
      Transfer next = waiting.element();
      int wanted = Math.min(next.lanes, wakesAtOnce);
      if (wanted > wakesAtOnce - taken) {
        return;
      }
      next.taken = wanted;
      taken += wanted;
      active.add(waiting.remove());
    }
  }

  /**
   * When the next transfer ends if none begins before, or begins because it would not wait any
   * more; {@code MAX_VALUE} if there is none.
   */
  long nextEnd() {
    double rate = rate();
    long next = Long.MAX_VALUE;
    for (Transfer transfer : waiting) {
      next = Math.min(next, transfer.asked + PATIENCE);
    }
    for (Transfer transfer : active) {
      next = Math.min(next, at + (long) Math.ceil(transfer.left / rate));
    }
    return next;
  }

  /** The models whose weights have arrived by {@code now}. */
  List<Integer> arrived(long now) {
    advance(now);
    var done = new ArrayList<Integer>();
    for (Iterator<Transfer> each = active.iterator(); each.hasNext(); ) {
      Transfer transfer = each.next();
      // What is left of a microsecond's worth is rounding.
      if (transfer.left <= rate()) {
        done.add(transfer.model);
        each.remove();
      }
    }
    let(now);
    return done;
  }

  private void advance(long now) {
    double moved = rate() * (now - at);
    for (Transfer transfer : active) {
      transfer.left -= moved;
    }
    at = now;
  }

  /** Bytes per microsecond into each device that loads. */
  private double rate() {
    int lanes = active.stream().mapToInt(transfer -> transfer.lanes).sum();
    return lanes == 0 ? devicePerMicro : Math.min(devicePerMicro, hostPerMicro / lanes);
  }
}
