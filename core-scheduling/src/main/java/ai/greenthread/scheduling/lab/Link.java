package ai.greenthread.scheduling.lab;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The way from host memory to the devices. Each device takes weights at its own rate at most, and
 * all together no more than the host gives, which is shared evenly.
 */
final class Link {
  private final double devicePerMicro;
  private final double hostPerMicro;
  private final List<Transfer> active = new ArrayList<>();
  private long at;

  private static final class Transfer {
    final int model;
    final int lanes;
    double left;

    Transfer(int model, int lanes, double bytesPerLane) {
      this.model = model;
      this.lanes = lanes;
      this.left = bytesPerLane;
    }
  }

  Link(double bytesPerSecondToDevice, double bytesPerSecondOfHost) {
    this.devicePerMicro = bytesPerSecondToDevice / 1e6;
    this.hostPerMicro = bytesPerSecondOfHost / 1e6;
  }

  void begin(int model, int devices, long bytesPerDevice, long now) {
    advance(now);
    active.add(new Transfer(model, devices, bytesPerDevice));
  }

  /** When the next transfer ends if none begins before; {@code MAX_VALUE} if there is none. */
  long nextEnd() {
    double rate = rate();
    long next = Long.MAX_VALUE;
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
