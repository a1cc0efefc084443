package io.hashring.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.bench.Wrk.Load;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class HttpTest {

  @Test
  void load_isReadFromTheLastWordsOfWrk() {
    String output = """
        Running 2s test @ http://127.0.0.1:5000/
          Thread Stats   Avg      Stdev     Max   +/- Stdev
        Requests/sec:  20000.00
        result requests=40000 us=2000000 p99=2500 failed=3 (connect 0, read 2, write 0, timeout \
        0, status 1)
        """;
    assertThat(Load.parse(output))
        .isEqualTo(new Load(40_000, 2, 2.5, 3, "connect 0, read 2, write 0, timeout 0, status 1"));
    assertThatThrownBy(() -> Load.parse("unable to connect"))
        .hasMessage("wrk did not end as it should:\nunable to connect");
  }

  @Test
  void median_isTheMiddle() {
    assertThat(Http.median(Stream.of(3.0, 9.0, 1.0))).isEqualTo(3);
    assertThat(Http.median(Stream.of(4.0, 1.0, 2.0, 9.0))).isEqualTo(3);
  }
}
