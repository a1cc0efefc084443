package io.hashring.demo.browser;

import static io.hashring.demo.Eventually.eventually;
import static io.hashring.demo.browser.Dashboard.fraction;
import static io.hashring.demo.browser.Dashboard.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hashring.HashRing;
import io.hashring.RingDiff;
import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Health;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openqa.selenium.Keys;

/** What a person does with the dashboard, in a real browser. */
@ExtendWith(Chromium.Extension.class)
final class DashboardIT {

  /** What would be a picture, and then a program, if anything took it for markup. */
  private static final String MARKUP = "<img src=x onerror=alert(1)>";

  private final Chromium chromium;

  DashboardIT(Chromium chromium) {
    this.chromium = chromium;
  }

  private static String percent(double part) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * part);
  }

  // Looking

  @Test
  void circle_hasTheColoursOfTheOwners() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      Dashboard page = Dashboard.open(chromium, balancer);
      HashRing<Backend> ring = balancer.members().ring();
      page.awaitPainted(ring);
      assertThat(chromium.text("#summary"))
          .contains("3 nodes, 480 points")
          .contains(HexFormat.of().toHexDigits(ring.checksum()));
      assertThat(page.nodes()).containsExactly("server1", "server2", "server3");
      for (Backend node : ring.nodes()) {
        assertThat(chromium.text(row(node.name()) + " .share"))
            .contains(percent(ring.ownership().share(node)));
      }
      assertThat(chromium.text("#balance"))
          .contains(String.format(Locale.ROOT, "%.2f ×", ring.ownership().peakToMean()))
          .contains("would give");
      chromium.assertQuiet(page.url());
    }
  }

  @Test
  void key_isLookedUp() throws Exception {
    try (Balancer balancer = Balancer.start("--max-load", "1.5")) {
      Dashboard page = Dashboard.open(chromium, balancer);
      HashRing<Backend> ring = balancer.members().ring();
      for (String key : List.of("users/42", "grüße/€", "a b+c&d=e#f%20", "\u202eevil")) {
        page.lookUp(key);
        long position = ring.position(key);
        String owner = ring.locate(key).name();
        chromium.awaitText(
            "#key-answer", "is on " + owner + ", its owner", HexFormat.of().toHexDigits(position));
        assertThat(chromium.texts("#key-answer .preference span:not(.chip)"))
            .containsExactlyElementsOf(
                ring.preferenceList(key).stream().map(Backend::name).toList());
        assertThat(page.pointedAt()).startsWith(owner + ", from ");
        assertThat(chromium.text("#readout")).contains(owner);
      }
      assertThat(chromium.text("#key-answer")).as("nothing turns the text").contains("\\u{202e}");
      assertThat(balancer.nodeOf("/users/42")).isEqualTo(ring.locate("users/42").name());
      chromium.assertQuiet(page.url());
    }
  }

  @Test
  void requests_areSeenAsTheyLand() throws Exception {
    try (Balancer balancer = Balancer.start("--key", "header:X-User")) {
      Dashboard page = Dashboard.open(chromium, balancer);
      for (int i = 0; i < 20; i++) {
        assertThat(balancer.get("/", "X-User", "hot").statusCode()).isEqualTo(200);
      }
      String owner = balancer.nodeOf("/", "X-User", "hot");
      chromium.awaitText("#live-table", "hot", owner, "200");
      chromium.awaitText("#top-table tbody", "hot");
      chromium.awaitText("#heat-words", "The hottest of 256 parts", owner);
      eventually(
          "its requests are counted",
          () -> chromium.text(row(owner) + " [data-label=Requests]").equals("21"));

      chromium.click("#top-table button");
      chromium.awaitText("#key-answer", "hot is on " + owner);
      chromium.assertQuiet(page.url());
    }
  }

  @Test
  void circle_byKeyboard() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      Dashboard page = Dashboard.open(chromium, balancer);
      chromium.run("document.getElementById('marks').focus()");
      chromium.press(Keys.HOME);
      String first = page.pointedAt();
      chromium.press(Keys.ARROW_RIGHT);
      assertThat(page.pointedAt()).isNotEqualTo(first);
      chromium.press(Keys.ARROW_LEFT);
      assertThat(page.pointedAt()).isEqualTo(first);
      chromium.press(Keys.ARROW_LEFT);
      String last = page.pointedAt();
      chromium.press(Keys.END);
      assertThat(page.pointedAt()).isEqualTo(last);

      String owner = last.replaceFirst(",.*", "");
      assertThat(chromium.text("#readout")).startsWith(owner);
      chromium.press(Keys.ENTER);
      assertThat(chromium.attribute(row(owner) + " .name", "aria-pressed")).isEqualTo("true");
      chromium.press(Keys.ESCAPE);
      assertThat(chromium.attribute(row(owner) + " .name", "aria-pressed")).isEqualTo("false");
      chromium.assertQuiet(page.url());
    }
  }

  @Test
  void ranges_asATable() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      Dashboard page = Dashboard.open(chromium, balancer);
      JsonObject arcs = new JsonObject(balancer.get("/_lb/arcs").body());
      int count = arcs.getJsonArray("ends").size();
      chromium.click("#ranges summary");
      chromium.awaitText("#ranges-body", count + " ranges of all nodes, page 1 of ");
      assertThat(chromium.all("#ranges-body tbody tr")).hasSize(40);
      chromium.click("#ranges-body button:last-child");
      chromium.awaitText("#ranges-body", "page 2 of");
      String last =
          String.format(Locale.ROOT, "%.5f %%", 100 * arcs.getJsonArray("ends").getDouble(79));
      assertThat(chromium.text("#ranges-body tbody tr:last-child")).contains(last);

      chromium.click(row("server2") + " .name");
      chromium.awaitText("#ranges-body", "ranges of server2, page 1 of");
      chromium.assertQuiet(page.url());
    }
  }

  // Changing

  @Test
  void server_isAdded_andTheArcsChange() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      Dashboard page = Dashboard.open(chromium, balancer);
      HashRing<Backend> before = balancer.members().ring();
      page.awaitPainted(before);
      assertThat(chromium.find("#plan-name").getDomProperty("value")).isEqualTo("server4");
      chromium.click("#plan-form button");
      page.awaitPlan();
      assertThat(balancer.members().size()).as("on paper only").isEqualTo(3);
      page.doIt();

      page.awaitLive(4);
      HashRing<Backend> after = balancer.members().ring();
      RingDiff<Backend> diff = before.diff(after);
      assertThat(chromium.text("#outcome")).contains(percent(diff.movedFraction()));
      chromium.click("#moves-off");
      page.awaitPainted(after);
      assertThat(balancer.replicas()).contains("server4");

      chromium.click("#change-list button");
      chromium.awaitText("#moves-words", diff.moves().size() + " ranges that moved");
      assertThat(chromium.text("#change-list")).contains("server4 joined");
      chromium.assertQuiet(page.url());
    }
  }

  @Test
  void planOfARemoval_comesTrueToTheLastRange() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      Dashboard page = Dashboard.open(chromium, balancer);
      HashRing<Backend> before = balancer.members().ring();
      Backend leaving = before.find("server2").orElseThrow();
      page.remove("server2");
      page.awaitPlan();
      JsonObject plan = new JsonObject(chromium.answer("/_lb/plan"));
      assertThat(chromium.text("#outcome")).contains(percent(before.ownership().share(leaving)));
      assertThat(chromium.text("#gains")).contains("server2", "→ 0 %", "− ", "+ ");
      HashRing<Backend> planned = before.without(leaving);
      assertBandIsOf(page, before.diff(planned));

      page.doIt();
      HashRing<Backend> after = balancer.members().ring();
      assertThat(after.checksum()).isEqualTo(planned.checksum());
      assertThat(plan.getString("checksumAfter"))
          .isEqualTo(HexFormat.of().toHexDigits(after.checksum()));
      assertSameRanges(plan.getJsonArray("arcs"), before.diff(after));
      page.awaitLive(2);
      assertThat(balancer.replicas()).doesNotContain("server2");
      chromium.assertQuiet(page.url());
    }
  }

  /** On the outer band is who would get each range, as far as a range can be seen. */
  private void assertBandIsOf(Dashboard page, RingDiff<Backend> diff) throws Exception {
    List<Double> middles = new ArrayList<>();
    List<List<Long>> expected = new ArrayList<>();
    for (RingDiff.Move<Backend> move : diff.moves()) {
      if (move.fraction() > Dashboard.SEEN) {
        middles.add((fraction(move.range().from()) + move.fraction() / 2) % 1);
        expected.add(page.colour(move.to().name()));
      }
    }
    assertThat(middles).hasSizeGreaterThan(20);
    eventually(
        "the band shows who gets what",
        () -> page.colours(middles, Dashboard.BAND).equals(expected));
  }

  private static void assertSameRanges(JsonArray arcs, RingDiff<Backend> diff) {
    assertThat(arcs.size()).isEqualTo(diff.moves().size()).isGreaterThan(50);
    List<JsonArray> planned = new ArrayList<>();
    arcs.forEach(arc -> planned.add((JsonArray) arc));
    for (RingDiff.Move<Backend> move : diff.moves()) {
      assertThat(planned).anySatisfy(arc -> {
        assertThat(arc.getDouble(0)).isCloseTo(fraction(move.range().from()), within(1e-9));
        assertThat(arc.getDouble(1)).isCloseTo(fraction(move.range().to()), within(1e-9));
        assertThat(arc.getString(2)).isEqualTo(move.from().name());
        assertThat(arc.getString(3)).isEqualTo(move.to().name());
      });
    }
  }

  @Test
  void severalSteps_areOneChange() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      Dashboard page = Dashboard.open(chromium, balancer);
      long version = balancer.members().version();
      page.add("big", "2");
      page.weigh("server1", "0.5");
      page.drain("server3");
      eventually("three steps are on paper", () -> chromium.all("#paper li").size() == 3);
      page.awaitPlan();
      page.doIt();

      HashRing<Backend> ring = balancer.members().ring();
      assertThat(balancer.members().version()).isEqualTo(version + 1);
      assertThat(ring.weight(ring.find("big").orElseThrow())).isEqualTo(2);
      assertThat(ring.weight(ring.find("server1").orElseThrow())).isEqualTo(0.5);
      assertThat(ring.weight(ring.find("server3").orElseThrow())).isZero();
      eventually("server3 is drained", () -> page.state("server3").equals("○ drained"));
      chromium.assertQuiet(page.url());
    }
  }

  @Test
  void planOfAnotherRing_isRefusedInWords() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      Dashboard page = Dashboard.open(chromium, balancer);
      page.remove("server1");
      page.awaitPlan();
      assertThat(balancer.add("{\"hostnames\":[\"s4\"]}").statusCode()).isEqualTo(200);
      chromium.awaitText("#outcome", "The ring has changed since this plan was made");

      chromium.click("#do-it");
      chromium.awaitText("#outcome", "Nothing was done");
      assertThat(balancer.replicas()).containsExactly("server1", "server2", "server3", "s4");
      chromium.click("#plan-again");
      page.awaitPlan();
      page.doIt();
      assertThat(balancer.replicas()).containsExactly("server2", "server3", "s4");
      chromium.assertQuiet(page.url(), "status of 412");
    }
  }

  // Trouble

  @Test
  void replica_isKilled_andSeenToTurn() throws Exception {
    try (Origin one = Origin.answering(Origin.OK);
        Origin two = Origin.answering(Origin.OK);
        Balancer balancer =
            Balancer.over(List.of(one.port(), two.port()), "--check-interval", "100ms")) {
      Dashboard page = Dashboard.open(chromium, balancer);
      eventually("it is up", () -> page.state("server1").equals("● up"));
      HashRing<Backend> ring = balancer.members().ring();
      String key = keyOf(ring, "server1");
      page.lookUp(key);
      chromium.awaitText("#key-answer", "is on server1, its owner");

      kill(one);
      eventually("it turns", () -> page.state("server1").equals("✕ down"));
      assertThat(balancer
              .members()
              .named("server1")
              .orElseThrow()
              .health()
              .status()
              .state())
          .isEqualTo(Health.State.DOWN);
      chromium.awaitText("#legend", "down: striped");
      assertThat(chromium.attribute(row("server1") + " .chip", "data-pattern"))
          .isEqualTo("stripes");
      chromium.awaitText("#key-answer", "is on server2", "owner is down");
      eventually("there are stripes on the circle", () -> stripes(page, ring, "server1") > 0.2);
      assertThat(stripes(page, ring, "server2")).isZero();
      chromium.assertQuiet(page.url());
    }
  }

  private static void kill(AutoCloseable server) throws Exception {
    server.close();
  }

  private static String keyOf(HashRing<Backend> ring, String node) {
    int i = 0;
    while (!ring.locate("key-" + i).name().equals(node)) {
      i++;
    }
    return "key-" + i;
  }

  /** At which part of the places in the ranges of a node there is another colour than its own. */
  private static double stripes(Dashboard page, HashRing<Backend> ring, String node) {
    List<Double> middles = Dashboard.visible(ring).stream()
        .filter(arc -> arc.owner().equals(node))
        .map(Dashboard.Arc::middle)
        .toList();
    List<Long> own = page.colour(node);
    List<List<Long>> painted = page.colours(middles, Dashboard.RING);
    return (double) painted.stream().filter(colour -> !colour.equals(own)).count() / middles.size();
  }

  /** None of those that the system gives to whoever asks for any, as the browser does. */
  private static int freePort() {
    for (int tries = 0; tries < 100; tries++) {
      int port = ThreadLocalRandom.current().nextInt(10_000, 32_768);
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (IOException e) {
        // somebody has it
      }
    }
    throw new AssertionError("there is no free port");
  }

  @Test
  void page_goesOnAfterARestart() throws Exception {
    String port = "" + freePort();
    Dashboard page;
    try (Balancer balancer = Balancer.start("--port", port)) {
      page = Dashboard.open(chromium, balancer);
      page.lookUp("users/42");
      chromium.awaitText("#key-answer", "users/42 is on ");
    }
    chromium.awaitText("#connection", "✕", "Trying again");
    try (Balancer balancer = Balancer.start("--port", port, "--count", "5")) {
      page.awaitLive(5);
      page.awaitPainted(balancer.members().ring());
      String owner = balancer.members().ring().locate("users/42").name();
      chromium.awaitText("#key-answer", "users/42 is on " + owner);
      chromium.assertQuiet(page.url(), "net::ERR_");
    }
  }

  // Who may

  @Test
  void token_wrongAndRight() throws Exception {
    try (Balancer balancer = Balancer.start("--admin-token", "s3cret")) {
      Dashboard page = Dashboard.open(chromium, balancer.port());
      chromium.awaitText("#locked", "asks for its admin token");
      assertThat(chromium.find("#page").isDisplayed()).isFalse();
      chromium.type("#token", "guess", Keys.ENTER);
      chromium.awaitText("#token-error", "refuses this token");
      assertThat(page.nodes()).isEmpty();
      chromium.type("#token", "s3cret", Keys.ENTER);
      page.awaitLive(3);
      assertThat(chromium.find("#locked").isDisplayed()).isFalse();

      page.remove("server3"); // asked once: the rest goes without
      page.awaitPlan();
      page.doIt();
      page.awaitLive(2);
      assertThat(chromium.run("return document.cookie + location.href"
              + " + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"
              + " + document.documentElement.outerHTML + document.getElementById('token').value"))
          .asString()
          .doesNotContain("s3cret");

      chromium.open(page.url());
      chromium.awaitText("#locked", "asks for its admin token");
      chromium.assertQuiet(page.url(), "status of 401");
    }
  }

  @Test
  void markup_isTextOrRefused() throws Exception {
    try (Balancer balancer = Balancer.start("--key", "header:X-User")) {
      Dashboard page = Dashboard.open(chromium, balancer);
      page.add(MARKUP, "1");
      chromium.awaitText("#outcome", "must have 1 to 63 letters", MARKUP);
      chromium.click("#clear");
      page.lookUp(MARKUP);
      chromium.awaitText("#key-answer", MARKUP + " is on ");
      assertThat(balancer.get("/", "X-User", MARKUP).statusCode()).isEqualTo(200);
      chromium.awaitText("#live-table", MARKUP);
      chromium.awaitText("#top-table", MARKUP);
      assertThat(chromium.all("img, script:not([src]), iframe, [onerror]")).isEmpty();
      assertThat(balancer.replicas()).hasSize(3);
      chromium.assertQuiet(page.url(), "status of 400");
    }
  }
}
