package io.hashring.bench;

import static io.hashring.bench.Processes.LOOPBACK;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The clients, which are {@code wrk}: a few connections, each with one request after the other. */
final class Wrk {

  /** As many as its script holds ready; each is asked for as often as any other. */
  static final int PATHS = 1_000;

  /** Of one answer: longer than any balancer needs to try elsewhere, on a slow machine too. */
  private static final int TIMEOUT_SECONDS = 10;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String SCRIPT = """
      local paths = {}
      local at = 0
      local started = 0
      function setup(thread)
        thread:set("first", started * 397)
        started = started + 1
      end
      function init(arguments)
        at = first
        for i = 0, %1$d - 1 do
          paths[i] = wrk.format("GET", "/users/" .. i)
        end
      end
      function request()
        at = (at + 1) %% %1$d
        return paths[at]
      end
      function done(summary, latency, requests)
        local e = summary.errors
        io.write(string.format("result requests=%%d us=%%d p99=%%.0f failed=%%d",
          summary.requests, summary.duration, latency:percentile(99),
          e.connect + e.read + e.write + e.timeout + e.status))
        io.write(string.format(" (connect %%d, read %%d, write %%d, timeout %%d, status %%d)\\n",
          e.connect, e.read, e.write, e.timeout, e.status))
      end
      """.formatted(PATHS);

  private final Processes processes;
  private final int connections;
  private final Path script;

  /**
   * What it says at its end.
   *
   * @param failed requests that had another status than 200, or none
   * @param how they failed
   */
  record Load(long requests, double seconds, double latency99Millis, long failed, String how) {

    private static final Pattern PATTERN =
        Pattern.compile("result requests=(\\d+) us=(\\d+) p99=([\\d.]+) failed=(\\d+) \\((.*)\\)");

    static Load parse(String output) {
      Matcher matcher = PATTERN.matcher(output);
      if (!matcher.find()) {
        throw new IllegalStateException("wrk did not end as it should:\n" + output);
      }
      return new Load(
          Long.parseLong(matcher.group(1)),
          Long.parseLong(matcher.group(2)) / 1e6,
          Double.parseDouble(matcher.group(3)) / 1e3,
          Long.parseLong(matcher.group(4)),
          matcher.group(5));
    }

    double requestsPerSecond() {
      return requests / seconds;
    }
  }

  Wrk(Processes processes, int connections) throws IOException {
    this.processes = processes;
    this.connections = connections;
    this.script = Files.writeString(processes.folder().resolve("paths.lua"), SCRIPT);
  }

  Load run(int port, int seconds) throws Exception {
    return Load.parse(processes.outputOf(command(port, seconds), PATIENCE.plusSeconds(seconds)));
  }

  /** Begins a load that ends by itself; {@link Load} reads what it then has said under the name. */
  Process start(String name, int port, int seconds) throws IOException {
    return processes.start(name, command(port, seconds));
  }

  private List<String> command(int port, int seconds) {
    return List.of(
        Processes.program("wrk"),
        "-t2",
        "-c" + connections,
        "-d" + seconds + "s",
        "--timeout",
        TIMEOUT_SECONDS + "s",
        "-s",
        script.toString(),
        "http://" + LOOPBACK + ":" + port + "/");
  }
}
