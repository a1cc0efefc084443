package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.demo.admin.AdminApiTest;
import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.membership.Health;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Servers that know nothing of this balancer: how they are checked, and what a failed check does.
 */
final class ServersOfOthersTest {

  private final Vertx vertx = LoadBalancer.vertx();
  private Logged log;

  @BeforeEach
  void listen() {
    log = Logged.below("io.hashring.demo.membership");
  }

  @AfterEach
  void stop() throws Exception {
    log.close();
    BlockingFutures.await(vertx.close());
  }

  private interface Script {
    int status(String path);
  }

  /** Answers each path with the status that the script says. */
  private HttpServer server(Script script) throws Exception {
    return server(
        FreePorts.one(),
        request ->
            request.response().setStatusCode(script.status(request.path())).end("x"));
  }

  private HttpServer server(int port, io.vertx.core.Handler<HttpServerRequest> handler)
      throws Exception {
    return BlockingFutures.await(
        vertx.createHttpServer().requestHandler(handler).listen(port, "127.0.0.1"));
  }

  private static Health health(Balancer balancer, String name) {
    return balancer.members().named(name).orElseThrow().health();
  }

  private static Health.State state(Balancer balancer, String name) {
    return health(balancer, name).status().state();
  }

  // B11: servers without /heartbeat

  @Test
  void noServerHasTheCheckedPath_allAreTriedAllTheSame_countedAndLoggedOnce() throws Exception {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ports.add(server(path -> path.equals("/heartbeat") ? 404 : 200).actualPort());
    }
    try (Balancer balancer = Balancer.over(ports, "--check-interval", "20ms")) {
      Set<String> nodes = new TreeSet<>();
      for (int i = 0; i < 60; i++) {
        HttpResponse<String> answer = balancer.get("/" + i);
        assertThat(answer.statusCode()).isEqualTo(200);
        String owner = balancer.members().ring().locate(Integer.toString(i)).name();
        assertThat(Balancer.node(answer)).as("the owner of the key").isEqualTo(owner);
        nodes.add(owner);
      }
      assertThat(nodes).containsExactly("server1", "server2", "server3");
      String metrics = balancer.get("/_lb/metrics").body();
      assertThat(metrics)
          .contains("hashring_requests_fail_open_total 60.0")
          .contains("hashring_requests_off_primary_total 0.0");
      assertThat(log.lines("server2 is "))
          .containsExactly("server2 is down: GET /heartbeat was answered 404");
      assertThat(balancer.get("/_lb/ready").statusCode()).isEqualTo(503);
    }
  }

  /** Who is drained is well, and of no use to whom it has no keys of. */
  @Test
  void allButADrainedServerAreDown_ownersAreTriedAllTheSame() throws Exception {
    HttpServer ill = server(path -> path.equals("/heartbeat") ? 404 : 200);
    HttpServer drained = server(path -> 200);
    try (Balancer balancer = Balancer.start(
        "--replicas",
        "ill=127.0.0.1:" + ill.actualPort() + ",drained=127.0.0.1:" + drained.actualPort()
            + "*0")) {
      for (int i = 0; i < 20; i++) {
        HttpResponse<String> answer = balancer.get("/" + i);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Balancer.node(answer)).isEqualTo("ill");
      }
      assertThat(balancer.get("/_lb/ready").statusCode()).isEqualTo(503);
    }
  }

  @Test
  void allAreDead_is503_afterThreeTriesAtMost() throws Exception {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      HttpServer gone = server(path -> 200);
      ports.add(gone.actualPort());
      BlockingFutures.await(gone.close());
    }
    try (Balancer balancer = Balancer.over(ports, "--access-log")) {
      AdminApiTest.assertFailure(balancer.get("/x"), 503, "no healthy replica");
      eventually("it is written", () -> balancer.output().size() == 1);
      assertThat(balancer.output().get(0)).contains(" tries=3 status=503 ");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--check-path /status                       | up",
        "--check-path /status?deep=1                | up",
        "--check-path /redirect                     | up",
        "--check-path /redirect --check-status 200  | down",
        "--check-path /private                      | down",
        "--check-path /private --check-status 401   | up",
        "--check-path /private --check-status 200-299,400-403 | up",
        "--check-path /broken                       | down",
        "--check tcp                                | up",
        "--check none                               | up",
        "--rise 1                                   | down", // there is no /heartbeat
      })
  void check_asAsked(String options, String state) throws Exception {
    HttpServer server = server(path -> switch (path) {
      case "/status" -> 200;
      case "/redirect" -> 302;
      case "/private" -> 401;
      case "/broken" -> 500;
      default -> 404;
    });
    try (Balancer balancer =
        Balancer.over(List.of(server.actualPort()), options.strip().split(" "))) {
      assertThat(state(balancer, "server1").name()).isEqualToIgnoringCase(state);
    }
  }

  @Test
  void checkPort_isAsked_andTheRequestsGoToTheOther() throws Exception {
    AtomicInteger status = new AtomicInteger(200);
    Set<String> checked = new TreeSet<>();
    HttpServer requests = server(path -> 201);
    HttpServer checks = server(path -> {
      checked.add(path);
      return status.get();
    });
    try (Balancer balancer = Balancer.over(
        List.of(requests.actualPort()),
        "--check-port",
        "" + checks.actualPort(),
        "--check-interval",
        "20ms",
        "--check-path",
        "/up")) {
      assertThat(balancer.get("/x").statusCode()).isEqualTo(201);
      assertThat(checked).containsExactly("/up");
      status.set(503);
      eventually("down", () -> state(balancer, "server1") == Health.State.DOWN);
      assertThat(health(balancer, "server1").status().reason())
          .isEqualTo(
              "GET /up at port " + checks.actualPort() + " was answered 503, 3 times in a row");
    }
  }

  @Test
  void checkTimeout_isItsOwn() throws Exception {
    HttpServer silent = server(0, request -> {});
    try (Balancer balancer = Balancer.over(
        List.of(silent.actualPort()), "--check-interval", "30s", "--check-timeout", "50ms")) {
      assertThat(health(balancer, "server1").status().reason())
          .isEqualTo("GET /heartbeat was not answered within 50 ms");
    }
  }

  /** An event stream passes by its head, and its connection does not stay. */
  @Test
  void check_ofAnEndlessBody_passes_andItsConnectionIsClosed() throws Exception {
    AtomicInteger open = new AtomicInteger();
    ConcurrentLinkedQueue<Integer> most = new ConcurrentLinkedQueue<>();
    HttpServer endless = server(0, request -> {
      most.add(open.incrementAndGet());
      request.response().closeHandler(close -> open.decrementAndGet());
      request.response().setChunked(true).write("more comes");
    });
    try (Balancer balancer =
        Balancer.over(List.of(endless.actualPort()), "--check-interval", "20ms")) {
      assertThat(state(balancer, "server1")).isEqualTo(Health.State.UP);
      eventually("fifty checks", () -> most.size() >= 50);
      eventually("all are closed but one", () -> open.get() <= 1);
    }
  }

  @Test
  void checkNone_serverThatEnds_isPassedOver_andComesBackByATrial() throws Exception {
    HttpServer one = server(path -> 200);
    HttpServer two = server(path -> 200);
    int port = two.actualPort();
    try (Balancer balancer = Balancer.over(
        List.of(one.actualPort(), port), "--check", "none", "--eject-time", "100ms")) {
      BlockingFutures.await(two.close());
      for (int i = 0; i < 50; i++) {
        assertThat(balancer.get("/" + i).statusCode()).isEqualTo(200);
      }
      assertThat(state(balancer, "server2")).isEqualTo(Health.State.EJECTED);
      server(port, request -> request.response().end("back"));
      eventually("a trial passes", () -> {
        for (int i = 0; i < 20; i++) {
          balancer.get("/" + i);
        }
        return state(balancer, "server2") == Health.State.UP;
      });
    }
  }

  // B6: nobody is sent requests before its first check has passed

  @Test
  void serverThatIsNotWell_isSentNothing_fromTheFirstRequestOn() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    HttpServer well = server(path -> 200);
    HttpServer ill = server(path -> {
      if (!path.equals("/heartbeat")) {
        sent.incrementAndGet();
      }
      return 503;
    });
    try (Balancer balancer = Balancer.over(List.of(well.actualPort(), ill.actualPort()))) {
      for (int i = 0; i < 50; i++) {
        assertThat(balancer.get("/" + i).statusCode()).isEqualTo(200);
      }
      assertThat(balancer.remove("{\"hostnames\":[\"server2\"]}").statusCode()).isEqualTo(200);
      assertThat(balancer.add("{\"hostnames\":[\"server2\"]}").statusCode()).isEqualTo(200);
      for (int i = 0; i < 50; i++) {
        assertThat(balancer.get("/" + i).statusCode()).isEqualTo(200);
      }
    }
    assertThat(sent).hasValue(0);
  }

  @Test
  void added_isSentRequests_afterItsFirstCheck_withoutAWaitForTheNextRound() throws Exception {
    List<String> seen = new ArrayList<>();
    HttpServer well = server(path -> 200);
    HttpServer late = server(0, request -> {
      synchronized (seen) {
        seen.add(request.path());
      }
      request.response().end("x");
    });
    try (Balancer balancer = Balancer.over(List.of(well.actualPort()), "--check-interval", "1m")) {
      balancer.add("{\"hostnames\":[\"late=127.0.0.1:" + late.actualPort() + "\"]}");
      for (int i = 0; i < 50; i++) {
        assertThat(balancer.get("/" + i).statusCode()).isEqualTo(200);
      }
      eventually("it is up", () -> state(balancer, "late") == Health.State.UP);
      eventually("it has requests", () -> {
        balancer.get("/" + System.nanoTime());
        synchronized (seen) {
          return seen.size() > 1;
        }
      });
    }
    assertThat(seen.get(0)).isEqualTo("/heartbeat");
  }

  @Test
  void onlyServer_thatNoCheckHasSeen_is503_andNotTried() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    HttpServer well = server(path -> 200);
    HttpServer silent = server(0, request -> {
      if (!request.path().equals("/heartbeat")) {
        sent.incrementAndGet();
      }
    });
    try (Balancer balancer = Balancer.over(List.of(well.actualPort()), "--check-timeout", "1m")) {
      balancer.add("{\"hostnames\":[\"new=127.0.0.1:" + silent.actualPort() + "\"]}");
      balancer.remove("{\"hostnames\":[\"server1\"]}");
      AdminApiTest.assertFailure(balancer.get("/x"), 503, "no healthy replica");
      assertThat(health(balancer, "new").status().reason()).isEqualTo("no check yet");
    }
    assertThat(sent).hasValue(0);
  }

  // The log

  @Test
  void log_hasALineForEachChangeOfHealth_withTheReason() throws Exception {
    AtomicInteger status = new AtomicInteger(200);
    HttpServer server = server(path -> status.get());
    int port = server.actualPort();
    try (Balancer balancer =
        Balancer.over(List.of(port), "--check-interval", "20ms", "--fall", "2")) {
      status.set(503);
      eventually("down", () -> state(balancer, "server1") == Health.State.DOWN);
      status.set(200);
      eventually("up", () -> state(balancer, "server1") == Health.State.UP);
      BlockingFutures.await(server.close());
      eventually("down", () -> state(balancer, "server1") == Health.State.DOWN);
      List<String> lines = log.lines("server1 is ");
      assertThat(lines.subList(0, 3))
          .containsExactly(
              "server1 is up: GET /heartbeat was answered 200",
              "server1 is down: GET /heartbeat was answered 503, 2 times in a row",
              "server1 is up: GET /heartbeat was answered 200");
      assertThat(lines).hasSize(4);
      assertThat(lines.get(3)).startsWith("server1 is down: Connection refused");
    }
  }

  // B12: addresses at run time

  @Test
  void add_takesAnAddress() throws Exception {
    HttpServer one = server(path -> 200);
    HttpServer two = server(path -> 202);
    try (Balancer balancer = Balancer.over(List.of(one.actualPort()))) {
      String address = "two=127.0.0.1:" + two.actualPort();
      assertThat(Balancer.replicas(balancer.add("{\"hostnames\":[\"" + address + "*2.5\"]}")))
          .containsExactly("server1", "two");
      assertThat(
              balancer.members().ring().weight(balancer.members().named("two").orElseThrow()))
          .isEqualTo(2.5);
      eventually(
          "it has requests", () -> balancer.get("/" + System.nanoTime()).statusCode() == 202);
      AdminApiTest.assertFailure(
          balancer.add("{\"hostnames\":[\"" + address + "\"]}"), 409, "this one is taken: two");
      balancer.remove("{\"hostnames\":[\"two\"]}");
      AdminApiTest.assertFailure(
          balancer.add("{\"hostnames\":[\"two\"]}"),
          400,
          "or have an address, as in two=host:port");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"two=", "two=h", "two=h:0", "two=http://h:80", "two=h:80*", "two=h:80*-1", "=h:80"
      })
  void add_addressThatCannotBeRead_leavesNoTrace(String text) throws Exception {
    HttpServer one = server(path -> 200);
    try (Balancer balancer = Balancer.over(List.of(one.actualPort()))) {
      AdminApiTest.assertFailure(
          balancer.add("{\"hostnames\":[\"" + text + "\"]}"), 400, "each of hostnames must ");
      assertThat(balancer.replicas()).containsExactly("server1");
      assertThat(balancer.members().version()).isEqualTo(1);
    }
  }

  @Test
  void add_ofAnAddress_whereReplicasAreStartedHere_isRefused() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1")) {
      AdminApiTest.assertFailure(
          balancer.add("{\"hostnames\":[\"two=127.0.0.1:80\"]}"),
          400,
          "hostnames must be names alone, for --replicas is not a list of addresses: two=");
      assertThat(balancer.replicas()).containsExactly("server1");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--check maybe                     | a check must be http, tcp or none: maybe",
        "--check none --check-path /x      | --check-path is for --check http: /x",
        "--check tcp --check-status 200    | --check-status is for --check http: 200",
        "--check none --check-port 80      | --check-port is for --check http or tcp: 80",
        "--check-path health               | --check-path must begin with '/'",
        "--check-path /a#b                 | --check-path must begin with '/'",
        "--check-path /ü                   | --check-path must begin with '/'",
        "--check-port 65536                | --check-port must be between 1 and 65535: 65536",
        "--check-status 99                 | status codes must be like 200 or 200,300-399",
        "--check-status 300-200            | status codes must be like 200 or 200,300-399",
        "--check-status 2xx                | status codes must be like 200 or 200,300-399",
        "--eject-status 600                | status codes must be like 200 or 200,300-399",
        "--eject-after -1                  | --eject-after must not be negative: -1",
        "--eject-most 101                  | --eject-most must be between 0 and 100: 101",
        "--eject-time 0s                   | a time must be like 500ms, 30s or 2m",
        "--slow-start 0s                   | a time must be like 500ms, 30s or 2m",
        "--max-load-floor 3 | --max-load-floor must not be negative, and goes with --max-load",
        "--replicas http://h:80            | a replica's address must be host:port: http://h:80",
        "--replicas h:80/x                 | a replica's address must be host:port: h:80/x",
        "--replicas user@h:80              | a replica's address must be host:port: user@h:80",
        "--replicas a=h:80*x     | a replica's weight must be 0, or from 0.01 to 100: x",
        "--replicas a=h:80*101   | a replica's weight must be 0, or from 0.01 to 100: 101",
        "--replicas a=h:80*0.001 | a replica's weight must be 0, or from 0.01 to 100: 0.001",
        "--admin-token x --admin-token-file /dev/null | exclude each other",
        "--admin-token-file /dev/null | --admin-token-file must have one token, of visible ASCII",
        "--admin-token-file /no/such/file  | --admin-token-file cannot be read",
      })
  void option_thatCannotWork_isRefused(String options, String message) {
    assertThatThrownBy(() -> Balancer.options(options.strip().split(" +")))
        .satisfies(e -> assertThat(e.getMessage()).contains(message));
  }
}
