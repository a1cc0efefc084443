package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import io.hashring.demo.RawClient.Answer;
import io.hashring.demo.RawClient.Http;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that stand in the first bytes of a body, which is forwarded whole all the same. */
final class BodyKeyTest {

  private static final String OK = Origin.OK;

  /** An origin that remembers the body of each request. */
  private static Origin recording(BlockingQueue<String> bodies) throws IOException {
    return Origin.start((head, in, out) -> {
      byte[] body = Http.body(List.of(head.split("\r\n")), in);
      bodies.add(new String(body, StandardCharsets.ISO_8859_1));
      out.write(OK.getBytes(StandardCharsets.US_ASCII));
    });
  }

  /** Eight nodes at one origin, so that whichever is chosen, the body is seen. */
  private static Balancer balancer(Origin origin, String key) throws Exception {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ports.add(origin.port());
    }
    return Balancer.over(ports, "--key", key, "--access-log", "--check-interval", "60m");
  }

  private static void assertKey(
      Balancer balancer, BlockingQueue<String> bodies, String request, String body, String key)
      throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send(request);
      Answer answer = client.read();
      assertThat(answer.status()).as(request).isEqualTo(200);
      assertThat(answer.values("X-Hashring-Node"))
          .as(request)
          .containsExactly(balancer.members().ring().locate(key).name());
      assertThat(bodies.poll(10, TimeUnit.SECONDS)).as("body of " + request).isEqualTo(body);
    }
  }

  private static String post(String body) {
    return "POST /path HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static String chunked(String... chunks) {
    StringBuilder body =
        new StringBuilder("POST /path HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (String chunk : chunks) {
      body.append(Integer.toHexString(chunk.length()))
          .append("\r\n")
          .append(chunk)
          .append("\r\n");
    }
    return body.append("0\r\n\r\n").toString();
  }

  @Test
  void body_theFirstBytes() throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    try (Origin origin = recording(bodies);
        Balancer balancer = balancer(origin, "body:5")) {
      String large = "12345" + "x".repeat(300_000);
      assertKey(balancer, bodies, post("12345678"), "12345678", "12345");
      assertKey(balancer, bodies, post("12345"), "12345", "12345");
      assertKey(balancer, bodies, post("123"), "123", "123");
      assertKey(balancer, bodies, post(""), "", "path");
      assertKey(balancer, bodies, post(large), large, "12345");
      assertKey(balancer, bodies, chunked("1", "2", "3", "456", "789"), "123456789", "12345");
      assertKey(balancer, bodies, chunked("12"), "12", "12");
      assertKey(balancer, bodies, chunked("12345"), "12345", "12345");
      assertKey(balancer, bodies, chunked(), "", "path");
      assertKey(balancer, bodies, chunked("123", large), "123" + large, "12312");
      assertKey(balancer, bodies, "GET /path HTTP/1.1\r\nHost: x\r\n\r\n", "", "path");
      assertKey(
          balancer,
          bodies,
          "GET /path HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab",
          "ab",
          "ab");
      assertKey(
          balancer,
          bodies,
          "POST /path HTTP/1.0\r\nContent-Length: 7\r\n\r\nabcdefg",
          "abcdefg",
          "abcde");
      balancer.assertNothingIsHeld();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '`',
      value = {
        "{\"id\":\"a\"}                             > a",
        "{ \"x\" : {\"id\":\"no\"}, \"id\" : \"a\" } > a",
        "{\"id\":42,\"x\":1}                        > 42",
        "{\"id\":-1.50e3}                           > -1.50e3",
        "{\"id\":true}                              > true",
        "{\"id\":\"M\\u00fcller \\\"q\\\"\"}        > Müller \"q\"",
        "{\"\\u0069d\":\"a\"}                       > a",
        "{\"id\":\"a\",\"id\":\"b\"}                > a",
        "{\"id\":\"a\" broken                       > a",
        "{\"id\":null}                              > path",
        "{\"id\":\"\"}                              > path",
        "{\"id\":[1]}                               > path",
        "{\"id\":{\"id\":1}}                        > path",
        "{\"ID\":\"a\"}                             > path",
        "{\"x\":{\"id\":1}}                         > path",
        "{}                                         > path",
        "[{\"id\":1}]                               > path",
        "\"id\"                                     > path",
        "42                                         > path",
        "id=a                                       > path",
        "{id:\"a\"}                                 > path",
        "{\"x\":01,\"id\":\"a\"}                    > path",
        "{\"id\":\"a                                > path",
        "{\"id\":12                                 > 12",
        "{\"id\":NaN}                               > path",
      })
  void json_ofOneMember(String body, String key) throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    try (Origin origin = recording(bodies);
        Balancer balancer = balancer(origin, "json:/id")) {
      assertKey(balancer, bodies, post(body), body, key);
      assertKey(balancer, bodies, chunked(body.split("(?<=.)")), body, key);
    }
  }

  @Test
  void json_pointers() throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    String body = "\u00ef\u00bb\u00bf{\"a\":[[1,2],{\"b/c\":{\"~\":\"deep\"}},3],\"\":\"empty\","
        + "\"n\u00c3\u00a9\":\"utf\",\"0\":{\"1\":\"name\"}}"; // with a mark of UTF-8 in front
    try (Origin origin = recording(bodies)) {
      for (String[] row : new String[][] {
        {"json:/a/1/b~1c/~0", "deep"},
        {"json:/a/0/1", "2"},
        {"json:/a/2", "3"},
        {"json:/a/3", "path"},
        {"json:/a/-", "path"},
        {"json:/a/01", "path"},
        {"json:/", "empty"},
        {"json:/n%C3%A9", "utf"},
        {"json:/n\u00e9", "utf"},
        {"json:/0/1", "name"},
        {"json:/a/0/1/x", "path"},
        {"json:/a/1", "path"},
        {"json:/none,json:/a/2", "3"},
        {"json:/a/2+json:/+path", "3\nempty\npath"},
      }) {
        try (Balancer balancer = balancer(origin, row[0])) {
          assertKey(balancer, bodies, post(body), body, row[1]);
        }
      }
    }
  }

  /** What the value waits for must end, and what is nested must not overflow anything. */
  @Test
  void json_farOrDeep_isNotThere() throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    try (Origin origin = recording(bodies);
        Balancer balancer = balancer(origin, "json:/id")) {
      String near = "{\"x\":\"" + "x".repeat(60_000) + "\",\"id\":\"a\"}";
      String far = "{\"x\":\"" + "x".repeat(70_000) + "\",\"id\":\"a\"}";
      String deep = "[".repeat(50_000);
      String names = "{" + "\"k\":1,".repeat(8_000) + "\"id\":\"a\"}";
      assertKey(balancer, bodies, post(near), near, "a");
      assertKey(balancer, bodies, post(far), far, "path");
      assertKey(balancer, bodies, post(deep), deep, "path");
      assertKey(balancer, bodies, post(names), names, "a");
    }
  }

  /** The header comes first, so nobody waits for the body. */
  @Test
  void list_isAskedInOrder() throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    try (Origin origin = recording(bodies);
        Balancer balancer = balancer(origin, "header:X-User,json:/id,query:q")) {
      String head = "POST /path?q=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n";
      assertKey(balancer, bodies, head + "X-User: u\r\n\r\n{\"id\":\"a\"}", "{\"id\":\"a\"}", "u");
      assertKey(balancer, bodies, head + "\r\n{\"id\":\"a\"}", "{\"id\":\"a\"}", "a");
      assertKey(balancer, bodies, head + "\r\n{\"ix\":\"a\"}", "{\"ix\":\"a\"}", "1");
    }
  }

  // While it comes

  /** As soon as the key is there the replica gets what there is, and the rest as it comes. */
  @ParameterizedTest
  @ValueSource(strings = {"body:4", "json:/i"})
  void restOfTheBody_streams(String key) throws Exception {
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    try (Origin origin = Origin.start((head, in, out) -> {
          seen.add(new String(in.readNBytes(8), StandardCharsets.US_ASCII));
          seen.add(new String(in.readNBytes(4), StandardCharsets.US_ASCII));
          out.write(OK.getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = balancer(origin, key);
        RawClient client = RawClient.to(balancer)) {
      client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n");
      client.send("{\"i");
      client.send("\":12,");
      assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("{\"i\":12,");
      client.send("rest");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("rest");
    }
  }

  @Test
  void replicaRefuses_nextNode_getsAllOfIt() throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    Origin gone = Origin.answering(OK);
    try (Origin origin = recording(bodies);
        Balancer balancer = Balancer.over(
            List.of(gone.port(), origin.port()), "--key", "body:3", "--check-interval", "60m")) {
      eventually("the first check", () -> gone.heartbeats() == 1);
      gone.close();
      for (int i = 100; i < 120; i++) {
        assertThat(balancer.call("POST", "/", i + "-all").statusCode()).isEqualTo(200);
        assertThat(bodies.poll(10, TimeUnit.SECONDS)).isEqualTo(i + "-all");
      }
    } finally {
      gone.close();
    }
  }

  /** Whoever asks whether its body is wanted has to send it before anybody can be asked. */
  @Test
  void expectContinue_isAnsweredHere() throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    try (Origin origin = recording(bodies);
        Balancer balancer = balancer(origin, "header:X-User,body:4");
        RawClient client = RawClient.to(balancer)) {
      client.send(
          "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n");
      assertThat(client.readHead().get(0)).startsWith("HTTP/1.1 100");
      client.send("abcdef");
      Answer answer = client.read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.values("X-Hashring-Node"))
          .containsExactly(balancer.members().ring().locate("abcd").name());
      assertThat(bodies.poll(10, TimeUnit.SECONDS)).isEqualTo("abcdef");
      assertThat(origin.heads().get(0)).doesNotContainIgnoringCase("expect:");
    }
  }

  @Test
  void stop_is408_andLeave_leavesNothingBehind() throws Exception {
    try (Origin origin = Origin.answering(OK);
        Balancer balancer = Balancer.over(
            List.of(origin.port()),
            "--key",
            "body:4",
            "--request-timeout",
            "200ms",
            "--idle-timeout",
            "200ms")) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab");
        assertThat(client.read().status()).isEqualTo(408);
      }
      try (RawClient client = RawClient.to(balancer)) {
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab");
      }
      try (RawClient client = RawClient.to(balancer)) {
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n");
        assertThat(client.read().status()).isEqualTo(400);
      }
      balancer.assertNothingIsHeld();
      assertThat(origin.heads()).isEmpty();
    }
  }

  /** The next request of a connection begins where the body before it ends. */
  @Test
  void connection_staysInStep() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    try (Origin origin = Origin.start((head, in, out) -> {
          InputStream body = in;
          Http.body(List.of(head.split("\r\n")), body);
          first.countDown();
          out.write(OK.getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = balancer(origin, "body:64");
        RawClient client = RawClient.to(balancer)) {
      client.send(post("one") + chunked("two") + post("") + post("four"));
      for (int i = 0; i < 4; i++) {
        assertThat(client.read().status()).isEqualTo(200);
      }
      assertThat(first.getCount()).isZero();
      assertThat(origin.heads()).hasSize(4);
      balancer.assertNothingIsHeld();
    }
  }
}
