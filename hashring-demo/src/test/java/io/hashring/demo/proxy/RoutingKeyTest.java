package io.hashring.demo.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hashring.demo.Balancer;
import io.hashring.demo.LoadBalancerTest;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RoutingKeyTest {

  @ParameterizedTest
  @CsvSource({
    "path,           a/b,",
    "uri,            a/b?user=q1&x=2,",
    "header:X-User,  h1,",
    "cookie:session, c1,",
    "query:user,     q1,",
    "client-ip,      127.0.0.1,",
    "header:X-None,  a/b,",
    "header:X-Empty, a/b,",
    "cookie:none,    a/b,",
    "query:none,     a/b,",
  })
  void key_picksTheNode(String key, String expected) throws Exception {
    try (Balancer balancer = Balancer.start("--key", key, "--count", "8")) {
      String owner = balancer.members().ring().locate(expected).name();
      String node = balancer.nodeOf(
          "/a/b?user=q1&x=2", "X-User", "h1", "Cookie", "other=o1; session=c1", "X-Empty", "");
      assertThat(node).isEqualTo(owner);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a/b", "a%2Fb", "%C3%A9", "a//b", "/a", "a/../b", "a;b", "a+b"})
  void path_isTakenAsReceived(String path) throws Exception {
    try (Balancer balancer = Balancer.start("--count", "8")) {
      String owner = balancer.members().ring().locate(path).name();
      String answer = LoadBalancerTest.raw(
          balancer.port(), "GET /" + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(answer).startsWith("HTTP/1.1 200").contains("X-Hashring-Node: " + owner + "\r\n");
    }
  }

  @Test
  void query_thatCannotBeDecoded_fallsBackToThePath() throws Exception {
    try (Balancer balancer = Balancer.start("--key", "query:user", "--count", "8")) {
      String owner = balancer.members().ring().locate("a").name();
      String answer = LoadBalancerTest.raw(
          balancer.port(), "GET /a?user=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(answer).contains("X-Hashring-Node: " + owner + "\r\n");
    }
  }

  @Test
  void query_ofARequestWithABody() throws Exception {
    try (Balancer balancer = Balancer.start("--key", "query:user", "--count", "8")) {
      String owner = balancer.members().ring().locate("q1").name();
      assertThat(Balancer.node(balancer.send(balancer
              .request("/a?user=q1")
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(BodyPublishers.ofString("user=other")))))
          .isEqualTo(owner);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "Path", "header", "header:", "cookie: ", "body:x", "path:x", "client-ip:1"})
  void parse_unknown(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RoutingKey.parse(text))
        .withMessage(
            "the routing key must be path, uri, header:NAME, cookie:NAME, query:NAME or client-ip: "
                + text);
  }
}
