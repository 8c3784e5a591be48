package ai.greenthread.http.server;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where a server listens and what it lets in.
 *
 * @param host address to listen on
 * @param port port to listen on, 0 for any free one
 * @param allowedHosts names without a port, in any case, that a server on loopback answers to
 *     beside loopback's own; only names that no stranger can point at loopback belong here. A
 *     server on another address answers to any name
 * @param maxHeaderBytes size of a request's header fields in all
 * @param maxRequestLineBytes size of a request line
 * @param maxBodyBytes size of a request body, counted, whatever was announced
 * @param bodyMemoryBytes what the request bodies held at once may take together; more are refused
 *     with status 503
 * @param maxConnections connections open at once; more wait in the backlog
 * @param idleTimeout a connection without a request for so long is closed
 * @param uploadTimeout longest silence within a request body, and the time that a body may take
 *     beyond one second for every 8 KiB of it
 * @param writeTimeout longest time for a client to take the next 64 KiB of its answer; then its
 *     connection is closed
 * @param drainTimeout longest time that {@link HttpServer#stop} waits for requests in flight
 */
public record ServerSettings(
    String host,
    int port,
    Set<String> allowedHosts,
    int maxHeaderBytes,
    int maxRequestLineBytes,
    int maxBodyBytes,
    long bodyMemoryBytes,
    int maxConnections,
    Duration idleTimeout,
    Duration uploadTimeout,
    Duration writeTimeout,
    Duration drainTimeout) {

  public ServerSettings {
    allowedHosts =
        allowedHosts.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    requirePositive("maxHeaderBytes", maxHeaderBytes);
    requirePositive("maxRequestLineBytes", maxRequestLineBytes);
    requirePositive("maxBodyBytes", maxBodyBytes);
    requirePositive("bodyMemoryBytes", bodyMemoryBytes);
    requirePositive("maxConnections", maxConnections);
    requirePositive("uploadTimeout", uploadTimeout);
    requirePositive("writeTimeout", writeTimeout);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("not a port: " + port);
    }
    if (maxBodyBytes == Integer.MAX_VALUE) {
      throw new IllegalArgumentException("maxBodyBytes must leave room for one more byte");
    }
  }

  /**
   * Listens on 127.0.0.1: 64 KiB of headers, 64 MiB of body, a quarter of the heap for all bodies,
   * 20,000 connections, 30 s to drain.
   */
  public static ServerSettings loopback(int port) {
    return at("127.0.0.1", port);
  }

  /** The same limits on another address. */
  public static ServerSettings at(String host, int port) {
    return new ServerSettings(
        host,
        port,
        Set.of(),
        64 * 1024,
        8 * 1024,
        64 * 1024 * 1024,
        Runtime.getRuntime().maxMemory() / 4,
        20_000,
        Duration.ofMinutes(5),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ofSeconds(30));
  }

  public ServerSettings withAllowedHosts(Set<String> names) {
    return new ServerSettings(
        host,
        port,
        names,
        maxHeaderBytes,
        maxRequestLineBytes,
        maxBodyBytes,
        bodyMemoryBytes,
        maxConnections,
        idleTimeout,
        uploadTimeout,
        writeTimeout,
        drainTimeout);
  }

  public ServerSettings withMaxBodyBytes(int bytes) {
    return new ServerSettings(
        host,
        port,
        allowedHosts,
        maxHeaderBytes,
        maxRequestLineBytes,
        bytes,
        bodyMemoryBytes,
        maxConnections,
        idleTimeout,
        uploadTimeout,
        writeTimeout,
        drainTimeout);
  }

  public ServerSettings withBodyMemoryBytes(long bytes) {
    return new ServerSettings(
        host,
        port,
        allowedHosts,
        maxHeaderBytes,
        maxRequestLineBytes,
        maxBodyBytes,
        bytes,
        maxConnections,
        idleTimeout,
        uploadTimeout,
        writeTimeout,
        drainTimeout);
  }

  public ServerSettings withUploadTimeout(Duration timeout) {
    return new ServerSettings(
        host,
        port,
        allowedHosts,
        maxHeaderBytes,
        maxRequestLineBytes,
        maxBodyBytes,
        bodyMemoryBytes,
        maxConnections,
        idleTimeout,
        timeout,
        writeTimeout,
        drainTimeout);
  }

  public ServerSettings withWriteTimeout(Duration timeout) {
    return new ServerSettings(
        host,
        port,
        allowedHosts,
        maxHeaderBytes,
        maxRequestLineBytes,
        maxBodyBytes,
        bodyMemoryBytes,
        maxConnections,
        idleTimeout,
        uploadTimeout,
        timeout,
        drainTimeout);
  }

  public ServerSettings withDrainTimeout(Duration timeout) {
    return new ServerSettings(
        host,
        port,
        allowedHosts,
        maxHeaderBytes,
        maxRequestLineBytes,
        maxBodyBytes,
        bodyMemoryBytes,
        maxConnections,
        idleTimeout,
        uploadTimeout,
        writeTimeout,
        timeout);
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
  }

  private static void requirePositive(String name, Duration value) {
    if (value.toMillis() < 8) {
      throw new IllegalArgumentException(name + " must be at least 8 ms, not " + value);
    }
  }
}
