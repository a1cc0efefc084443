package io.hashring.demo.browser;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Required;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.openqa.selenium.By;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;

/**
 * Debian's Chromium, without a window. Tests that want it are skipped where it is missing, or fail
 * there: see {@link Required}. All tests of a run share it, each with a page of its own.
 */
public final class Chromium implements AutoCloseable {

  static final String PART = "browser";

  private static final Path BROWSER = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  /** Held, for a logger that nobody holds forgets its level; it misses bindings that we do not. */
  private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

  private static final String REQUEST = "Network.requestWillBeSent";
  private static final String RESPONSE = "Network.responseReceived";

  private final ChromeDriver driver;
  private final List<JsonObject> network = new ArrayList<>();
  private final List<String> console = new ArrayList<>();

  private Chromium() {
    SELENIUM.setLevel(Level.SEVERE);
    ChromeOptions options = new ChromeOptions()
        .setBinary(BROWSER.toFile())
        .addArguments(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--disable-sync",
            "--force-color-profile=srgb",
            "--hide-scrollbars",
            "--no-first-run",
            "--no-proxy-server");
    options.setCapability(
        "goog:loggingPrefs", Map.of(LogType.PERFORMANCE, "ALL", LogType.BROWSER, "ALL"));
    ChromeDriverService service = new ChromeDriverService.Builder()
        .usingDriverExecutable(DRIVER.toFile())
        .usingAnyFreePort()
        .withLogFile(new File("/dev/null"))
        .build();
    this.driver = new ChromeDriver(service, options);
  }

  /** Gives tests the browser, started once per run; JUnit closes it after the last of them. */
  static final class Extension implements BeforeAllCallback, AfterEachCallback, ParameterResolver {

    private static Chromium chromium(ExtensionContext context) {
      return context
          .getRoot()
          .getStore(Namespace.create(Chromium.class))
          .getOrComputeIfAbsent(Chromium.class, key -> new Chromium(), Chromium.class);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
      boolean isThere = Stream.of(BROWSER, DRIVER).allMatch(Files::isExecutable);
      Required.require(PART, isThere, "there must be " + BROWSER + " and " + DRIVER);
    }

    /** The page ends before the balancer does, and what it said is not the next one's. */
    @Override
    public void afterEach(ExtensionContext context) {
      chromium(context).leave();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Chromium.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return chromium(context);
    }
  }

  /** How a person has it: the size of the window, and the theme of the system. */
  void look(int width, int height, boolean dark) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(
                Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"),
                Map.of("name", "prefers-reduced-motion", "value", "no-preference"))));
  }

  void open(String url) {
    driver.get(url);
  }

  private void leave() {
    driver.get("about:blank");
    readLogs();
    network.clear();
    console.clear();
  }

  WebElement find(String selector) {
    return driver.findElement(By.cssSelector(selector));
  }

  List<WebElement> all(String selector) {
    return driver.findElements(By.cssSelector(selector));
  }

  /** Clicks where it is, as a person does: what lies above it or is disabled is none to click. */
  void click(String selector) throws Exception {
    eventually(
        () -> selector + " is shown and enabled, of " + text("body"),
        () -> ofOneDrawing(() -> {
          if (!isShown(selector)) {
            return false;
          }
          WebElement element = find(selector);
          run("arguments[0].scrollIntoView({block: 'center'})", element);
          element.click();
          return true;
        }));
  }

  void awaitShown(String selector) throws Exception {
    eventually(
        () -> selector + " is shown and enabled, of " + text("body"),
        () -> ofOneDrawing(() -> isShown(selector)));
  }

  private boolean isShown(String selector) {
    return all(selector).stream().anyMatch(e -> e.isDisplayed() && e.isEnabled());
  }

  /** False if the page has drawn an element anew since it was found. */
  private static boolean ofOneDrawing(BooleanSupplier condition) {
    try {
      return condition.getAsBoolean();
    } catch (StaleElementReferenceException e) {
      return false;
    }
  }

  void type(String selector, CharSequence... keys) {
    WebElement element = find(selector);
    element.clear();
    element.sendKeys(keys);
  }

  /** Presses keys where the focus is. */
  void press(CharSequence... keys) {
    driver.switchTo().activeElement().sendKeys(keys);
  }

  /** What an element says, to whoever looks; empty if it is hidden, or not there. */
  String text(String selector) {
    return String.valueOf(
        run("return document.querySelector(arguments[0])?.innerText ?? ''", selector));
  }

  /** What elements say that stood there at the same moment; a page draws some again and again. */
  List<String> texts(String selector) {
    Object texts =
        run("return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)", selector);
    return ((List<?>) texts).stream().map(String::valueOf).toList();
  }

  void awaitText(String selector, String... parts) throws Exception {
    eventually(
        () -> selector + " says " + List.of(parts) + ", and not: " + text(selector),
        () -> Stream.of(parts).allMatch(text(selector)::contains));
  }

  @Nullable
  String attribute(String selector, String name) {
    return (String) run(
        "return document.querySelector(arguments[0]).getAttribute(arguments[1])", selector, name);
  }

  Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  Object runAsync(String script, Object... arguments) {
    return driver.executeAsyncScript(script, arguments);
  }

  // What went on behind the page

  private void readLogs() {
    for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
      network.add(new JsonObject(entry.getMessage()).getJsonObject("message"));
    }
    for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
      if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
        console.add(entry.getMessage());
      }
    }
  }

  /** Whatever the page has asked for since it was opened. */
  List<String> requested() {
    readLogs();
    return network.stream()
        .filter(event -> event.getString("method").equals(REQUEST))
        .map(event -> event.getJsonObject("params").getJsonObject("request").getString("url"))
        .filter(url -> !url.equals("about:blank"))
        .toList();
  }

  /** The last answer that the page has had from this path, byte for byte. */
  String answer(String path) {
    readLogs();
    String id = network.stream()
        .filter(event -> event.getString("method").equals(RESPONSE))
        .map(event -> event.getJsonObject("params"))
        .filter(params -> params.getJsonObject("response").getString("url").endsWith(path))
        .reduce((first, second) -> second)
        .orElseThrow(() -> new AssertionError("no answer from " + path))
        .getString("requestId");
    return String.valueOf(driver
        .executeCdpCommand("Network.getResponseBody", Map.of("requestId", id))
        .get("body"));
  }

  /** Warnings and errors on the console. */
  List<String> console() {
    readLogs();
    return console;
  }

  /** Nothing on the console but what is expected, and no request that leaves the balancer. */
  void assertQuiet(String base, String... expected) {
    assertThat(console())
        .as("on the console")
        .allSatisfy(line -> assertThat(Stream.of(expected)).as(line).anyMatch(line::contains));
    assertThat(requested())
        .as("requested")
        .isNotEmpty()
        .allMatch(url -> url.startsWith(base) || url.startsWith("data:image/svg+xml"));
  }

  /** The whole page, however long it is. */
  byte[] picture() {
    Object height = run("return Math.ceil(document.documentElement.scrollHeight)");
    Object width = run("return document.documentElement.clientWidth");
    Map<String, Object> clip = Map.of("x", 0, "y", 0, "width", width, "height", height, "scale", 1);
    Object data = driver
        .executeCdpCommand(
            "Page.captureScreenshot",
            Map.of("format", "png", "captureBeyondViewport", true, "clip", clip))
        .get("data");
    return Base64.getDecoder().decode(String.valueOf(data));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
