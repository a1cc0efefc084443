package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hashring.demo.Balancer;
import io.hashring.demo.LoadBalancerTest;
import io.hashring.demo.Origin;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who the client is, and what the replica is told of it. */
final class TrustedProxiesTest {

  private static final String[] NO_CHECKS = {"--check-interval", "60m"};

  private static Balancer trusting(String proxies) throws Exception {
    return Balancer.start(
        "--key",
        "client-ip",
        "--trusted-proxies",
        proxies,
        "--count",
        "8",
        "--access-log",
        "--check-interval",
        "60m");
  }

  /** B10. */
  @Test
  void clientIp_isTheLastThatNoTrustedProxyHas() throws Exception {
    String[][] table = {
      {"", "127.0.0.1"},
      {"X-Forwarded-For: 203.0.113.7|", "203.0.113.7"},
      {"X-Forwarded-For: 1.1.1.1, 203.0.113.7|", "203.0.113.7"},
      {"X-Forwarded-For: 1.1.1.1, 203.0.113.7, 10.1.2.3|", "203.0.113.7"},
      {"X-Forwarded-For: 1.1.1.1|X-Forwarded-For: 203.0.113.7 ,10.1.2.3|", "203.0.113.7"},
      {"X-Forwarded-For: 10.0.0.1, 10.0.0.2|", "10.0.0.1"},
      {"X-Forwarded-For: 203.0.113.7:4711|", "203.0.113.7"},
      {"X-Forwarded-For: 2001:DB8:0:0::7|", "2001:db8::7"},
      {"X-Forwarded-For: [2001:db8::7]:4711|", "2001:db8::7"},
      {"X-Forwarded-For: [2001:db8::7]|", "2001:db8::7"},
      {"X-Forwarded-For: ::ffff:203.0.113.7|", "203.0.113.7"},
      {"X-Forwarded-For: 203.0.113.7, 2001:db8:1::1|", "203.0.113.7"},
      {"X-Forwarded-For: 203.0.113.7, unknown|", "127.0.0.1"},
      {"X-Forwarded-For: 203.0.113.7, unknown, 10.0.0.1|", "10.0.0.1"},
      {"X-Forwarded-For: evil.example|", "127.0.0.1"},
      {"X-Forwarded-For: 203.0.113.7,|", "127.0.0.1"},
      {"X-Forwarded-For: |", "127.0.0.1"},
      {"X-Forwarded-For: 256.0.0.1|", "127.0.0.1"},
      {"X-Forwarded-For: 203.0.113.7:99x|", "127.0.0.1"},
      {"Forwarded: for=203.0.113.7|", "203.0.113.7"},
      {"Forwarded: For=\"203.0.113.7:47\";proto=https, for=10.0.0.1|", "203.0.113.7"},
      {"Forwarded: for=\"[2001:db8::7]:4711\"|", "2001:db8::7"},
      {"Forwarded: for=\"\\[2001:db8::7\\]\"|", "2001:db8::7"},
      {"Forwarded: by=10.0.0.9; for=203.0.113.7 ;host=x|", "203.0.113.7"},
      {"Forwarded: host=\"a,for=1.1.1.1\";for=203.0.113.7|", "203.0.113.7"},
      {"Forwarded: for=1.1.1.1|Forwarded: for=203.0.113.7|", "203.0.113.7"},
      {"Forwarded: for=203.0.113.7, for=_hidden|", "127.0.0.1"},
      {"Forwarded: for=203.0.113.7, proto=https|", "127.0.0.1"},
      {"Forwarded: for=\"203.0.113.7|", "127.0.0.1"},
      {"Forwarded: for=203.0.113.7|X-Forwarded-For: 203.0.113.7|", "203.0.113.7"},
      // one of them was made up, and nobody knows which
      {"Forwarded: for=1.1.1.1|X-Forwarded-For: 203.0.113.7|", "127.0.0.1"},
      {"X-Real-IP: 1.1.1.1|", "127.0.0.1"},
    };
    try (Balancer balancer = trusting("127.0.0.1, 10.0.0.0/8,2001:db8:1::/48")) {
      for (String[] row : table) {
        RoutingKeyTest.assertKey(balancer, "/a", row[0], row[1]);
      }
    }
  }

  /** Whoever is not trusted picks no node. */
  @ParameterizedTest
  @ValueSource(strings = {"", "10.0.0.0/8", "127.0.0.2", "::1", "::ffff:10.0.0.0/104"})
  void clientIp_ofStrangers_isTheirOwn(String proxies) throws Exception {
    try (Balancer balancer =
        proxies.isEmpty() ? RoutingKeyTest.balancer("client-ip") : trusting(proxies)) {
      RoutingKeyTest.assertKey(balancer, "/a", "X-Forwarded-For: 1.1.1.1|", "127.0.0.1");
      RoutingKeyTest.assertKey(balancer, "/a", "Forwarded: for=1.1.1.1|", "127.0.0.1");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1/32", "127.0.0.0/8", "127.1.2.3/9", "0.0.0.0/0", "::ffff:127.0.0.0/104"})
  void blocks(String proxies) throws Exception {
    try (Balancer balancer = trusting(proxies)) {
      RoutingKeyTest.assertKey(balancer, "/a", "X-Forwarded-For: 8.8.8.8|", "8.8.8.8");
    }
  }

  @Test
  void peer_ofIPv6() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(
            List.of(origin.port(), origin.port()),
            "--bind",
            "::1",
            "--key",
            "client-ip",
            "--trusted-proxies",
            "::1/127",
            "--access-log",
            "--check-interval",
            "60m")) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create("http://[::1]:" + balancer.port() + "/"));
      balancer.send(request.header("Forwarded", "for=unknown"));
      balancer.send(request.setHeader("Forwarded", "for=\"[2001:db8::7]\""));
      eventually("two lines", () -> balancer.output().size() == 2);
      assertThat(balancer.output().get(0)).contains(" key=::1 ");
      assertThat(balancer.output().get(1)).contains(" key=2001:db8::7 ");
      assertThat(origin.heads().get(1).toLowerCase(Locale.ROOT))
          .contains("forwarded: for=\"[2001:db8::7]\", for=\"[::1]\"\r\n")
          .contains("x-forwarded-for: ::1\r\n");
    }
  }

  /** B10: 200 clients behind one proxy. */
  @Test
  void clients_behindAProxy_areSpread() throws Exception {
    try (Balancer balancer = trusting("127.0.0.1")) {
      TreeSet<String> nodes = new TreeSet<>();
      for (int i = 0; i < 200; i++) {
        nodes.add(balancer.nodeOf("/", "X-Forwarded-For", "198.51.100." + i));
      }
      assertThat(nodes).hasSize(8);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0/8",
        "::1/129",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "proxy.example",
        "[::1]",
        "::ffff:10.0.0.0/95",
        "10.0.0.0/8 10.0.0.1",
        "1.2.3.4:80"
      })
  void parse_whatIsNoBlock(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrustedProxies.parse(List.of(text)))
        .withMessage("a trusted proxy must be an address, or a block such as 10.0.0.0/8: " + text);
  }

  // B32: what the replica is told

  private static List<String> forwarded(String proxies, String lines) throws Exception {
    String[] options = proxies.isEmpty()
        ? NO_CHECKS
        : new String[] {"--check-interval", "60m", "--trusted-proxies", proxies};
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), options)) {
      LoadBalancerTest.raw(
          balancer.port(),
          "GET / HTTP/1.1\r\nX-Kept: 1\r\n" + lines.replace("|", "\r\n")
              + "Connection: close\r\nHost: shop:80\r\n\r\n");
      return origin
          .heads()
          .get(0)
          .lines()
          .skip(1)
          .filter(line -> !line.isEmpty())
          .map(line -> line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT)
              + line.substring(line.indexOf(':')))
          .filter(line -> !line.matches("(host|via|x-request-id|connection): .*"))
          .sorted()
          .toList();
    }
  }

  @Test
  void trusted_whatItSaysStays() throws Exception {
    assertThat(forwarded(
            "127.0.0.0/8",
            "X-Forwarded-For: 203.0.113.7|X-Forwarded-Proto: https|X-Forwarded-Host: a.example|"
                + "X-Forwarded-Port: 443|X-Real-IP: 203.0.113.7|Forwarded: for=203.0.113.7|"))
        .containsExactly(
            "forwarded: for=203.0.113.7, for=127.0.0.1",
            "x-forwarded-for: 203.0.113.7, 127.0.0.1",
            "x-forwarded-host: a.example",
            "x-forwarded-port: 443",
            "x-forwarded-proto: https",
            "x-kept: 1",
            "x-real-ip: 203.0.113.7");
    assertThat(forwarded(
            "127.0.0.0/8", "X-Forwarded-Proto: HTTPS, http|X-Forwarded-Host: a.example, b|"))
        .contains("x-forwarded-proto: https", "x-forwarded-host: a.example");
    assertThat(forwarded("127.0.0.0/8", "X-Forwarded-Proto: javascript|X-Forwarded-For:|"))
        .containsExactly(
            "x-forwarded-for: 127.0.0.1",
            "x-forwarded-host: shop:80",
            "x-forwarded-proto: http",
            "x-kept: 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.0.0.0/8"})
  void stranger_whatItSaysDoesNotPass(String proxies) throws Exception {
    assertThat(forwarded(
            proxies,
            "X-Forwarded-For: 203.0.113.7|X-Forwarded-Proto: https|X-Forwarded-Host: a.example|"
                + "X-Forwarded-Port: 443|X-Real-IP: 203.0.113.7|Forwarded: for=203.0.113.7|"
                + "X-Forwarded-Ssl: on|X_Forwarded_Proto: https|X-FORWARDED-PREFIX: /a|"
                + "True-Client-IP: 1.1.1.1|Front-End-Https: on|x_real_ip: 1.1.1.1|X-Forwarded: x|"))
        .containsExactly(
            "x-forwarded-for: 203.0.113.7, 127.0.0.1",
            "x-forwarded-host: shop:80",
            "x-forwarded-proto: http",
            "x-kept: 1");
  }
}
