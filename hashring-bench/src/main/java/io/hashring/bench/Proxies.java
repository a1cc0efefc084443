package io.hashring.bench;

import static io.hashring.bench.Processes.LOOPBACK;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** How each of the servers of {@link Http} is set up: for the same work, and at its best. */
final class Proxies {

  private final Processes processes;
  private final String demo;
  private final List<String> javaOptions;

  /**
   * @param demo the class path of hashring-demo
   * @param javaOptions for its balancer
   */
  Proxies(Processes processes, String demo, List<String> javaOptions) {
    this.processes = processes;
    this.demo = demo;
    this.javaOptions = javaOptions;
  }

  /** Servers that say a few words to whatever they are asked. */
  void startOrigins(List<Integer> ports) throws Exception {
    StringBuilder servers = new StringBuilder();
    for (int port : ports) {
      servers.append("""
          server {
            listen %s:%d backlog=1024;
            location / { default_type text/plain; return 200 "port %2$d says hello to you\\n"; }
          }
          """.formatted(LOOPBACK, port));
    }
    startNginx("origins", 1, servers.toString());
    for (int port : ports) {
      processes.awaitAnswer(port, "/heartbeat");
    }
  }

  Process startNginx(int port, List<Integer> origins) throws IOException {
    String upstream = String.join("; server ", addresses(origins));
    return startNginx("nginx", 2, """
        upstream origins {
          hash $uri consistent;
          server %s;
          keepalive 64;
          keepalive_requests 100000000;
        }
        server {
          listen %s:%d backlog=1024;
          location / {
            proxy_pass http://origins;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
          }
        }
        """.formatted(upstream, LOOPBACK, port));
  }

  private Process startNginx(String name, int workers, String servers) throws IOException {
    Path home = Files.createDirectories(processes.folder().resolve(name));
    Path configuration =
        Files.writeString(home.resolve("nginx.conf"), """
        daemon off;
        worker_processes %d;
        pid %s/pid;
        error_log stderr warn;
        events { worker_connections 1024; }
        http {
          access_log off;
          keepalive_timeout 600;
          keepalive_requests 100000000;
          client_body_temp_path %2$s/1;
          proxy_temp_path %2$s/2;
          fastcgi_temp_path %2$s/3;
          uwsgi_temp_path %2$s/4;
          scgi_temp_path %2$s/5;
          %3$s
        }
        """.formatted(workers, home, servers));
    String nginx = Processes.program("nginx");
    return processes.start(name, List.of(nginx, "-c", configuration.toString(), "-p", home + "/"));
  }

  Process startHaproxy(int port, List<Integer> origins) throws IOException {
    StringBuilder servers = new StringBuilder();
    for (int origin : origins) {
      servers.append("  server s%1$d %2$s:%1$d\n".formatted(origin, LOOPBACK));
    }
    Path configuration = Files.writeString(
        processes.folder().resolve("haproxy.cfg"), """
        global
          nbthread 2
          maxconn 4096
        defaults
          mode http
          timeout connect 5s
          timeout client 60s
          timeout server 60s
          option http-keep-alive
        frontend front
          bind %s:%d
          default_backend origins
        backend origins
          balance uri
          hash-type consistent
          http-reuse always
        %s""".formatted(LOOPBACK, port, servers));
    String haproxy = Processes.program("haproxy");
    return processes.start("haproxy", List.of(haproxy, "-db", "-f", configuration.toString()));
  }

  Process startBalancer(String java, int port, List<Integer> origins) throws IOException {
    String replicas = String.join(",", addresses(origins));
    return startDemo(
        "balancer-" + port, java, javaOptions, "--port", "" + port, "--replicas", replicas);
  }

  Process startReplica(String java, int port) throws IOException {
    List<String> small = List.of("-Xmx64m", "-XX:TieredStopAtLevel=1");
    return startDemo("replica-" + port, java, small, "replica", "--port", "" + port);
  }

  private Process startDemo(String name, String java, List<String> options, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(java));
    command.addAll(options);
    command.addAll(List.of("-cp", demo, "io.hashring.demo.Main"));
    command.addAll(Stream.of(arguments).toList());
    return processes.start(name, command);
  }

  private static List<String> addresses(List<Integer> ports) {
    return ports.stream().map(port -> LOOPBACK + ":" + port).toList();
  }
}
