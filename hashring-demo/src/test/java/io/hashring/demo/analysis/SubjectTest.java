package io.hashring.demo.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hashring.HashRing;
import io.hashring.placement.Placement;
import java.util.Locale;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SubjectTest {

  private static final Placement TEXTBOOK = Subject.TEXTBOOK.placement(false);

  /** What others found who ran the exercise as it is set. */
  @Test
  void textbook_allRequests_peakAsIsKnown() {
    SortedMap<Integer, Counts> counts = Subject.ofAllRequests(TEXTBOOK);
    assertThat(counts.values())
        .allSatisfy(ofServers -> assertThat(ofServers.total()).isEqualTo(900_000))
        .extracting(ofServers -> String.format(Locale.ROOT, "%.2f", ofServers.peakToMean()))
        .containsExactly("1.91", "2.53", "3.28", "3.98", "4.73");
  }

  @Test
  void textbook_allRequests_lieInFewSlots() {
    assertThat(IntStream.rangeClosed(Subject.FIRST_REQUEST, Subject.LAST_REQUEST)
            .mapToLong(request -> TEXTBOOK.keyFunction().hash(Integer.toString(request)))
            .distinct()
            .count())
        .isEqualTo(87);
  }

  @Test
  void textbook_formulas_byHand() {
    assertThat(TEXTBOOK.keyFunction().hash("100000"))
        .isEqualTo((100_000L * 100_000 + 2 * 100_000 + 17) % 512);
    assertThat(TEXTBOOK.points("server3", 1))
        .containsExactly(34, 37, 42, 49, 58, 69, 82, 97, 114); // 9 + j² + 2j + 25
    assertThat(TEXTBOOK.pointCount("server3", 1)).isEqualTo(9);
  }

  @Test
  void textbook_whatIsNoNumber() {
    assertThat(TEXTBOOK.keyFunction().hash("home")).isEqualTo(17); // that of request 0
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TEXTBOOK.points("server", 1))
        .withMessage("a server's name must end with its number: server");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TEXTBOOK.points("server1", 2))
        .withMessage("weight must be 1 where servers are numbers: 2.0");
  }

  /** Who was there first keeps a slot, so a newcomer moves requests to itself only. */
  @Test
  void everySubject_newcomer_takesRequestsOnlyForItself() {
    for (Subject subject : Subject.values()) {
      for (boolean withOther : new boolean[] {false, true}) {
        Placement placement = subject.placement(withOther);
        HashRing<String> before = Subject.ring(placement, 3);
        HashRing<String> after = Subject.ring(placement, 4);
        for (int request = 100_000; request < 110_000; request++) {
          String key = Integer.toString(request);
          assertThat(after.locate(key)).isIn(before.locate(key), "server4");
        }
      }
    }
  }

  @Test
  void moved_ofOwners_isCountedTwice() {
    Spread.Moved moved = Spread.Moved.between(
        new String[] {"server1", "server1", "server2", "server2"},
        new String[] {"server1", "server3", "server1", "server3"},
        "server3");
    assertThat(moved.all()).isEqualTo(0.75);
    assertThat(moved.needless()).isEqualTo(0.25);
  }

  @Test
  void counts_meanDeviationPeak() {
    Counts counts = Counts.of(3, new String[] {"server1", "server1", "server1", "server3"});
    assertThat(counts.byServer()).containsEntry("server2", 0L);
    assertThat(counts.mean()).isEqualTo(4 / 3.0);
    assertThat(counts.least()).isZero();
    assertThat(counts.most()).isEqualTo(3);
    assertThat(counts.peakToMean()).isEqualTo(2.25);
    assertThat(counts.deviation()).isEqualTo(Math.sqrt((25 + 16 + 1) / 27.0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> counts.add("server4"))
        .withMessage("a server must be one of these: server4");
  }

  @Test
  void progress_line_tellsTheTimeLeft() {
    assertThat(Progress.line("3 servers", 1, 100, 7)).isEqualTo("  1 %: 3 servers");
    assertThat(Progress.line("3 servers", 25, 100, 10)).isEqualTo(" 25 %, 30 s left: 3 servers");
    assertThat(Progress.line("3 servers", 100, 100, 40)).isEqualTo("100 %, 0 s left: 3 servers");
  }
}
