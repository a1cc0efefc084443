package io.hashring.demo.analysis;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The four experiments that are made with balancers like this one: an even spread, more servers, a
 * server that dies, other hash functions. Requests go over HTTP to servers of this process, and
 * what is found stands on a page with charts. The same requests are sent each time; only the times
 * of an outage are of the run.
 */
public final class Analysis {

  private static final int KEYS_SEED = 15;

  /**
   * How much is tried.
   *
   * @param requests to each number of servers
   * @param perSecond how many a second while a server dies
   * @param outage how long that experiment takes
   */
  public record Size(int requests, int perSecond, Duration outage) {

    /** That of the exercises: 10,000 requests. */
    public static final Size FULL = new Size(10_000, 200, Duration.ofSeconds(18));
  }

  private final Vertx vertx;
  private final Balancers balancers;
  private final Size size;
  private final PrintWriter terminal;

  /**
   * Does nothing before it is run.
   *
   * @param vertx which runs the servers that die
   * @param balancers where balancers come from
   * @param terminal where the progress is shown
   */
  public Analysis(Vertx vertx, Balancers balancers, Size size, PrintWriter terminal) {
    this.vertx = vertx;
    this.balancers = balancers;
    this.size = size;
    this.terminal = terminal;
  }

  /**
   * What was found.
   *
   * @param spreads of each placement
   * @param others the same with other hash functions
   */
  record Findings(
      Size size, List<Spread> spreads, List<Spread> others, Map<Subject, Outage.Result> outages) {}

  /**
   * Makes the experiments and writes the page, {@code analysis.md}, and its charts. If it fails or
   * is interrupted, nothing is left behind.
   *
   * @param directory which must be empty, or not there yet
   * @throws IllegalArgumentException if it is not
   * @throws IllegalStateException if a request is not answered, or letters cannot be drawn
   */
  public void run(Path directory) throws Exception {
    ChartFiles.checkFonts();
    try (NewFolder folder = NewFolder.at(directory)) {
      write(measure(), folder.draft());
      folder.publish();
    }
  }

  Findings measure() throws Exception {
    Outage outage = new Outage(3, size.perSecond(), size.outage());
    long spreads = 2L * Subject.values().length * (Spread.MOST - Spread.FEWEST + 1);
    Progress progress = new Progress(
        terminal, spreads * size.requests() + Subject.values().length * outage.requests());
    int[] requests = new Random(KEYS_SEED)
        .ints(size.requests(), Subject.FIRST_REQUEST, Subject.LAST_REQUEST + 1)
        .toArray();
    List<Spread> own = new ArrayList<>();
    List<Spread> others = new ArrayList<>();
    Map<Subject, Outage.Result> outages = new EnumMap<>(Subject.class);
    try (Traffic traffic = new Traffic()) {
      for (Subject subject : Subject.values()) {
        own.add(Spread.measure(subject, false, requests, balancers, traffic, progress));
        progress.begin("a server dies, " + subject.title(false));
        outages.put(
            subject, outage.run(vertx, balancers, subject.placement(false), traffic, progress));
        others.add(Spread.measure(subject, true, requests, balancers, traffic, progress));
      }
      progress.end("100 %: all experiments are made");
    } catch (Exception e) {
      progress.end("stopped");
      throw e;
    }
    return new Findings(size, List.copyOf(own), List.copyOf(others), outages);
  }

  static void write(Findings findings, Path folder) throws IOException {
    Path charts = Files.createDirectory(folder.resolve("analysis"));
    ChartFiles.write(Charts.counts(findings.spreads(), 3), charts, "counts");
    ChartFiles.write(
        Charts.peaks("The busiest server, over the mean", findings.spreads()), charts, "peaks");
    ChartFiles.write(Charts.moved(findings.spreads()), charts, "moved");
    ChartFiles.write(
        Charts.peaks("The same with other hash functions", findings.others()), charts, "others");
    for (Map.Entry<Subject, Outage.Result> outage : findings.outages().entrySet()) {
      Subject subject = outage.getKey();
      ChartFiles.write(
          Charts.outage("server2 dies and comes back: " + subject.title(false), outage.getValue()),
          charts,
          Page.outageChart(subject));
    }
    Files.writeString(folder.resolve("analysis.md"), Page.of(findings));
  }
}
