package io.hashring.demo.browser;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How the dashboard looks, to eyes and to screen readers, in both themes and at both widths. */
@ExtendWith(Chromium.Extension.class)
final class DashboardLooksIT {

  private final Chromium chromium;

  DashboardLooksIT(Chromium chromium) {
    this.chromium = chromium;
  }

  private static String axe() throws Exception {
    try (InputStream in = DashboardLooksIT.class.getResourceAsStream("/axe.min.js")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** As much on the page as there can be. */
  private void fill(Balancer balancer, Dashboard page) throws Exception {
    for (int i = 0; i < 30; i++) {
      balancer.get("/users/" + i % 7);
    }
    page.lookUp("users/42");
    page.add("server9", "2");
    page.drain("server2");
    page.awaitPlan();
    chromium.click("#ranges summary");
    chromium.awaitText("#top-table tbody", "users/");
    chromium.awaitText("#key-answer", "users/42 is on");
  }

  /** What axe finds wrong with the page as it is. */
  private List<?> violations() {
    return (List<?>) chromium.runAsync("""
        const done = arguments[arguments.length - 1];
        axe.run(document, {resultTypes: ['violations']}).then(found => done(
            found.violations.flatMap(rule =>
                rule.nodes.map(node => rule.id + ': ' + node.failureSummary + ' ' + node.html))));
        """);
  }

  @Test
  void page_isForEverybody() throws Exception {
    try (Balancer balancer = Balancer.start("--max-load", "1.25")) {
      Dashboard page = Dashboard.open(chromium, balancer);
      fill(balancer, page);
      chromium.run(axe());
      for (int width : new int[] {360, 1600}) {
        for (boolean dark : new boolean[] {false, true}) {
          chromium.look(width, 900, dark);
          assertThat(violations()).as("%s px, dark: %s", width, dark).isEmpty();
          assertThat(chromium.run("return document.documentElement.scrollWidth"))
              .as("nothing is beyond the edge")
              .isEqualTo(chromium.run("return document.documentElement.clientWidth"));
        }
      }
      chromium.assertQuiet(page.url());
    }
  }

  @Test
  void lockedPage_isForEverybody() throws Exception {
    try (Balancer balancer = Balancer.start("--admin-token", "s3cret")) {
      Dashboard.open(chromium, balancer.port());
      chromium.awaitText("#locked", "asks for its admin token");
      chromium.run(axe());
      assertThat(violations()).isEmpty();
      assertThat(chromium.run("return document.activeElement.id")).isEqualTo("token");
    }
  }

  @Test
  void hundredNodes_areDrawnWithinASecond() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "100")) {
      List<Double> millis = new ArrayList<>();
      Dashboard page = Dashboard.open(chromium, balancer);
      for (int load = 0; load < 3; load++) { // other tests may have the processors meanwhile
        chromium.open(page.url());
        page.awaitLive(100);
        Object drawn =
            chromium.run("return performance.getEntriesByName('hashring:drawn')[0].startTime");
        millis.add(((Number) drawn).doubleValue());
      }
      System.out.println("100 nodes of 160 points are drawn after ms: " + millis);
      assertThat(millis).anyMatch(time -> time < 1000);
      assertThat(chromium.text("#summary")).contains("100 nodes, 16,000 points");

      List<Double> places = new ArrayList<>();
      for (int i = 0; i < 2000; i++) {
        places.add((i + 0.5) / 2000);
      }
      eventually(
          "the whole ring is painted, in many colours",
          () -> page.colours(places, Dashboard.RING).stream().distinct().count() >= 90);
      chromium.assertQuiet(page.url());
    }
  }
}
