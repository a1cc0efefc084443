package io.hashring.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.bench.peer.Peer;
import io.hashring.bench.peer.Ring;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Param;

/** That each question is put to exactly those peers that have an answer. */
final class QuestionsTest {

  @Test
  void lookup_strings_allPeers() throws Exception {
    assertAsked(LookupBenchmark.Strings.class, ring -> ring.locate("key"));
  }

  @Test
  void lookup_bytes_thoseThatTakeThem() throws Exception {
    assertAsked(LookupBenchmark.Bytes.class, ring -> ring.locate(new byte[] {1}));
  }

  @Test
  void lookup_hashes_thoseThatTakeThem() throws Exception {
    assertAsked(LookupBenchmark.Hashes.class, ring -> ring.locateAt(1));
  }

  @Test
  void preferenceList_thoseThatHaveOne() throws Exception {
    assertAsked(PreferenceListBenchmark.class, ring -> ring.preferenceList("key", 3));
  }

  @Test
  void remap_one_allPeers() throws Exception {
    assertAsked(RemapBenchmark.One.class, ring -> ring.with(List.of("x")).without(List.of("x")));
  }

  private static void assertAsked(Class<?> question, Consumer<Ring<?>> call) throws Exception {
    String[] asked =
        question.getDeclaredField("peer").getAnnotation(Param.class).value();
    for (Peer peer : Peer.values()) {
      assertThat(answers(peer, call))
          .as("%s", peer)
          .isEqualTo(List.of(asked).contains(peer.label()));
    }
  }

  private static boolean answers(Peer peer, Consumer<Ring<?>> call) {
    Ring<?> ring = peer.ring(Inputs.nodes(10, 1), 160);
    try {
      call.accept(ring);
      return true;
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }
}
