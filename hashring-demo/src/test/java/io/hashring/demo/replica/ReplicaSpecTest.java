package io.hashring.demo.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.core.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReplicaSpecTest {

  @ParameterizedTest
  @CsvSource({
    "h:80,server1,h,80,",
    "a=h:80,a,h,80,",
    "a=h:80*2,a,h,80,2",
    "h:80*0.5,server1,h,80,0.5",
    "a=h:80*0,a,h,80,0",
    "a=10.0.0.1:65535*100,a,10.0.0.1,65535,100",
    "a=[::1]:80*3,a,::1,80,3",
    "a=my_host.example:1,a,my_host.example,1,",
    "a=host-1.example.:1,a,host-1.example.,1,"
  })
  void parse(String text, String name, String host, int port, @Nullable Double weight) {
    assertThat(ReplicaSpec.parse(text, "server1"))
        .isEqualTo(new ReplicaSpec(name, SocketAddress.inetSocketAddress(port, host), weight));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a=h         | a replica's address must be host:port: h",
        "a=h:        | a replica's address must be host:port: h:",
        "a=:80       | a replica's address must be host:port: :80",
        "a=h:+80     | a replica's address must be host:port: h:+80",
        "a=h:80:90   | a replica's address must be host:port: h:80:90",
        "a=h h:80    | a replica's address must be host:port: h h:80",
        "a=//h:80    | a replica's address must be host:port: //h:80",
        "a=https://h:443 | a replica's address must be host:port: https://h:443",
        "a=unix:/run/x   | a replica's address must be host:port: unix:/run/x",
        "a=h:80/path     | a replica's address must be host:port: h:80/path",
        "a=b=h:80    | a replica's address must be host:port: b=h:80",
        "a/b=h:80    | a replica's name must have 1 to 63 letters",
        "a=h:80*     | a replica's weight must be 0, or from 0.01 to 100: ",
        "a=h:80*1e1  | a replica's weight must be 0, or from 0.01 to 100: 1e1",
        "a=h:80*NaN  | a replica's weight must be 0, or from 0.01 to 100: NaN",
        "a=h:80*2*3  | a replica's weight must be 0, or from 0.01 to 100: 2*3",
        "a=h:80*0.009| a replica's weight must be 0, or from 0.01 to 100: 0.009",
      })
  void parse_unreadable(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReplicaSpec.parse(text, "server1"))
        .withMessageStartingWith(message);
  }
}
