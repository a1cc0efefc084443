package io.hashring.interop;

import static io.hashring.interop.RandomMembers.assertThatBothAgree;

import io.hashring.Required;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running nginx and a ring send the same keys to the same servers. */
final class NginxLiveTest {

  private static final int SETS = 6;

  @TempDir
  private Path directory;

  @Test
  @Timeout(120)
  @SuppressWarnings("try") // a program runs for as long as its resource is open
  void locate_randomServersAndKeys_isTheChoiceOfNginx() throws Exception {
    Path nginx = Required.program("nginx", "nginx");
    Random random = new Random(7);
    List<Integer> ports = LocalProgram.freePorts(13);
    int front = ports.get(12);
    List<String> servers = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      servers.add(
          switch (i % 4) {
            case 0 -> "unix:" + directory.resolve(i + ".sock");
            case 1 -> "127.0.0." + (1 + i) + ":" + ports.get(i);
            default -> "127.0.0.1:" + ports.get(i);
          });
    }
    List<Map<String, Double>> sets = new ArrayList<>();
    for (int i = 0; i < SETS; i++) {
      sets.add(RandomMembers.of(servers, 5, random));
    }
    Files.writeString(directory.resolve("nginx.conf"), configuration(front, servers, sets));
    try (var program = start(nginx, directory, front)) {
      for (int i = 0; i < SETS; i++) {
        String path = "/" + i;
        assertThatBothAgree(
            "nginx",
            RandomMembers.ring(ProxyPlacements.nginx(), sets.get(i)),
            RandomMembers.asciiKeys(random),
            key -> HttpBalancer.choice(front, path, key));
      }
    }
  }

  /** Starts it with the configuration of a directory. */
  static LocalProgram start(Path nginx, Path directory, int port) throws Exception {
    Path errors = directory.resolve("error.log");
    Path configuration = directory.resolve("nginx.conf");
    return LocalProgram.start(
        directory, port, nginx, "-p", directory, "-e", errors, "-c", configuration);
  }

  private static String configuration(
      int front, List<String> servers, List<Map<String, Double>> sets) {
    StringBuilder upstreams = new StringBuilder();
    StringBuilder locations = new StringBuilder();
    for (int i = 0; i < sets.size(); i++) {
      upstreams.append("upstream ring%d {\n  hash $http_x_key consistent;\n".formatted(i));
      sets.get(i)
          .forEach((server, weight) ->
              upstreams.append("  server %s weight=%.0f max_fails=0;\n".formatted(server, weight)));
      upstreams.append("}\n");
      locations.append("location /%d { proxy_pass http://ring%d; }\n".formatted(i, i));
    }
    StringBuilder origins = new StringBuilder();
    for (String server : servers) {
      origins.append("server { listen %s; return 200 \"%s\"; }\n".formatted(server, server));
    }
    return nginxConfiguration(
        upstreams + "server { listen 127.0.0.1:" + front + ";\n" + locations + "}\n" + origins);
  }

  /** A configuration that writes nowhere but beside itself. */
  static String nginxConfiguration(String http) {
    return """
        daemon off;
        user %s;
        worker_processes 1;
        pid nginx.pid;
        events { worker_connections 256; }
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
        %s
        }
        """.formatted(System.getProperty("user.name"), http);
  }
}
