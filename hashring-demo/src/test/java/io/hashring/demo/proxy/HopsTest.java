package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.FreePorts;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import io.hashring.demo.RawClient.Answer;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that go in circles, and those that may go only so far. */
final class HopsTest {

  private static final String[] NO_CHECKS = {"--check-interval", "60m"};

  @Test
  void replicaThatIsTheBalancer_is508_afterOneRound() throws Exception {
    int port = FreePorts.one();
    try (Balancer balancer =
        Balancer.over(List.of(port), "--port", Integer.toString(port), "--check-interval", "60m")) {
      for (int i = 0; i < 10; i++) {
        HttpResponse<String> answer = balancer.get("/" + i);
        assertThat(answer.statusCode()).isEqualTo(508);
        assertThat(answer.body()).contains("the request was here before");
      }
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void circleOfTwo_is508() throws Exception {
    Origin well = Origin.answering(Origin.OK); // for the only check of the first
    int port = well.port();
    try (Balancer first = Balancer.over(List.of(port), NO_CHECKS)) {
      eventually("a check", () -> well.heartbeats() == 1);
      well.close();
      circle(first, port);
    } finally {
      well.close();
    }
  }

  private static void circle(Balancer first, int port) throws Exception {
    try (Balancer second = Balancer.over(
        List.of(first.port()), "--port", Integer.toString(port), "--check-interval", "60m")) {
      assertThat(first.get("/a").statusCode()).isEqualTo(508);
      assertThat(second.call("POST", "/a", "body").statusCode()).isEqualTo(508);
      first.assertNothingIsHeld();
      second.assertNothingIsHeld();
    }
  }

  @Test
  void via_isAppended_andOfOthersNoReason() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(
          "GET /a HTTP/1.1\r\nHost: x\r\nVia: 1.0 fred, 1.1 hashring\r\nVia: 2 hashring-0\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(RawClient.Http.values(List.of(origin.heads().get(0).split("\r\n")), "Via"))
          .singleElement()
          .asString()
          .matches("1.0 fred, 1.1 hashring, 2 hashring-0, 1.1 hashring-[0-9a-f]{16}");
    }
  }

  @Test
  void via_ofHttp10_saysSo() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.0\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(origin.heads().get(0)).containsPattern("\r\nVia: 1.0 hashring-[0-9a-f]{16}\r\n");
    }
  }

  @ParameterizedTest
  @CsvSource({"OPTIONS,1,0", "TRACE,7,6", "OPTIONS,000000010,9", "GET,0,0", "POST,x,x"})
  void maxForwards_isCounted_whereItCounts(String method, String before, String after)
      throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(method + " /a HTTP/1.1\r\nHost: x\r\nMax-Forwards: " + before + "\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(origin.heads().get(0)).contains("\r\nMax-Forwards: " + after + "\r\n");
    }
  }

  @Test
  void maxForwards_zero_isAnsweredHere() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send("OPTIONS /a HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n");
      assertThat(client.read("OPTIONS").status()).isEqualTo(204);
      client.send("TRACE /a?b HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\nCookie: secret\r\n"
          + "authorization: secret\r\nX-A: 1\r\n\r\n");
      Answer trace = client.read("TRACE");
      assertThat(trace.status()).isEqualTo(200);
      assertThat(trace.values("Content-Type")).containsExactly("message/http");
      assertThat(trace.body())
          .isEqualTo("TRACE /a?b HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\nX-A: 1\r\n\r\n");
      assertThat(origin.heads()).isEmpty();
      balancer.assertNothingIsHeld();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-1", "1.5", "", "9999999999", "1, 2", "0\r\nMax-Forwards: 0"})
  void maxForwards_thatIsNoNumber_is400(String value) throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send("OPTIONS /a HTTP/1.1\r\nHost: x\r\nMax-Forwards: " + value + "\r\n\r\n");
      Answer answer = client.read("OPTIONS");
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("Max-Forwards must be one number of up to 9 digits");
    }
  }
}
