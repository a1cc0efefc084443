package io.hashring.demo.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.hashring.demo.admin.AdminApiTest;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StaticReplicaPoolTest {

  @Test
  void names_givenAndGenerated() {
    StaticReplicaPool pool = StaticReplicaPool.of("10.0.0.1:80,blue=b.example:81,[::1]:82");
    assertThat(pool.names()).containsExactly("server1", "blue", "server3");
    assertThat(pool.start("server1", 1)).isEqualTo(SocketAddress.inetSocketAddress(80, "10.0.0.1"));
    assertThat(pool.start("blue", 1)).isEqualTo(SocketAddress.inetSocketAddress(81, "b.example"));
    assertThat(pool.start("server3", 1)).isEqualTo(SocketAddress.inetSocketAddress(82, "::1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host",
        "host:",
        ":80",
        "host:0",
        "host:65536",
        "host:x",
        "a:1,",
        ",a:1",
        "a b=h:1",
        "=h:1",
        "x=h:1,x=i:2"
      })
  void of_unreadable(String list) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StaticReplicaPool.of(list))
        .withMessageStartingWith("a replica's ");
  }

  // B13: a name with several addresses

  private static StaticReplicaPool knowing(String... addresses) {
    return StaticReplicaPool.of("app=app.example:80", host -> {
      InetAddress[] found = new InetAddress[addresses.length];
      for (int i = 0; i < found.length; i++) {
        found[i] = InetAddress.getByName(addresses[i]);
      }
      return found;
    });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.1,10.0.0.2,10.0.0.3", "10.0.0.1,fd00:0:0:0:0:0:0:1,10.0.0.2", "::1,::2"})
  void start_ofANameWithSeveralAddresses_isRefused_withAllOfThem(String addresses) {
    StaticReplicaPool pool = knowing(addresses.split(","));
    for (Executable start : List.<Executable>of(
        () -> pool.start("app", 1),
        () -> pool.admit("app", SocketAddress.inetSocketAddress(80, "app.example")))) {
      assertThatThrownBy(start::execute)
          .isInstanceOf(RefusedException.class)
          .hasMessageStartingWith("app=app.example:80 stands for several servers, ")
          .hasMessageContaining(": list each by its address, as in app-1=");
    }
  }

  @Test
  void start_ofANameWithOneAddressOfEachKind_isOneServer() {
    SocketAddress address = SocketAddress.inetSocketAddress(80, "app.example");
    assertThat(knowing("10.0.0.1").start("app", 1)).isEqualTo(address);
    assertThat(knowing("10.0.0.1", "fd00::1").start("app", 1)).isEqualTo(address);
    assertThat(knowing("10.0.0.1", "10.0.0.1").start("app", 1)).isEqualTo(address);
  }

  @Test
  void start_ofANameThatIsNotKnown_waitsForIt() {
    StaticReplicaPool pool = StaticReplicaPool.of("app=app.example:80", host -> {
      throw new UnknownHostException(host);
    });
    assertThat(pool.start("app", 1).host()).isEqualTo("app.example");
  }

  @Test
  void weight_isAsListed() {
    StaticReplicaPool pool = StaticReplicaPool.of("a=h:1*2.5,h:2");
    assertThat(pool.weight("a")).isEqualTo(2.5);
    assertThat(pool.weight("server2")).isEqualTo(1);
    assertThat(pool.weight("b")).isEqualTo(1);
  }

  @Test
  void rmAndAdd_ofListedReplicas() throws Exception {
    try (Origin one = Origin.answering(Origin.OK);
        Origin two = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(one.port(), two.port()))) {
      balancer.remove("{\"hostnames\":[\"server1\"]}");
      assertThat(balancer.replicas()).containsExactly("server2");
      AdminApiTest.assertFailure(
          balancer.add("{\"hostnames\":[\"server3\"]}"),
          400,
          "hostnames must be among [server1, server2]");
      AdminApiTest.assertFailure(
          balancer.add("{\"n\":2}"), 400, "n must be at most 1, no more replicas are known: 2");
      balancer.add("{\"n\":1}");
      assertThat(balancer.replicas()).containsExactly("server2", "server1");
    }
  }
}
