package ai.greenthread.bench;

import java.io.IOException;
import java.net.URI;
import java.util.List;

/** A program that puts one gateway, or several, before the mock. */
interface Peer {

  /** The gateways' names, also when it cannot be started. */
  List<String> names();

  /**
   * Starts it before the mock.
   *
   * @throws Unavailable when it cannot be had here; the reason is printed beside its name
   */
  List<Gateway> start(Workshop workshop, URI mock) throws Unavailable, IOException;
}
