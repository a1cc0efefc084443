package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import io.hashring.demo.RawClient.Answer;
import io.hashring.demo.RawClient.Http;
import io.hashring.demo.http.HttpLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * HTTP as it goes over the wire (RFC 9110 and 9112): of each case the status, what the replica saw
 * of it, and whether the client's connection was closed or served another request.
 */
final class HttpHygieneTest {

  private static final String HOST = "Host: x\r\n";
  private static final String END = "\r\n";

  /** What the replica answers next. */
  private static volatile String reply = Origin.OK;

  private static volatile boolean hangUp;

  /** Requests that came to the replica whole, each as its first line, a space, and its body. */
  private static final List<String> seen = new CopyOnWriteArrayList<>();

  /** First lines of requests whose body broke off or made no sense. */
  private static final List<String> cut = new CopyOnWriteArrayList<>();

  private static Origin origin;
  private static Balancer balancer;

  @BeforeAll
  static void start() throws Exception {
    origin = Origin.start((head, in, out) -> {
      List<String> lines = List.of(head.split("\r\n"));
      String first = lines.get(0).replace(" HTTP/1.1", "");
      try {
        seen.add((first + " " + latin1(Http.body(lines, in))).strip());
      } catch (IOException | NumberFormatException e) {
        cut.add(first);
        throw e;
      }
      boolean again = first.equals("GET /again");
      out.write((again ? Origin.OK : reply).getBytes(StandardCharsets.ISO_8859_1));
      if (hangUp && !again) {
        throw new Origin.Hangup();
      }
    });
    balancer = Balancer.over(List.of(origin.port()), "--check-interval", "60m");
  }

  @AfterAll
  static void stop() throws Exception {
    balancer.close();
    origin.close();
  }

  @BeforeEach
  void forget() {
    reply = Origin.OK;
    hangUp = false;
    seen.clear();
    cut.clear();
  }

  @AfterEach
  void nothingIsHeld() throws Exception {
    balancer.assertNothingIsHeld();
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static void assertReused(RawClient client) throws IOException {
    client.send("GET /again HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(client.read().status())
        .as("another request on the same connection")
        .isEqualTo(200);
    assertThat(seen).endsWith("GET /again");
  }

  private static void assertClosed(RawClient client) throws IOException {
    assertThat(client.isClosed())
        .as("the connection is closed, and nothing else came")
        .isTrue();
  }

  // Refused: the replica sees nothing

  private record Refused(String name, int status, String request) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Refused get(String name, String headers) {
    return new Refused(name, 400, "GET /a HTTP/1.1\r\n" + HOST + headers + END);
  }

  private static Refused post(String name, String headers, String body) {
    return new Refused(name, 400, "POST /a HTTP/1.1\r\n" + HOST + headers + END + body);
  }

  private static Refused line(String name, int status, String line) {
    return new Refused(name, status, line + "\r\n" + HOST + END);
  }

  private static Refused host(String name, String hosts) {
    return new Refused(name, 400, "GET /a HTTP/1.1\r\n" + hosts + END);
  }

  private static String headers(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "X-" + i + ": 1\r\n")
        .collect(Collectors.joining());
  }

  static Stream<Refused> refused() {
    String nothing = "0\r\n\r\n";
    return Stream.of(
        // where the body ends
        post("length and coding", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", nothing),
        post("coding and length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", nothing),
        post("two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n", "abc"),
        post("two equal lengths", "Content-Length: 2\r\nContent-Length: 2\r\n", "ab"),
        post("list of lengths", "Content-Length: 2, 2\r\n", "ab"),
        post("length +2", "Content-Length: +2\r\n", "ab"),
        post("length -1", "Content-Length: -1\r\n", "ab"),
        post("length 0x2", "Content-Length: 0x2\r\n", "ab"),
        post("length of nothing", "Content-Length: \r\n", ""),
        post("length beyond 64 bits", "Content-Length: 99999999999999999999\r\n", "ab"),
        post("coding xchunked", "Transfer-Encoding: xchunked\r\n", nothing),
        post("coding gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", nothing),
        post("coding chunked, gzip", "Transfer-Encoding: chunked, gzip\r\n", nothing),
        post("coding identity", "Transfer-Encoding: identity\r\n", ""),
        post("identity and length", "Transfer-Encoding: identity\r\nContent-Length: 2\r\n", "ab"),
        post("chunked twice", "Transfer-Encoding: chunked, chunked\r\n", nothing),
        post(
            "chunked in two headers",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            nothing),
        post("coding of nothing", "Transfer-Encoding: \r\n", nothing),
        post("vertical tab in the coding", "Transfer-Encoding: \u000bchunked\r\n", nothing),
        post("space behind its name", "Transfer-Encoding : chunked\r\n", nothing),
        new Refused(
            "chunked in HTTP/1.0",
            400,
            "POST /a HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n" + nothing),
        // the lines
        new Refused("bare LF everywhere", 400, "GET /a HTTP/1.1\nHost: x\n\n"),
        get("bare LF behind a header", "X-A: 1\nX-B: 2\r\n"),
        get("bare CR in a value", "X-A: 1\rX-B: 2\r\n"),
        new Refused("bare CR behind the request line", 400, "GET /a HTTP/1.1\rHost: x\r\n\r\n"),
        get("NUL in a value", "X-A: 1\u00002\r\n"),
        get("NUL in a name", "X\u0000A: 1\r\n"),
        get("control character in a value", "X-A: 1\u00012\r\n"),
        get("space in a name", "X A: 1\r\n"),
        get("space before the colon", "X-A : 1\r\n"),
        get("no colon", "X-A\r\n"),
        get("no name", ": 1\r\n"),
        host("folded first line", " X-A: 1\r\n" + HOST),
        // the target
        line("NUL in the target", 400, "GET /a\u0000b HTTP/1.1"),
        line("control character in the target", 400, "GET /a\u0001b HTTP/1.1"),
        line("DEL in the target", 400, "GET /a\u007fb HTTP/1.1"),
        line("tab in the target", 400, "GET /a\tb HTTP/1.1"),
        line("space in the target", 400, "GET /a b HTTP/1.1"),
        line("raw UTF-8 in the target", 400, "GET /\u00c3\u00a9 HTTP/1.1"),
        line("fragment", 400, "GET /a#b HTTP/1.1"),
        line("no leading slash", 400, "GET a/b HTTP/1.1"),
        line("query alone", 400, "GET ?a HTTP/1.1"),
        line("asterisk for GET", 400, "GET * HTTP/1.1"),
        line("other host in the target", 400, "GET http://y/a HTTP/1.1"),
        line("other host, and no path", 400, "GET http://y HTTP/1.1"),
        line("no host in the target", 400, "GET http:///a HTTP/1.1"),
        line("another scheme", 400, "GET ftp://x/a HTTP/1.1"),
        line("CONNECT", 501, "CONNECT x:80 HTTP/1.1"),
        // the version and the method
        line("HTTP/2.0", 505, "GET /a HTTP/2.0"),
        line("HTTP/3.7", 505, "GET /a HTTP/3.7"),
        line("HTTP/0.9 by name", 505, "GET /a HTTP/0.9"),
        line("HTTP/1.10", 400, "GET /a HTTP/1.10"),
        line("HTTP/01.1", 400, "GET /a HTTP/01.1"),
        line("http/1.1", 400, "GET /a http/1.1"),
        line("two spaces behind the method", 400, "GET  /a HTTP/1.1"),
        line("two spaces behind the target", 400, "GET /a  HTTP/1.1"),
        line("tab behind the method", 400, "GET\t/a HTTP/1.1"),
        line("form feed behind the target", 400, "GET /a\fHTTP/1.1"),
        line("space behind the version", 400, "GET /a HTTP/1.1 "),
        line("space before the method", 400, " GET /a HTTP/1.1"),
        line("no number of a version", 400, "GET /a HTTP/x"),
        new Refused("HTTP/0.9", 400, "GET /a\r\n\r\n"),
        new Refused("preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        line("parenthesis in the method", 400, "G(T /a HTTP/1.1"),
        new Refused("TLS", 400, "\u0016\u0003\u0001\u0000\u0004\u0001\r\n\r\n"),
        // Host
        host("no Host", ""),
        host("two Hosts", "Host: x\r\nHost: y\r\n"),
        host("one Host twice", "Host: x\r\nHost: x\r\n"),
        host("space in Host", "Host: x y\r\n"),
        host("path in Host", "Host: x/y\r\n"),
        host("user in Host", "Host: u@x\r\n"),
        host("port that is none", "Host: x:http\r\n"),
        // sizes
        line("target too long", 414, "GET /" + "a".repeat(HttpLimits.INITIAL_LINE) + " HTTP/1.1"),
        new Refused(
            "header too long",
            431,
            "GET /a HTTP/1.1\r\n" + HOST + "X-A: " + "a".repeat(HttpLimits.HEADERS) + "\r\n\r\n"),
        new Refused(
            "too many headers",
            431,
            "GET /a HTTP/1.1\r\n" + HOST + headers(HttpLimits.HEADER_COUNT) + END));
  }

  @ParameterizedTest
  @MethodSource
  void refused(Refused refused) throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send(refused.request() + "GET /smuggled HTTP/1.1\r\n" + HOST + END);
      Answer answer = client.read();
      assertThat(answer.status()).as(answer.body()).isEqualTo(refused.status());
      assertThat(answer.lines().get(0))
          .startsWith(refused.request().contains(" HTTP/1.0\r\n") ? "HTTP/1.0 " : "HTTP/1.1 ");
      assertClosed(client);
      assertThat(seen).isEmpty();
      assertThat(cut).doesNotContain("GET /a", "POST /a");
    }
  }

  @Test
  void refused_saysWhy_likeEveryFailure() throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.1\r\n\r\n");
      Answer answer = client.read();
      assertThat(answer.values("Content-Type")).containsExactly("application/json");
      assertThat(answer.values("Connection")).containsExactly("close");
      assertThat(answer.body())
          .isEqualTo(
              "{\"message\":\"<Error> there must be one Host, not 0\",\"status\":\"failure\"}");
    }
    try (RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.1\nHost: x\n\n");
      assertThat(client.read().body()).startsWith("{\"message\":\"<Error> this is not HTTP/1.1: ");
    }
  }

  // Broken bodies: the replica sees no whole request

  static Stream<Refused> brokenBodies() {
    String chunked = "Transfer-Encoding: chunked\r\n";
    return Stream.of(
        post("size that is no number", chunked, "zz\r\nab\r\n0\r\n\r\n"),
        post("size -2", chunked, "-2\r\nab\r\n0\r\n\r\n"),
        post("size +2", chunked, "+2\r\nab\r\n0\r\n\r\n"),
        post("size 0x2", chunked, "0x2\r\nab\r\n0\r\n\r\n"),
        post("size beyond 64 bits", chunked, "fffffffffffffffff\r\nab\r\n0\r\n\r\n"),
        post("space before the size", chunked, " 2\r\nab\r\n0\r\n\r\n"),
        post("space behind the size", chunked, "2 \r\nab\r\n0\r\n\r\n"),
        post("CR behind the size", chunked, "2\r\r\nab\r\n0\r\n\r\n"),
        post("NUL behind the size", chunked, "2\u0000\r\nab\r\n0\r\n\r\n"),
        post("bare CR behind the size", chunked, "2\rX\r\nab\r\n0\r\n\r\n"),
        post("space before the last size", chunked, "2\r\nab\r\n 0\r\n\r\n"),
        post("no size but an extension", chunked, ";x\r\nab\r\n0\r\n\r\n"),
        post("no size", chunked, "\r\nab\r\n0\r\n\r\n"),
        post("data longer than the size", chunked, "2\r\nabcd\r\n0\r\n\r\n"),
        post("data shorter than the size", chunked, "5\r\nab\r\n0\r\n\r\n"),
        post("bare LF behind the size", chunked, "2\nab\r\n0\r\n\r\n"),
        post("bare LF in an extension", chunked, "2;x\nab\r\n0\r\n\r\n"),
        post("no CRLF behind the data", chunked, "2\r\nab0\r\n\r\n"));
  }

  @ParameterizedTest
  @MethodSource
  void brokenBodies(Refused broken) throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send(
          broken.request().replace("/a ", "/broken ") + "GET /smuggled HTTP/1.1\r\n" + HOST + END);
      Answer answer = client.read("POST");
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("the body is broken");
      assertClosed(client);
      assertThat(seen).isEmpty();
    }
  }

  @Test
  void bodyThatBreaksLater_is400_andTheReplicaIsCutOff() throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send(
          "POST /later HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
      eventually(
          "the replica has the head",
          () -> origin.heads().stream().anyMatch(head -> head.startsWith("POST /later ")));
      client.send("zz\r\n");
      assertThat(client.read("POST").status()).isEqualTo(400);
      assertClosed(client);
      eventually("the replica is told", () -> cut.contains("POST /later"));
      assertThat(seen).isEmpty();
    }
  }

  // Forwarded: the replica sees the same

  private record Passed(String name, String request, boolean reused, List<String> seen) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Passed reused(String name, String request, String... seen) {
    return new Passed(name, request, true, List.of(seen));
  }

  private static Passed closed(String name, String request, String... seen) {
    return new Passed(name, request, false, List.of(seen));
  }

  private static Passed path(String path) {
    return reused(path, "GET " + path + " HTTP/1.1\r\n" + HOST + END, "GET " + path);
  }

  static Stream<Passed> passed() {
    String post = "POST /a HTTP/1.1\r\n" + HOST;
    String get = "GET /a HTTP/1.1\r\n" + HOST;
    String chunked = "Transfer-Encoding: chunked\r\n";
    return Stream.of(
        reused("GET", get + END, "GET /a"),
        reused("POST with a length", post + "Content-Length: 2\r\n\r\nab", "POST /a ab"),
        reused("POST without a body", post + END, "POST /a"),
        reused("length 0", post + "Content-Length: 0\r\n\r\n", "POST /a"),
        reused("length 002", post + "Content-Length: 002\r\n\r\nab", "POST /a ab"),
        reused("chunks", post + chunked + "\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "POST /a abc"),
        reused("no chunk", post + chunked + "\r\n0\r\n\r\n", "POST /a"),
        reused(
            "CHUNKED",
            post + "Transfer-Encoding: CHUNKED\r\n\r\n2\r\nab\r\n0\r\n\r\n",
            "POST /a ab"),
        reused(
            "chunk extension", post + chunked + "\r\n2;x=\"y\"\r\nab\r\n0\r\n\r\n", "POST /a ab"),
        reused(
            "trailer, which goes no further",
            post + "Trailer: X-T\r\n" + chunked + "\r\n2\r\nab\r\n0\r\nX-T: 1\r\n\r\n",
            "POST /a ab"),
        reused("GET with a body", get + "Content-Length: 2\r\n\r\nab", "GET /a ab"),
        reused(
            "DELETE with a body",
            "DELETE /a HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\nab",
            "DELETE /a ab"),
        reused("method of its own", "PURGE /a HTTP/1.1\r\n" + HOST + END, "PURGE /a"),
        reused("method in small letters", "get /a HTTP/1.1\r\n" + HOST + END, "get /a"),
        reused("OPTIONS *", "OPTIONS * HTTP/1.1\r\n" + HOST + END, "OPTIONS *"),
        reused("empty lines in front", "\r\n\r\n" + get + END, "GET /a"),
        reused(
            "Expect of something else",
            post + "Expect: x\r\nContent-Length: 2\r\n\r\nab",
            "POST /a ab"),
        reused(
            "upgrade to h2c, which is none",
            get
                + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                + "HTTP2-Settings: AAMAAABk\r\n\r\n",
            "GET /a"),
        reused(
            "Connection names the length",
            post + "Connection: Content-Length\r\nContent-Length: 2\r\n\r\nab",
            "POST /a ab"),
        reused(
            "Connection names the coding",
            post + "Connection: Transfer-Encoding\r\n" + chunked + "\r\n2\r\nab\r\n0\r\n\r\n",
            "POST /a ab"),
        reused(
            "as many headers as there may be",
            get + headers(HttpLimits.HEADER_COUNT - 1) + END,
            "GET /a"),
        reused(
            "target to a proxy", "GET http://x/a%2Fb?c HTTP/1.1\r\n" + HOST + END, "GET /a%2Fb?c"),
        reused("no path", "GET http://x HTTP/1.1\r\n" + HOST + END, "GET /"),
        reused("no path but a query", "GET http://x?b=/c HTTP/1.1\r\n" + HOST + END, "GET /?b=/c"),
        reused("HTTP:// in capitals", "GET HTTP://x/a HTTP/1.1\r\n" + HOST + END, "GET /a"),
        reused("OPTIONS of a host", "OPTIONS http://x HTTP/1.1\r\n" + HOST + END, "OPTIONS *"),
        reused("HTTP/1.2", "GET /a HTTP/1.2\r\n" + HOST + END, "GET /a"),
        reused(
            "chunk extension behind space",
            post + chunked + "\r\n2 ;x\r\nab\r\n0\r\n\r\n",
            "POST /a ab"),
        reused(
            "chunk sizes with zeros, in capitals, and a large one",
            post + chunked + "\r\n0002\r\nab\r\nA\r\n0123456789\r\n000\r\n\r\n",
            "POST /a ab0123456789"),
        path("/a%2Fb"),
        path("//a//b"),
        path("/a/../b/./c"),
        path("/%zz"),
        path("/a;b=c"),
        path("/a?b=%2F&c=d?e//"),
        path("/%C3%A9"),
        path("/a|b\"<>\\^`{}"),
        closed("Connection: close", get + "Connection: close\r\n\r\n", "GET /a"),
        closed("close among others", get + "Connection: X-A, Close\r\n\r\n", "GET /a"),
        closed(
            "close in a second header",
            get + "Connection: X-A\r\nConnection: close\r\n\r\n",
            "GET /a"),
        closed(
            "close, and another behind it",
            get + "Connection: close\r\n\r\n" + "GET /smuggled HTTP/1.1\r\n" + HOST + END,
            "GET /a"),
        closed(
            "close among others, and another behind it",
            get + "Connection: X-A, close\r\n\r\n" + "GET /smuggled HTTP/1.1\r\n" + HOST + END,
            "GET /a"),
        closed("HTTP/1.0", "GET /a HTTP/1.0\r\n\r\n", "GET /a"),
        reused(
            "HTTP/1.0 with keep-alive",
            "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "GET /a"),
        closed(
            "HTTP/1.0 with a body",
            "POST /a HTTP/1.0\r\nContent-Length: 2\r\n\r\nab",
            "POST /a ab"));
  }

  @ParameterizedTest
  @MethodSource
  void passed(Passed passed) throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send(passed.request());
      Answer answer = client.read();
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("ok");
      assertThat(seen).isEqualTo(passed.seen());
      if (passed.reused()) {
        assertReused(client);
      } else {
        assertClosed(client);
        assertThat(seen).as("and nothing behind the last").isEqualTo(passed.seen());
      }
      assertThat(cut).doesNotContain("GET /a", "POST /a");
    }
  }

  @Test
  void pipelined_areAnsweredInOrder() throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send("POST /1 HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\nab"
          + "GET /2 HTTP/1.1\r\n"
          + HOST + END + "GET /rep HTTP/1.1\r\n" + HOST + END
          + "PUT /3 HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n"
          + "GET /4 HTTP/1.1\r\n" + HOST + END);
      assertThat(client.read().body()).isEqualTo("ok");
      assertThat(client.read().body()).isEqualTo("ok");
      assertThat(client.read().body()).contains("server1");
      assertThat(client.read().body()).isEqualTo("ok");
      assertThat(client.read().body()).isEqualTo("ok");
      assertThat(seen).containsExactly("POST /1 ab", "GET /2", "PUT /3 c", "GET /4");
      assertReused(client);
    }
  }

  @Test
  void connections_toTheReplica_areReused() throws Exception {
    int before = origin.connections();
    for (int i = 0; i < 20; i++) {
      assertThat(balancer.get("/" + i).statusCode()).isEqualTo(200);
    }
    assertThat(origin.connections() - before).isLessThan(5);
  }

  // Headers of a request

  /** The last head that began so; there may be a late one of a request that broke off. */
  private static String lastHead(String first) {
    return origin.heads().stream()
        .filter(head -> head.startsWith(first))
        .reduce((earlier, later) -> later)
        .orElseThrow();
  }

  /** The headers that the replica saw, less the id. */
  private static List<String> sent(String request) throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send(request);
      assertThat(client.read().status()).isEqualTo(200);
      String head = lastHead("GET /a ");
      assertReused(client);
      return Arrays.stream(head.split("\r\n"))
          .skip(1)
          .map(line ->
              line.split(": ?", 2)[0].toLowerCase(Locale.ROOT) + ": " + line.split(": ?", 2)[1])
          .filter(line -> !line.startsWith("x-request-id: "))
          .map(line -> line.startsWith("via: ")
              ? line.replaceAll("hashring-[0-9a-f]{16}", "hashring")
              : line)
          .toList();
    }
  }

  @Test
  void headersOfTheConnection_areDropped_andOthersKept() throws Exception {
    assertThat(
            sent("GET /a HTTP/1.1\r\nHost: Shop.example:8080\r\nConnection: X-Hop, keep-alive\r\n"
                + "Connection: x-hop2\r\nX-Hop: 1\r\nX-Hop2: 1\r\nKeep-Alive: timeout=5\r\n"
                + "Proxy-Connection: x\r\nProxy-Authorization: Basic eA==\r\n"
                + "TE: trailers\r\nUpgrade: foo\r\nTrailer: X-T\r\n"
                + "X-Kept: 1\r\nX-Kept: 2\r\nX-Empty:\r\nCookie: a=1; b=2\r\n"
                + "Authorization: Basic eA==\r\n\r\n"))
        .containsExactlyInAnyOrder(
            "host: Shop.example:8080",
            "x-kept: 1",
            "x-kept: 2",
            "x-empty: ",
            "cookie: a=1; b=2",
            "authorization: Basic eA==",
            "x-forwarded-for: 127.0.0.1",
            "x-forwarded-proto: http",
            "x-forwarded-host: Shop.example:8080",
            "via: 1.1 hashring");
  }

  @Test
  void forwardedHeaders_ofAStranger() throws Exception {
    assertThat(sent("GET /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\n"
            + "X-Forwarded-For: 10.0.0.2\r\nX-Forwarded-Proto: https\r\n"
            + "X-Forwarded-Host: y\r\n\r\n"))
        .containsExactlyInAnyOrder(
            "host: x",
            "x-forwarded-for: 10.0.0.1, 10.0.0.2, 127.0.0.1",
            "x-forwarded-proto: http",
            "x-forwarded-host: x",
            "via: 1.1 hashring");
  }

  /** A client must not get rid of what is said about it, nor of what the message needs. */
  @Test
  void connection_cannotNameAwayWhatIsNeeded() throws Exception {
    assertThat(sent("GET /a HTTP/1.1\r\nHost: x\r\n"
            + "Connection: Host, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, "
            + "X-Request-Id\r\n"
            + "X-Forwarded-For: 10.0.0.1\r\n\r\n"))
        .containsExactlyInAnyOrder(
            "host: x",
            "x-forwarded-for: 127.0.0.1",
            "x-forwarded-proto: http",
            "x-forwarded-host: x",
            "via: 1.1 hashring");
  }

  @Test
  void foldedHeader_isUnfolded() throws Exception {
    assertThat(sent("GET /a HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n \t2\r\n\r\n")).contains("x-a: 1 2");
  }

  // Answers

  private record Replied(
      String name, String method, String reply, int status, List<String> headers, String body) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Replied replied(
      String name, String reply, int status, String body, String... headers) {
    return new Replied(name, "GET", reply, status, List.of(headers), body);
  }

  private static Replied head(String name, String reply, int status, String... headers) {
    return new Replied(name, "HEAD", reply, status, List.of(headers), "");
  }

  /** Each with the headers that frame it, or that the case is about. */
  static Stream<Replied> answers() {
    String ok = "HTTP/1.1 200 OK\r\n";
    return Stream.of(
        replied("length", ok + "Content-Length: 2\r\n\r\nok", 200, "ok", "content-length: 2"),
        replied("length 0", ok + "Content-Length: 0\r\n\r\n", 200, "", "content-length: 0"),
        replied(
            "chunks",
            ok + "Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
            200,
            "ok",
            "transfer-encoding: chunked"),
        replied(
            "CHUNKED",
            ok + "Transfer-Encoding: CHUNKED\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            200,
            "ok",
            "transfer-encoding: chunked"),
        replied(
            "trailer, which goes no further",
            ok + "Trailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n",
            200,
            "ok",
            "transfer-encoding: chunked"),
        replied("204", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        replied(
            "204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, ""),
        replied("304", "HTTP/1.1 304 Not Modified\r\n\r\n", 304, ""),
        replied(
            "304 with a length",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n",
            304,
            "",
            "content-length: 500"),
        replied(
            "205",
            "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n",
            205,
            "",
            "content-length: 0"),
        replied(
            "no reason",
            "HTTP/1.1 404 \r\nContent-Length: 2\r\n\r\nok",
            404,
            "ok",
            "content-length: 2"),
        replied(
            "status of its own",
            "HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok",
            799,
            "ok",
            "content-length: 2"),
        replied(
            "100 that nobody asked for",
            "HTTP/1.1 100 Continue\r\n\r\n" + Origin.OK,
            200,
            "ok",
            "content-length: 2"),
        replied(
            "HTTP/1.0",
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
            200,
            "ok",
            "content-length: 2"),
        replied(
            "cookies",
            ok + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok",
            200,
            "ok",
            "set-cookie: a=1",
            "set-cookie: b=2",
            "content-length: 2"),
        replied(
            "dates",
            ok + "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nExpires: 0\r\n"
                + "Cache-Control: public, max-age=x\r\nContent-Length: 2\r\n\r\nok",
            200,
            "ok",
            "date: Sun, 06 Nov 1994 08:49:37 GMT",
            "expires: 0",
            "cache-control: public, max-age=x",
            "content-length: 2"),
        replied(
            "headers of the connection",
            ok + "Connection: X-Hop, Content-Length\r\nX-Hop: 1\r\n"
                + "Keep-Alive: timeout=5\r\nProxy-Connection: x\r\nProxy-Authenticate: Basic\r\n"
                + "Upgrade: h2c\r\nX-Kept: 1\r\n"
                + "X-Hashring-Node: forged\r\nContent-Length: 2\r\n\r\nok",
            200,
            "ok",
            "x-kept: 1",
            "content-length: 2"),
        head("HEAD with a length", ok + "Content-Length: 500\r\n\r\n", 200, "content-length: 500"),
        head("HEAD without", ok + END, 200),
        head("HEAD with chunks", ok + "Transfer-Encoding: chunked\r\n\r\n", 200),
        replied(
            "length and coding",
            ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            502,
            "valid"),
        replied(
            "two lengths", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", 502, "valid"),
        replied("length -2", ok + "Content-Length: -2\r\n\r\nok", 502, "valid"),
        replied(
            "gzip, chunked",
            ok + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            502,
            "valid"),
        replied(
            "NUL in a header", ok + "X-A: 1\u00002\r\nContent-Length: 2\r\n\r\nok", 502, "valid"),
        replied(
            "bare LF in a header",
            ok + "X-A: 1\nX-B: 2\r\nContent-Length: 2\r\n\r\nok",
            502,
            "valid"),
        replied(
            "huge header",
            ok + "X-A: " + "a".repeat(HttpLimits.HEADERS) + "\r\n\r\n",
            502,
            "valid"),
        replied(
            "101 that nobody asked for",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            502,
            "valid"),
        replied("HTTP/3.7", "HTTP/3.7 200 OK\r\nContent-Length: 2\r\n\r\nok", 502, "valid"),
        replied(
            "status of two digits",
            "HTTP/1.1 42 Odd\r\nContent-Length: 2\r\n\r\nok",
            502,
            "valid"));
  }

  /**
   * On a connection that served before, it may be what came late for somebody else: a safe request
   * gets another one, and what may have been executed does not.
   */
  @Test
  void answer_thatIsNoHttp_isAskedForOnceMoreAtMostIfThatIsSafe() throws Exception {
    for (String method : List.of("GET", "POST", "GET", "POST")) {
      reply = "SSH-2.0-OpenSSH_9.2\r\n\r\n";
      seen.clear();
      try (RawClient client = RawClient.to(balancer)) {
        client.send(method + " /a HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n" + END);
        assertThat(client.read().status()).isEqualTo(502);
        assertThat(seen)
            .containsOnly(method + " /a")
            .hasSizeLessThanOrEqualTo(method.equals("GET") ? 2 : 1);
        assertReused(client);
      }
    }
  }

  @ParameterizedTest
  @MethodSource
  void answers(Replied replied) throws Exception {
    reply = replied.reply();
    try (RawClient client = RawClient.to(balancer)) {
      client.send(replied.method() + " /a HTTP/1.1\r\n" + HOST + END);
      Answer answer = client.read(replied.method());
      assertThat(answer.status()).as(answer.body()).isEqualTo(replied.status());
      assertThat(seen).containsExactly(replied.method() + " /a");
      if (replied.status() == 502) {
        assertThat(answer.body()).contains("<Error> the replica's answer is not valid HTTP");
      } else {
        assertThat(answer.body()).isEqualTo(replied.body());
        assertThat(answer.values("X-Hashring-Node")).containsExactly("server1");
        assertThat(answer.values("Date"))
            .singleElement()
            .asString()
            .matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
        assertThat(headersOf(answer, replied.headers()))
            .containsExactlyInAnyOrderElementsOf(replied.headers());
      }
      assertReused(client);
    }
  }

  /** All but our own, in small letters; the date where the case is about it. */
  private static List<String> headersOf(Answer answer, List<String> expected) {
    return answer.lines().stream()
        .skip(1)
        .map(line -> line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT)
            + line.substring(line.indexOf(':')))
        .filter(line -> !line.startsWith("x-hashring-node: "))
        .filter(line -> !line.startsWith("date: ") || expected.contains(line))
        .toList();
  }

  @Test
  void answer_endedByTheConnection_isChunked_andTheClientsStaysOpen() throws Exception {
    reply = "HTTP/1.1 200 OK\r\n\r\nok";
    hangUp = true;
    try (RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.1\r\n" + HOST + END);
      Answer answer = client.read();
      assertThat(answer.values("Transfer-Encoding")).containsExactly("chunked");
      assertThat(answer.body()).isEqualTo("ok");
      assertThat(seen).containsExactly("GET /a");
      assertReused(client);
    }
  }

  /**
   * For them there are no chunks: the end of the connection is the end, even if it was to be kept.
   */
  @Test
  void answer_withoutLength_toHttp10_endsWithTheConnection() throws Exception {
    reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    for (String connection : List.of("", "Connection: keep-alive\r\n")) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send("GET /a HTTP/1.0\r\n" + connection + END);
        Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.values("Transfer-Encoding")).isEmpty();
        assertThat(answer.values("Content-Length")).isEmpty();
        assertThat(answer.values("Connection")).doesNotContain("keep-alive");
        assertThat(answer.body()).isEqualTo("ok");
        assertClosed(client);
      }
    }
    assertThat(seen).containsExactly("GET /a", "GET /a");
  }

  /** What comes behind an answer belongs to nobody, and never to the next client. */
  @Test
  void bytesBehindAnAnswer_reachNobody() throws Exception {
    reply = Origin.OK + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    try (RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.1\r\n" + HOST + END);
      assertThat(client.read().body()).isEqualTo("ok");
      assertThat(seen).containsExactly("GET /a");
      assertReused(client);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zz\r\n", " 2\r\nok\r\n", "2 \r\nok\r\n", "2\r\r\nok\r\n", "2\nok\r\n"})
  void answer_brokenAtItsFirstChunk_is502(String chunk) throws Exception {
    reply = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk;
    try (RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n");
      Answer answer = client.read();
      assertThat(answer.lines().get(0)).isEqualTo("HTTP/1.1 502 Bad Gateway");
      assertThat(answer.values("Set-Cookie")).isEmpty();
      assertThat(seen).containsExactly("GET /a");
      assertClosed(client);
    }
  }

  @Test
  void answer_brokenLater_isCut() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    try (Origin breaking = Origin.start((head, in, out) -> {
          out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"
              .getBytes(StandardCharsets.US_ASCII));
          read.await();
          out.write("zz\r\n".getBytes(StandardCharsets.US_ASCII));
        });
        Balancer before = Balancer.over(List.of(breaking.port()), "--check-interval", "60m");
        RawClient client = RawClient.to(before)) {
      client.send("GET /a HTTP/1.1\r\n" + HOST + END);
      client.readUntil("\r\n2\r\nok\r\n");
      read.countDown();
      assertClosed(client);
      assertThat(breaking.heads()).hasSize(1);
    }
  }
}
