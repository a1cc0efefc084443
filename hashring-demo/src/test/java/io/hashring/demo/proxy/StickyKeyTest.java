package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** {@code sticky:NAME}: whoever has no key is given one, and comes back to the same node. */
final class StickyKeyTest {

  private static String cookie(HttpResponse<?> answer) {
    List<String> cookies = answer.headers().allValues("Set-Cookie");
    assertThat(cookies).hasSize(1);
    assertThat(cookies.get(0)).matches("lb=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Lax");
    return cookies.get(0).replaceAll(";.*", "");
  }

  /** B8: the session is where the login was, and logins are spread. */
  @Test
  void session_isFoundWhereItWasMade() throws Exception {
    try (Balancer balancer =
        Balancer.start("--key", "sticky:lb", "--count", "3", "--check-interval", "60m")) {
      Map<String, Integer> logins = new TreeMap<>();
      for (int i = 0; i < 60; i++) {
        HttpResponse<String> login = balancer.call("POST", "/login", "user=" + i);
        String cookie = cookie(login);
        logins.merge(Balancer.node(login), 1, Integer::sum);
        HttpResponse<String> me = balancer.get("/me", "Cookie", "SID=s" + i + "; " + cookie);
        assertThat(Balancer.node(me)).isEqualTo(Balancer.node(login));
        assertThat(me.headers().allValues("Set-Cookie")).isEmpty();
      }
      assertThat(logins).hasSize(3);
    }
  }

  @Test
  void list_onlyWhoHasNoKeyIsGivenOne() throws Exception {
    try (Balancer balancer = Balancer.start(
        "--key", "header:X-User,sticky:lb", "--count", "8", "--check-interval", "60m")) {
      HttpResponse<String> known = balancer.get("/", "X-User", "u");
      assertThat(known.headers().allValues("Set-Cookie")).isEmpty();
      assertThat(Balancer.node(known))
          .isEqualTo(balancer.members().ring().locate("u").name());
      assertThat(cookie(balancer.get("/", "X-User", ""))).isNotEmpty();
      assertThat(cookie(balancer.get("/", "Cookie", "lb="))).isNotEmpty();
      assertThat(Balancer.node(balancer.get("/", "Cookie", "lb=mine")))
          .isEqualTo(balancer.members().ring().locate("mine").name());
    }
  }

  /** The owner was away at the first request; the session is elsewhere, and stays found there. */
  @Test
  void firstRequestOffItsPrimary_cookieLeadsToWhoHadIt() throws Exception {
    Origin gone = Origin.answering(Origin.OK);
    int port = gone.port();
    try (Origin other = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(
            List.of(port, other.port()), "--key", "sticky:lb", "--check-interval", "60m")) {
      eventually("the first check", () -> gone.heartbeats() == 1);
      gone.close();
      Map<String, String> cookies = new HashMap<>();
      for (int i = 0; i < 20; i++) {
        HttpResponse<String> first = balancer.get("/" + i);
        assertThat(Balancer.node(first)).isEqualTo("server2");
        cookies.put("/" + i, cookie(first));
      }
      assertThat(cookies.values())
          .allSatisfy(cookie -> assertThat(balancer
                  .members()
                  .ring()
                  .locate(cookie.substring("lb=".length()))
                  .name())
              .isEqualTo("server2"));
    } finally {
      gone.close();
    }
  }

  @Test
  void cookies_ofTheReplica_andErrors() throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 302 Found\r\nSet-Cookie: SID=1\r\n"
            + "Set-Cookie: t=2\r\nLocation: /me\r\nContent-Length: 0\r\n\r\n");
        Balancer balancer = Balancer.over(
            List.of(origin.port()),
            "--key",
            "sticky:__Host-lb",
            "--check-interval",
            "60m",
            "--trusted-proxies",
            "127.0.0.1")) {
      List<String> cookies = balancer.call("POST", "/login", "").headers().allValues("Set-Cookie");
      assertThat(cookies).hasSize(3).contains("SID=1", "t=2");
      assertThat(cookies.get(2)).matches("__Host-lb=[0-9a-f]{32}; .*; Secure");
    }
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(
            List.of(origin.port()),
            "--key",
            "sticky:lb",
            "--check-interval",
            "60m",
            "--trusted-proxies",
            "127.0.0.1")) {
      assertThat(balancer.get("/", "X-Forwarded-Proto", "https").headers().allValues("Set-Cookie"))
          .singleElement()
          .asString()
          .endsWith("; Secure");
    }
    try (Origin broken = Origin.hangingUp();
        Balancer balancer = Balancer.over(
            List.of(broken.port()), "--key", "sticky:lb", "--check-interval", "60m")) {
      HttpResponse<String> answer = balancer.call("POST", "/login", "");
      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(answer.headers().allValues("Set-Cookie")).isEmpty();
    }
  }
}
