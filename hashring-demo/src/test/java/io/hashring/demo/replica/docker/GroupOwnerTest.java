package io.hashring.demo.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.demo.Origin;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GroupOwnerTest {

  private static GroupOwner owner(String group, String id, @Nullable String cluster) {
    return new GroupOwner(
        "containers", group, id, cluster, host -> "http://" + host + ":5000/_lb/live");
  }

  private static Origin saying(String body) throws Exception {
    return Origin.answering(
        "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
  }

  private static String url(Origin origin) {
    return "http://127.0.0.1:" + origin.port() + "/_lb/live";
  }

  /** Whose group, id and cluster the answer has, and whether that is another balancer. */
  @ParameterizedTest
  @CsvSource({
    "shop,b,,true",
    "shop,a,,false", // this one, at an address that it does not know of
    "other,b,,false",
    "shop,b,c1,true", // has a cluster, and this one has not
  })
  void isAnother(String group, String id, @Nullable String cluster, boolean another)
      throws Exception {
    Map<String, String> identity = owner(group, id, cluster).identity();
    try (Origin there =
        saying(JsonObject.mapFrom(identity).put("status", "live").encode())) {
      assertThat(owner("shop", "a", null).isAnother(url(there))).isEqualTo(another);
    }
  }

  @ParameterizedTest
  @CsvSource({"c1,false", "c2,true", ",true"})
  void isAnother_inACluster(@Nullable String theirs, boolean another) throws Exception {
    Map<String, String> identity = owner("shop", "b", theirs).identity();
    try (Origin there = saying(JsonObject.mapFrom(identity).encode())) {
      assertThat(owner("shop", "a", "c1").isAnother(url(there))).isEqualTo(another);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"hello", "[]", "{}", "{\"containers\":7}", "{\"status\":\"live\"}"})
  void whoeverSaysNothingOfTheGroup_isNone(String body) throws Exception {
    try (Origin there = saying(body)) {
      assertThat(owner("shop", "a", null).isAnother(url(there))).isFalse();
    }
  }

  @Test
  void nobodyThere_orNoAddress() throws Exception {
    Origin gone = saying("{}");
    gone.close();
    assertThat(owner("shop", "a", null).isAnother(url(gone))).isFalse();
    assertThat(owner("shop", "a", null).isAnother("no address")).isFalse();
    assertThat(owner("shop", "a", null).isAnother("ftp://x/y")).isFalse();
  }

  /** Who has the address by now may send anything: nothing, a drop now and then, or a flood. */
  @ParameterizedTest
  @CsvSource({"'',false", "Content-Length: 100,false", "Content-Length: 1000000000000,true"})
  @Timeout(20)
  void answerWithoutAnEnd_isNobodys_andEndsNothing(String header, boolean flood) throws Exception {
    byte[] some = new byte[flood ? 1 << 16 : 1];
    try (Origin there = Origin.start((head, in, out) -> {
      out.write(("HTTP/1.1 200 OK\r\n" + header + (header.isEmpty() ? "" : "\r\n") + "\r\n")
          .getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; flood || i < 5; i++) {
        out.write(some);
        out.flush();
      }
      in.read(); // until the other side ends it
    })) {
      long start = System.nanoTime();
      assertThat(owner("shop", "a", null).ask(url(there))).isEqualTo(GroupOwner.Answer.NOBODY);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }
  }

  /** Who has left may be followed; who lives and is ours may not, nor who is another. */
  @ParameterizedTest
  @CsvSource({"a,,OURS", "b,,ANOTHER", "b,c1,OURS", "b,c2,ANOTHER"})
  void ask(String id, @Nullable String cluster, GroupOwner.Answer answer) throws Exception {
    GroupOwner self = owner("shop", "a", "c1");
    Origin there =
        saying(JsonObject.mapFrom(owner("shop", id, cluster).identity()).encode());
    assertThat(self.ask(url(there))).isEqualTo(answer);
    there.close();
    assertThat(self.ask(url(there))).isEqualTo(GroupOwner.Answer.NOBODY);
  }

  @Test
  void services_areNotContainers() throws Exception {
    Map<String, String> identity =
        new GroupOwner("services", "shop", "b", null, host -> host).identity();
    try (Origin there = saying(JsonObject.mapFrom(identity).encode())) {
      assertThat(owner("shop", "a", null).isAnother(url(there))).isFalse();
      assertThatThrownBy(() -> new GroupOwner("services", "shop", "a", null, host -> host)
              .checkAlone(Stream.of(Map.of(), Map.of(DockerEngine.BALANCER_LABEL, url(there)))))
          .hasMessage("the services of the group shop are those of the balancer that lives at "
              + url(there) + ": have both in one --cluster, or take another --docker-group");
    }
  }
}
