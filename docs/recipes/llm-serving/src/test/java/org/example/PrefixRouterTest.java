package org.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import io.hashring.HashRing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.example.PrefixRouter.Engine;
import org.junit.jupiter.api.Test;

/** The ring and its leases inside a gateway of one's own, without the demo. */
final class PrefixRouterTest {

  private static final int PREFIX = 9;
  private static final List<Engine> ENGINES = IntStream.range(0, 8)
      .mapToObj(i -> new Engine("engine-" + i, "10.0.0." + i))
      .toList();

  private static PrefixRouter router(List<Engine> engines) {
    return new PrefixRouter(
        HashRing.builder(Engine::id).addAll(engines).build(),
        PREFIX,
        Bound.factor(1.25).atLeast(10));
  }

  @Test
  void route_passesOverWhatIsDown_andBacksOffWhatIsBusy() {
    PrefixRouter router = router(ENGINES);
    List<Engine> list = router.engines().ring().preferenceList("tenant-07").first(2);
    Lease<Engine> first = router.route("tenant-07 and a question", 10, engine -> true);
    assertThat(first.node()).isEqualTo(list.get(0));
    assertThat(router.route("tenant-07 and another", 10, engine -> true).node())
        .isEqualTo(list.get(1));
    first.close();
    assertThat(router
            .route("tenant-07 and one more", 10, e -> !e.equals(list.get(0)))
            .node())
        .isNotEqualTo(list.get(0));

    router.engines().set(new Engine(list.get(0).id(), "10.9.9.9"));
    assertThat(router.route("tenant-07 again", 10, engine -> true).node().address())
        .isEqualTo("10.9.9.9");
  }

  @Test
  void route_inWhicheverOrderTheEnginesAreListed_isTheSame() {
    List<Engine> reversed = new ArrayList<>(ENGINES);
    Collections.reverse(reversed);
    PrefixRouter router = router(ENGINES);
    PrefixRouter other = router(reversed);
    for (int i = 0; i < 1000; i++) {
      String prompt = "tenant-" + i % 97 + " asks";
      assertThat(router.route(prompt, 1 + i % 50, engine -> true).node())
          .isEqualTo(other.route(prompt, 1 + i % 50, engine -> true).node());
    }
  }

  @Test
  void route_withNobodyToSendTo_saysSo() {
    assertThatThrownBy(() -> router(List.of()).route("tenant-07", 1, engine -> true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no engine is up");
    assertThatThrownBy(() -> router(ENGINES).route("tenant-07", 1, engine -> false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no engine is up");
  }
}
