package ai.greenthread.scheduling.runtime;

import java.time.Duration;
import java.time.Instant;

/**
 * The way from a host's memory to its devices, which all wakes on that host share. Where it is
 * slower than all devices together, wakes side by side each take longer than one after the other:
 * the last is there no sooner, and all others later. A courtesy, not a lock: whoever has waited for
 * {@link #patience} goes, so that nobody can be kept from waking by it. Safe for many threads.
 */
public interface HostLink {
  /** A wake that has waited for this long gains nothing from having the link for itself. */
  Duration PATIENCE = Duration.ofSeconds(10);

  /** No host has more. */
  int MOST_DEVICES = 64;

  /** As wide as all devices together: nobody waits for it. */
  HostLink WIDE =
      new HostLink() {
        @Override
        public Duration patience() {
          return Duration.ZERO;
        }

        @Override
        public Pass enter(Instant since, int devices) {
          return () -> {};
        }
      };

  /**
   * A number of devices that may load at once, as somebody wrote it.
   *
   * @throws IllegalArgumentException unless it is from 1 to {@value #MOST_DEVICES}, or 0 for all
   */
  static int require(int devicesAtOnce) {
    if (devicesAtOnce < 0 || devicesAtOnce > MOST_DEVICES) {
      throw new IllegalArgumentException(
          "GPUs that load at once are from 1 to "
              + MOST_DEVICES
              + ", or 0 for all; not "
              + devicesAtOnce);
    }
    return devicesAtOnce;
  }

  /** Longest wait for a link where so many devices may load at once; 0 for all. */
  static Duration patience(int devicesAtOnce) {
    return devicesAtOnce == 0 ? Duration.ZERO : PATIENCE;
  }

  /** Longest wait for it; what wakes may take is longer by that. */
  Duration patience();

  /**
   * Waits for those who load and for those with an earlier place in line, no longer than {@link
   * #patience}; then weights may travel.
   *
   * @param since the place in line of who wants to wake
   * @param devices to be loaded at the same time
   */
  Pass enter(Instant since, int devices) throws InterruptedException;

  /** The right to load, until it is closed; closing it again does nothing. */
  interface Pass extends AutoCloseable {
    @Override
    void close();
  }
}
