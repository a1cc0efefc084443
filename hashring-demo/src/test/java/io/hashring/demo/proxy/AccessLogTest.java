package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.LoadBalancerTest;
import io.hashring.demo.Origin;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AccessLogTest {

  private static final String[] LOGGED = {
    "--check-interval", "60m", "--access-log", "--key", "header:X-Key"
  };

  /** The one line that a raw request leaves, once its answer is there. */
  private static String lineOf(Origin origin, String request) throws Exception {
    try (Balancer balancer = Balancer.over(List.of(origin.port()), LOGGED)) {
      LoadBalancerTest.raw(balancer.port(), request + "Host: x\r\nConnection: close\r\n\r\n");
      eventually("a line", () -> !balancer.output().isEmpty());
      assertThat(balancer.output()).hasSize(1);
      return balancer.output().get(0);
    }
  }

  private static String forwardedId(Origin origin) {
    return origin
        .heads()
        .get(0)
        .lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("x-request-id: "))
        .map(line -> line.substring("x-request-id: ".length()))
        .reduce((a, b) -> a + " and " + b)
        .orElseThrow();
  }

  @Test
  void line_hasItsFields() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK)) {
      String line = lineOf(
          origin,
          "POST /users/42?q=1 HTTP/1.1\r\nContent-Length: 0\r\nX-Key: u42\r\n"
              + "X-Request-Id: trace-1:a/b\r\n");
      assertThat(line)
          .matches("time=\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z id=trace-1:a/b"
              + " method=POST path=/users/42 key=u42 node=server1 tries=1 status=200"
              + " ms=\\d+\\.\\d{3}");
      assertThat(forwardedId(origin)).isEqualTo("trace-1:a/b");
    }
  }

  @Test
  void off_byDefault() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1")) {
      balancer.get("/x");
      eventually(
          "counted, as it would be logged",
          () -> balancer.get("/_lb/metrics").body().contains("status=\"200\"} 1"));
      assertThat(balancer.output()).isEmpty();
    }
  }

  @Test
  void tries_andTheNodeThatWasLast() throws Exception {
    try (Origin first = Origin.hangingUp();
        Origin second = Origin.hangingUp();
        Balancer balancer = Balancer.over(List.of(first.port(), second.port()), LOGGED)) {
      balancer.get("/x");
      balancer.remove("{\"n\":2}");
      balancer.get("/x");
      eventually("two lines", () -> balancer.output().size() == 2);
      assertThat(balancer.output().get(0)).containsPattern(" node=server[12] tries=2 status=502 ");
      assertThat(balancer.output().get(1)).contains(" node=- tries=0 status=503 ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "X-Request-Id: \r\n",
        "X-Request-Id: a b\r\n",
        "X-Request-Id: a\\u000a\r\n",
        "X-Request-Id: \u00e9\r\n",
        "X-Request-Id: a\r\nX-Request-Id: b\r\n"
      })
  void id_notWellFormed_isReplaced(String header) throws Exception {
    try (Origin origin = Origin.answering(Origin.OK)) {
      String line = lineOf(origin, "GET /x HTTP/1.1\r\n" + header);
      assertThat(forwardedId(origin)).matches("[0-9a-f]{32}");
      assertThat(line).contains(" id=" + forwardedId(origin) + " ");
    }
  }

  @Test
  void id_ofOver128Characters_isReplaced() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK)) {
      lineOf(origin, "GET /x HTTP/1.1\r\nX-Request-Id: " + "a".repeat(129) + "\r\n");
      assertThat(forwardedId(origin)).matches("[0-9a-f]{32}");
    }
  }

  /** Decoded from a query, a key may have any character in it. */
  @Test
  void values_cannotForgeAnything() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1", "--access-log", "--key", "query:k")) {
      LoadBalancerTest.raw(
          balancer.port(),
          "GET /a\\u000a?k=k%20status=200%0d%0aid=x%1b%5b2J%7f%C2%85%C3%A9%F0%9F%99%82%5c "
              + "HTTP/1.1\r\n"
              + "Host: x\r\nConnection: close\r\n\r\n");
      eventually("a line", () -> !balancer.output().isEmpty());
      assertThat(balancer.output()).hasSize(1);
      assertThat(balancer.output().get(0))
          .contains(" path=/a\\u005cu000a ")
          .contains(" key=k\\u0020status=200\\u000d\\u000aid=x\\u001b[2J\\u007f\\u0085\\u00e9"
              + "\\ud83d\\ude42\\u005c ")
          .matches("[\\x20-\\x7e]+");
      assertThat(balancer.output().get(0).split(" ")).hasSize(9);
    }
  }
}
