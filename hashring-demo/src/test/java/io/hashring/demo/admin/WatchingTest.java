package io.hashring.demo.admin;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The files of {@code docs/watching} speak of what a balancer exports. */
final class WatchingTest {

  private static final Path FOLDER = Path.of("..", "docs", "watching");

  /** A name of a series; those with a colon are recorded by rules. */
  private static final Pattern NAME = Pattern.compile("\\bhashring[a-z0-9_:]+\\b");

  private static final Pattern BY = Pattern.compile("by \\(([a-z, ]+)\\)");
  private static final Pattern SERIES =
      Pattern.compile("^(hashring_[a-z_]+)(?:\\{(.*)})? ", Pattern.MULTILINE);
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"");

  /** Those that Prometheus itself adds. */
  private static final Set<String> LABELS_OF_A_SCRAPE = Set.of("instance", "job");

  private static final Set<String> SERIES_NAMES = new TreeSet<>();
  private static final Set<String> LABELS = new TreeSet<>(LABELS_OF_A_SCRAPE);

  @BeforeAll
  static void scrape() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "2", "--max-load", "2")) {
      balancer.get("/x");
      eventually(
          "the request is counted",
          () -> balancer.get("/_lb/metrics").body().contains("hashring_requests_total{"));
      Matcher series = SERIES.matcher(balancer.get("/_lb/metrics").body());
      while (series.find()) {
        SERIES_NAMES.add(series.group(1));
        if (series.group(2) != null) {
          LABEL.matcher(series.group(2)).results().forEach(label -> LABELS.add(label.group(1)));
        }
      }
    }
  }

  private static void assertExported(String expression, Set<String> recorded) {
    List<String> names =
        NAME.matcher(expression).results().map(name -> name.group()).toList();
    assertThat(names).as(expression).isNotEmpty();
    for (String name : names) {
      assertThat(name.contains(":") ? recorded : SERIES_NAMES).as(expression).contains(name);
    }
    BY.matcher(expression)
        .results()
        .forEach(by -> assertThat(LABELS).as(expression).contains(by.group(1).split(", ?")));
    assertThat(expression.chars().filter(c -> c == '(').count())
        .as(expression)
        .isEqualTo(expression.chars().filter(c -> c == ')').count());
  }

  @Test
  void rules_askForWhatIsExported_andSayWhatToDo() throws Exception {
    Map<?, ?> file = new Yaml(new SafeConstructor(new LoaderOptions()))
        .load(Files.readString(FOLDER.resolve("rules.yml")));
    List<Map<?, ?>> rules = new ArrayList<>();
    for (Object group : (List<?>) file.get("groups")) {
      ((List<?>) ((Map<?, ?>) group).get("rules")).forEach(rule -> rules.add((Map<?, ?>) rule));
    }
    Set<String> recorded = rules.stream()
        .filter(rule -> rule.containsKey("record"))
        .map(rule -> rule.get("record").toString())
        .collect(Collectors.toSet());

    assertThat(rules).hasSizeGreaterThan(9);
    for (Map<?, ?> rule : rules) {
      assertExported(rule.get("expr").toString(), recorded);
      if (rule.containsKey("alert")) {
        assertThat(rule.get("alert").toString()).startsWith("Hashring");
        assertThat(((Map<?, ?>) rule.get("labels")).get("severity"))
            .isIn("critical", "warning", "info");
        assertThat(((Map<?, ?>) rule.get("annotations")).keySet().stream().map(String::valueOf))
            .containsExactlyInAnyOrder("summary", "description");
      }
    }
  }

  @Test
  void dashboard_asksForWhatIsExported_andPanelsDoNotOverlap() throws Exception {
    JsonObject dashboard = new JsonObject(Files.readString(FOLDER.resolve("dashboard.json")));
    List<JsonObject> panels =
        dashboard.getJsonArray("panels").stream().map(JsonObject.class::cast).toList();

    assertThat(panels).hasSizeGreaterThan(8);
    Set<String> cells = new TreeSet<>();
    for (JsonObject panel : panels) {
      for (Object target : panel.getJsonArray("targets")) {
        assertExported(((JsonObject) target).getString("expr"), Set.of());
      }
      JsonObject place = panel.getJsonObject("gridPos");
      assertThat(place.getInteger("x") + place.getInteger("w")).isLessThanOrEqualTo(24);
      for (int x = 0; x < place.getInteger("w"); x++) {
        for (int y = 0; y < place.getInteger("h"); y++) {
          assertThat(cells.add((place.getInteger("x") + x) + "/" + (place.getInteger("y") + y)))
              .as(panel.getString("title"))
              .isTrue();
        }
      }
    }
    assertThat(panels.stream().map(panel -> panel.getInteger("id"))).doesNotHaveDuplicates();
  }

  @Test
  void page_configuration_scrapesWhatIsServed() throws Exception {
    String page = Files.readString(FOLDER.resolve("README.md"));
    Map<?, ?> configuration = new Yaml(new SafeConstructor(new LoaderOptions()))
        .load(page.split("```yaml\n")[1].split("```")[0]);
    assertThat(FOLDER.resolve(((List<?>) configuration.get("rule_files")).get(0).toString()))
        .exists();
    Map<?, ?> scrape = (Map<?, ?>) ((List<?>) configuration.get("scrape_configs")).get(0);
    try (Balancer balancer = Balancer.start("--count", "1", "--admin-token", "TOKEN")) {
      Object token = ((Map<?, ?>) scrape.get("authorization")).get("credentials");
      assertThat(balancer
              .get(scrape.get("metrics_path").toString(), "Authorization", "Bearer " + token)
              .statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void page_hasEveryMetric_andNoOther() throws Exception {
    String page = Files.readString(FOLDER.resolve("README.md"));
    Set<String> documented = Pattern.compile("^\\| `(hashring_[a-z_]+)` \\|", Pattern.MULTILINE)
        .matcher(page)
        .results()
        .map(row -> row.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
    Set<String> exported = SERIES_NAMES.stream()
        .map(name -> name.replaceFirst("_seconds_(bucket|count|sum)$", "_seconds"))
        .collect(Collectors.toCollection(TreeSet::new));
    assertThat(documented).isEqualTo(exported);
    Pattern.compile("`([^`]*hashring_[^`]*\\([^`]*)`")
        .matcher(page)
        .results()
        .forEach(query -> assertExported(query.group(1), Set.of()));
  }
}
