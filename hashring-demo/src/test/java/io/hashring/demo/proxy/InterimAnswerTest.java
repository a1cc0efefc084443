package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import io.hashring.demo.RawClient.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What comes before the final answer (RFC 9110, section 15.2), and before the body of a request
 * (section 10.1.1).
 */
final class InterimAnswerTest {

  private static final String[] NO_CHECKS = {"--check-interval", "60m"};
  private static final String GET = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String POST_ASKING =
      "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(strings = {"102 Processing", "103 Early Hints", "104 Upload", "199 Odd"})
  void interim_goesOn_andThenTheFinalAnswer(String status) throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 " + status
            + "\r\nLink: </a>\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n" + Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      for (int i = 0; i < 2; i++) {
        client.send(GET);
        Answer interim = client.read();
        assertThat(interim.lines()).containsExactly("HTTP/1.1 " + status, "Link: </a>");
        Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("ok");
      }
      assertThat(origin.connections()).as("and the health check's").isLessThanOrEqualTo(2);
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void interim_comesAtOnce_andManyMayCome() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    try (Origin origin = Origin.start((head, in, out) -> {
          for (int i = 0; i < 20; i++) {
            out.write(ascii("HTTP/1.1 102 Processing\r\n\r\n"));
          }
          seen.await();
          out.write(ascii("HTTP/1.1 103 Early Hints\r\n\r\n" + Origin.OK));
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(GET);
      for (int i = 0; i < 20; i++) {
        assertThat(client.read().status()).isEqualTo(102);
      }
      seen.countDown();
      assertThat(client.read().status()).isEqualTo(103);
      assertThat(client.read().body()).isEqualTo("ok");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"100 Continue", "102 Processing"})
  void interim_toHttp10_isPassedOver(String status) throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 " + status + "\r\n\r\n" + Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.0\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
    }
  }

  @Test
  void hundred_thatNobodyAskedFor_isPassedOver() throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 100 Continue\r\n\r\n" + Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(GET + GET);
      assertThat(client.read().body()).isEqualTo("ok");
      assertThat(client.read().body()).isEqualTo("ok");
    }
  }

  @Test
  void interim_andNothingElse_is504() throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 102 Processing\r\n\r\n");
        Balancer balancer = Balancer.over(
            List.of(origin.port()), "--check-interval", "60m", "--request-timeout", "200ms");
        RawClient client = RawClient.to(balancer)) {
      client.send(GET);
      assertThat(client.read().status()).isEqualTo(102);
      assertThat(client.read().status()).isEqualTo(504);
      balancer.assertNothingIsHeld();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 2", "Transfer-Encoding: chunked"})
  void interim_thatAnnouncesABody_is502(String announced) throws Exception {
    try (Origin origin =
            Origin.answering("HTTP/1.1 103 Early Hints\r\n" + announced + "\r\n\r\n" + Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(GET);
      assertThat(client.read().status()).isEqualTo(502);
      balancer.assertNothingIsHeld();
    }
  }

  // Heads that go at once

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 10", "Transfer-Encoding: chunked"})
  void head_goesAtOnce_soThatAReplicaCanRefuseEarly(String framing) throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          out.write(ascii("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"));
          in.readAllBytes();
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send("POST /a HTTP/1.1\r\nHost: x\r\n" + framing + "\r\n\r\n");
      assertThat(client.read("POST").status()).isEqualTo(413);
      balancer.assertNothingIsHeld();
    }
  }

  private static Origin consenting() throws IOException {
    return Origin.start((head, in, out) -> {
      out.write(ascii("HTTP/1.1 100 Continue\r\n\r\n"));
      answer(in, out);
    });
  }

  private static void answer(InputStream in, java.io.OutputStream out) throws IOException {
    String body = new String(in.readNBytes(2), StandardCharsets.US_ASCII);
    out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body));
  }

  @Test
  void expect_isAskedOfTheReplica() throws Exception {
    try (Origin origin = consenting();
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      for (int i = 0; i < 2; i++) {
        client.send(POST_ASKING);
        assertThat(client.read("POST").status()).isEqualTo(100);
        client.send("ab");
        assertThat(client.read("POST").body()).isEqualTo("ab");
      }
      assertThat(origin.heads())
          .hasSize(2)
          .allMatch(head -> head.contains("\r\nExpect: 100-continue\r\n"));
    }
  }

  /** As many do that know no such thing; the client must not wait for ever. */
  @Test
  void expect_replicaSaysNothing_isAnsweredHereSoon() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> answer(in, out));
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(POST_ASKING);
      assertThat(client.read("POST").status()).isEqualTo(100);
      client.send("ab");
      assertThat(client.read("POST").body()).isEqualTo("ab");
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void expect_clientDoesNotWait_isToldNothing() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          in.mark(1);
          in.read();
          in.reset();
          out.write(ascii("HTTP/1.1 100 Continue\r\n\r\n"));
          answer(in, out);
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(POST_ASKING + "ab");
      assertThat(client.read("POST").status()).isEqualTo(200);
    }
  }

  /** Whether the body still comes nobody can know, so what comes is not read as a request. */
  @Test
  void expect_refused_endsTheConnection() throws Exception {
    try (Origin origin =
            Origin.answering("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno");
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(POST_ASKING);
      Answer answer = client.read("POST");
      assertThat(answer.status()).isEqualTo(417);
      assertThat(answer.values("Connection")).containsExactly("close");
      assertThat(client.isClosed()).isTrue();
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void expect_ofTheBalancerItself_isAnsweredAtOnce() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1");
        RawClient client = RawClient.to(balancer)) {
      client.send("POST /add HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
          + "Content-Length: 7\r\n\r\n");
      assertThat(client.read("POST").status()).isEqualTo(100);
      client.send("{\"n\":1}");
      assertThat(client.read("POST").status()).isEqualTo(200);
      eventually("another replica", () -> balancer.replicas().size() == 2);
    }
  }
}
