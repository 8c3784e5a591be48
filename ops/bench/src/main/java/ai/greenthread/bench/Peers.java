package ai.greenthread.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The floor: proxies of others, told to do as little as a plain reverse proxy can, on two workers.
 */
final class Peers {

  private static final Duration START_LIMIT = Duration.ofSeconds(15);
  private static final Duration COMMAND_LIMIT = Duration.ofSeconds(10);

  private Peers() {}

  static Peer nginx() {
    return new PlainProxy(
        Gateway.FLOOR,
        "nginx, 2 workers, plain reverse proxy, upstream keep-alive",
        "nginx",
        List.of("-v"),
        Peers::nginxCommand);
  }

  static Peer haproxy() {
    return new PlainProxy(
        "haproxy",
        "HAProxy, 2 threads, plain reverse proxy, connections reused",
        "haproxy",
        List.of("-v"),
        Peers::haproxyCommand);
  }

  /** Writes the configuration into the folder and gives the command that runs in the foreground. */
  @FunctionalInterface
  private interface Configured {
    List<String> command(Path folder, int port, URI mock) throws IOException;
  }

  private record PlainProxy(
      String name, String what, String program, List<String> versionFlags, Configured configured)
      implements Peer {

    @Override
    public List<String> names() {
      return List.of(name);
    }

    @Override
    public List<Gateway> start(Workshop workshop, URI mock) throws Unavailable, IOException {
      var ask = new ArrayList<String>(List.of(program));
      ask.addAll(versionFlags);
      String version = Workshop.output(ask, COMMAND_LIMIT).lines().findFirst().orElse("");
      int port = Workshop.freePort();
      URI url = URI.create("http://127.0.0.1:" + port);
      List<String> command = configured.command(workshop.folder(name), port, mock);
      long from = System.nanoTime();
      Process process = workshop.start(name, Cores.bound(workshop.cores().gateway(), command));
      Duration took = workshop.awaitReady(name, url.resolve("/health"), process, from, START_LIMIT);
      return List.of(new Gateway(name, what, url, process.pid(), version, false, took));
    }
  }

  private static List<String> nginxCommand(Path folder, int port, URI mock) throws IOException {
    // Only the superuser's nginx changes its user; then it must stay the one that owns the folder.
    String user = "root".equals(System.getProperty("user.name")) ? "user root;" : "";
    Path file =
        Files.writeString(
            folder.resolve("nginx.conf"),
            """
            %s
            daemon off;
            worker_processes 2;
            worker_rlimit_nofile 16384;
            pid %2$s/nginx.pid;
            error_log %2$s/error.log error;
            events { worker_connections 8192; }
            http {
              access_log off;
              client_body_temp_path %2$s/body;
              proxy_temp_path %2$s/proxy;
              fastcgi_temp_path %2$s/fastcgi;
              uwsgi_temp_path %2$s/uwsgi;
              scgi_temp_path %2$s/scgi;
              keepalive_requests 1000000000;
              keepalive_timeout 300s;
              tcp_nodelay on;
              upstream mock {
                server %4$s;
                keepalive 1024;
                keepalive_requests 1000000000;
                keepalive_timeout 300s;
              }
              server {
                listen 127.0.0.1:%3$d backlog=4096;
                location / {
                  proxy_pass http://mock;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_buffering off;
                  proxy_read_timeout 300s;
                }
              }
            }
            """
                .formatted(user, folder, port, mock.getAuthority()));
    return List.of(
        "nginx", "-c", file.toString(), "-p", folder.toString(), "-e", folder + "/error.log");
  }

  private static List<String> haproxyCommand(Path folder, int port, URI mock) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("haproxy.cfg"),
            """
            global
              nbthread 2
              maxconn 8192
              log /dev/null local0 emerg
            defaults
              mode http
              timeout connect 5s
              timeout client 300s
              timeout server 300s
              timeout http-keep-alive 300s
              option http-keep-alive
              option http-no-delay
              http-reuse always
            frontend front
              bind 127.0.0.1:%d backlog 4096
              default_backend mock
            backend mock
              server mock %s maxconn 8192 pool-max-conn 2048
            """
                .formatted(port, mock.getAuthority()));
    return List.of("haproxy", "-db", "-f", file.toString());
  }
}
