package ai.greenthread.cli.up;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Optional;

/** Chooses the port of the proxy. */
public final class Ports {
  public static final int DEFAULT = 8000;

  /** How many ports after the default are tried. */
  private static final int TRIED = 100;

  private Ports() {}

  /**
   * The port that was asked for, or the first free one from the default on.
   *
   * @throws CliException where the number is no port, the asked one is taken, or none is free
   */
  public static int choose(Optional<Integer> asked) {
    if (asked.isPresent()) {
      int port = asked.get();
      if (port < 1 || port > 65_535) {
        throw new CliException(
            ExitCode.USAGE,
            "--port " + port + " is no port",
            "choose a number from 1 to 65535, or leave it out for the first free one");
      }
      if (!isFree(port)) {
        throw new CliException(
            ExitCode.FAILED,
            "port " + port + " cannot be listened on: another program has it, or it is reserved",
            "choose another with --port N, or leave --port out for the first free one");
      }
      return port;
    }
    for (int port = DEFAULT; port < DEFAULT + TRIED; port++) {
      if (isFree(port)) {
        return port;
      }
    }
    throw new CliException(
        ExitCode.FAILED,
        "no port from " + DEFAULT + " to " + (DEFAULT + TRIED - 1) + " is free",
        "choose one with --port N");
  }

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
