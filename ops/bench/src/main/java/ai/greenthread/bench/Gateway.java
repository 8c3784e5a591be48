package ai.greenthread.bench;

import java.net.URI;
import java.time.Duration;

/**
 * One way to the mock that is measured.
 *
 * @param name stable, as in the table
 * @param what for a person: what stands between client and mock
 * @param url where requests go; always loopback
 * @param pid the process whose tree's CPU time and memory count
 * @param version as the program itself says it
 * @param ours false for peers and for no gateway at all
 * @param start from the process's start to its first answered request; zero when not measured
 */
record Gateway(
    String name, String what, URI url, long pid, String version, boolean ours, Duration start) {

  /** The gateway that is none: its numbers are what the mock and the generator cost. */
  static final String DIRECT = "direct";

  /** The floor that ratios are taken against. */
  static final String FLOOR = "nginx";

  boolean direct() {
    return name.equals(DIRECT);
  }
}
