package ai.greenthread.scheduling.lab;

import ai.greenthread.scheduling.runtime.CountedHostLink;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The way from host memory to the devices. Each device takes weights at its own rate at most, and
 * all together no more than the host gives, which is shared evenly. Where few may load at once,
 * others wait as at a {@link CountedHostLink}.
 */
final class Link {
  private final double devicePerMicro;
  private final double hostPerMicro;
  private static final long PATIENCE =
      TimeUnit.NANOSECONDS.toMicros(CountedHostLink.PATIENCE.toNanos());

  private final int wakesAtOnce;
  private final List<Transfer> active = new ArrayList<>();

  /** Not begun, in the order in which they came. */
  private final ArrayDeque<Transfer> waiting = new ArrayDeque<>();

  private long at;

  private static final class Transfer {
    final int model;
    final int lanes;
    final long asked;
    double left;

    /** Of those that may be in use at once; nothing for one that would not wait any more. */
    int taken;

    Transfer(int model, int lanes, double bytesPerLane, long asked) {
      this.model = model;
      this.lanes = lanes;
      this.left = bytesPerLane;
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

  void begin(int model, int devices, long bytesPerDevice, long now) {
    advance(now);
    waiting.add(new Transfer(model, devices, bytesPerDevice, now));
    let(now);
  }

  /** Lets those in who may load now. */
  private void let(long now) {
    int taken = active.stream().mapToInt(transfer -> transfer.taken).sum();
    while (!waiting.isEmpty()) {
      Transfer next = waiting.getFirst();
      int wanted = Math.min(next.lanes, wakesAtOnce);
      if (wanted <= wakesAtOnce - taken) {
        next.taken = wanted;
        taken += wanted;
      } else if (now - next.asked < PATIENCE) {
        return;
      }
      active.add(waiting.remove());
    }
  }

  /**
   * When the next transfer ends if none begins before, or begins because it would not wait any
   * more; {@code MAX_VALUE} if there is none.
   */
  long nextEnd() {
    double rate = rate();
    long next = waiting.isEmpty() ? Long.MAX_VALUE : waiting.getFirst().asked + PATIENCE;
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
