package io.hashring.demo.analysis;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import com.google.common.base.Ascii;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The page that tells what was found, in Markdown. */
final class Page {

  private final Analysis.Findings findings;
  private final StringBuilder text = new StringBuilder();

  private Page(Analysis.Findings findings) {
    this.findings = findings;
  }

  static String of(Analysis.Findings findings) throws IOException {
    Page page = new Page(findings);
    page.head();
    page.counts();
    page.growth();
    page.moved();
    page.outages();
    page.others();
    return page.text.toString();
  }

  static String outageChart(Subject subject) {
    return "outage-" + Ascii.toLowerCase(subject.name());
  }

  @FormatMethod
  private void say(@FormatString String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private void row(Object... cells) {
    say("%s", Stream.of(cells).map(String::valueOf).collect(joining(" | ", "| ", " |")));
  }

  private static String decimal(double number) {
    return String.format(Locale.ROOT, "%.2f", number);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private void head() throws IOException {
    say("# Four experiments on the load balancer");
    say("");
    say(
        """
        The experiments that courses ask for when they let students write such a balancer: how \
        evenly requests spread over
        three servers, what more servers change, what happens when one dies, and what other hash \
        functions do. Requests
        went over HTTP through this balancer to servers in its process; which server had one is \
        what its answer says.
        Keys are numbers of six digits, the same %,d of them for each number of servers. Three \
        rings are compared:

        - **%s**: request i lies in slot `i² + 2i + 17`, point j of server i in slot \
        `i² + j² + 2j + 25`, of 512 slots;
          9 points for each server; a slot that is taken stays with who was there first.
        - **%s**: slots are `MD5(key) mod 512` and `MD5("server1-0") mod 512`, 9 points for each \
        server; a point that meets
          another takes its slot over.
        - **%s**: the library's own, 160 points for each server on a circle of \
        2^64 positions.

        The peak to mean says how many times the mean the busiest server has: 1 is perfect.""",
        findings.size().requests(),
        Subject.TEXTBOOK.title(false),
        Subject.MD5.title(false),
        Subject.V1.title(false));
    say("");
    say("%s. To repeat it:", Machine.line());
    say("");
    say("```");
    say("./mvnw -q -Pdemo -Ddemo.args=\"--analyze DIR\"");
    say("```");
  }

  private void counts() {
    say("");
    say("## 1. Three servers");
    say("");
    say("![Requests of each of three servers](analysis/counts.svg)");
    say("");
    row("requests", "server1", "server2", "server3", "peak to mean");
    row("---", "---:", "---:", "---:", "---:");
    for (Spread spread : findings.spreads()) {
      Counts counts = spread.counts(3);
      row(
          spread.title(),
          counts.byServer().values().stream()
              .map(count -> String.format(Locale.ROOT, "%,d", count))
              .collect(joining(" | ")),
          decimal(counts.peakToMean()));
    }
    say("");
    say("""
        The dashed line is the mean. The textbook functions cannot reach it, whatever the \
        requests: a square modulo 512
        takes few values, and all %,d numbers of six digits fall into %d of the 512 slots. \
        MD5 has no such pattern, but with
        9 points a server the arcs are few, and how even they come out is luck: good here, and \
        less so below. 160 points leave
        less to luck.""", Subject.ALL_REQUESTS, slots());
  }

  /** In how many slots requests lie under the textbook's function. */
  private static long slots() {
    var slot = Subject.TEXTBOOK.placement(false).keyFunction();
    return IntStream.rangeClosed(Subject.FIRST_REQUEST, Subject.LAST_REQUEST)
        .mapToLong(request -> slot.hash(Integer.toString(request)))
        .distinct()
        .count();
  }

  private void growth() {
    say("");
    say("## 2. Two to six servers");
    say("");
    say("![Peak to mean by the number of servers](analysis/peaks.svg)");
    tables(findings.spreads());
    say("");
    say("""
        The mean falls as it must, as the requests are divided by more servers. Under the \
        textbook functions the peak grows
        almost as fast as the number of servers: one of them has nearly all, and a new server \
        helps nobody. *All numbers* is
        the peak to mean if each of the %,d numbers came once; that the sample is near it shows \
        that this is the ring, and
        not chance.""", Subject.ALL_REQUESTS);
  }

  private void tables(List<Spread> spreads) {
    for (Spread spread : spreads) {
      say("");
      say("%s:", spread.title());
      say("");
      row("servers", "mean", "least", "most", "standard deviation", "peak to mean", "all numbers");
      row("---:", "---:", "---:", "---:", "---:", "---:", "---:");
      spread
          .measured()
          .forEach((servers, counts) -> row(
              servers,
              String.format(Locale.ROOT, "%,.0f", counts.mean()),
              String.format(Locale.ROOT, "%,d", counts.least()),
              String.format(Locale.ROOT, "%,d", counts.most()),
              String.format(Locale.ROOT, "%,.0f", counts.deviation()),
              decimal(counts.peakToMean()),
              decimal(requireNonNull(spread.ofAll().get(servers)).peakToMean())));
    }
  }

  private void moved() {
    say("");
    say("### What moves when a server joins");
    say("");
    say("![Part of the requests that moves](analysis/moved.svg)");
    say("");
    Function<Spread.Moved, String> both =
        moved -> percent(moved.all()) + " (" + percent(moved.needless()) + ")";
    row("servers", titles(findings.spreads()), "an even share");
    row("---", "---: | ".repeat(findings.spreads().size()) + "---:");
    for (int servers = Spread.FEWEST + 1; servers <= Spread.MOST; servers++) {
      int now = servers;
      row(
          (servers - 1) + " to " + servers,
          findings.spreads().stream()
              .map(spread -> both.apply(requireNonNull(spread.moved().get(now))))
              .collect(joining(" | ")),
          percent(1.0 / servers));
    }
    say("");
    say("""
        In brackets: requests that went from one old server to another, for nothing. A ring moves \
        requests to the newcomer
        only, so it is 0 for all three, poor functions or not; with `hash mod n` most would \
        move. How much moves is the
        share that the newcomer gets, and so as uneven as the ring is.""");
  }

  private static String titles(List<Spread> spreads) {
    return spreads.stream().map(Spread::title).collect(joining(" | "));
  }

  private void outages() {
    Outage any = requireNonNull(findings.outages().get(Subject.V1)).outage();
    say("");
    say("## 3. A server dies and comes back");
    say("");
    say("""
        Three servers, %d requests a second. After a third of the time server2 is killed, its port \
        closed and its connections
        cut; after two thirds it is there again, at the same address. The dashed lines are these \
        moments.""", any.perSecond());
    for (Subject subject : Subject.values()) {
      say("");
      say(
          "![%s: requests a second of each server](analysis/%s.svg)",
          subject.title(false), outageChart(subject));
    }
    say("");
    row("", "requests", "answered", "lost", "sent to another server for nothing", "back after");
    row("---", "---:", "---:", "---:", "---:", "---:");
    for (Map.Entry<Subject, Outage.Result> outage : findings.outages().entrySet()) {
      Outage.Result result = outage.getValue();
      int back = result.backInBin();
      row(
          outage.getKey().title(false),
          String.format(Locale.ROOT, "%,d", any.requests()),
          String.format(Locale.ROOT, "%,d", result.answered()),
          result.lost(),
          result.strays(),
          back == 0
              ? "not within the run"
              : String.format(
                  Locale.ROOT,
                  "%.1f s",
                  (back + 1 - 2 * result.bins().size() / 3) * result.secondsPerBin()));
    }
    say("");
    say("""
        A connection that is refused takes the server down at once, and a GET that broke off goes \
        on to the next server of its
        key's preference list; so a death need cost no request. The dead server's requests go to \
        the next servers on the
        circle, and nobody else's go anywhere: that is the last but one column. The server is \
        sent requests again when it has
        passed two checks, a second apart. Where it has few points, one neighbour may take over \
        all that it had.""");
  }

  private void others() {
    say("");
    say("## 4. Other hash functions");
    say("");
    say("![Peak to mean with other hash functions](analysis/others.svg)");
    tables(findings.others());
    say("");
    say("""
        With functions that mix their bits the exercise's ring is as even as 9 points allow, and \
        no longer off by the number of
        servers: its functions were the fault, not the idea of a ring. The MD5 ring stays as \
        uneven as it was, since MD5 was never
        the trouble: its points are few. Placement v1 is even with either function. So choose any \
        good function, and then
        enough points.""");
  }
}
