package org.example;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.EmptyRingException;
import io.hashring.HashRing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.example.SplitScheduler.Worker;
import org.junit.jupiter.api.Test;

/** 1,000 splits on 20 workers; a query reads all of them, and a worker keeps what it has read. */
final class SplitSchedulerTest {

  private static final List<String> SPLITS = IntStream.range(0, 1000)
      .mapToObj(i -> "s3://lake/orders/part-%05d.parquet:0".formatted(i))
      .toList();
  private static final List<Worker> WORKERS = IntStream.range(0, 20)
      .mapToObj(i -> new Worker("worker-" + i, "10.0.0." + i))
      .toList();

  private final SplitScheduler scheduler = new SplitScheduler(ring(WORKERS), 1.1);
  private final Random random = new Random(20);

  private static HashRing<Worker> ring(List<Worker> workers) {
    return HashRing.builder(Worker::id).addAll(workers).build();
  }

  /** Deals shuffled splits out, as round robin does to those that come in no order. */
  private Map<String, Worker> dealt(List<Worker> workers) {
    List<String> order = new ArrayList<>(SPLITS);
    Collections.shuffle(order, random);
    Map<String, Worker> dealt = new HashMap<>();
    for (int i = 0; i < order.size(); i++) {
      dealt.put(order.get(i), workers.get(i % workers.size()));
    }
    return dealt;
  }

  private Map<String, Worker> owners() {
    Map<String, Worker> owners = new HashMap<>();
    SPLITS.forEach(split -> owners.put(split, scheduler.workers().ring().locate(split)));
    return owners;
  }

  private static long fullest(Map<String, Worker> assigned) {
    return Collections.max(
        assigned.values().stream().collect(groupingBy(w -> w.id(), counting())).values());
  }

  private static long readAgain(Map<String, Worker> before, Map<String, Worker> after) {
    return SPLITS.stream()
        .filter(split -> !before.get(split).id().equals(after.get(split).id()))
        .count();
  }

  /** The first query, a second one, one after a worker has left, one after another has joined. */
  private long[] measure(String how, Supplier<Map<String, Worker>> assign) {
    Worker leaving = WORKERS.get(7);
    Map<String, Worker> first = assign.get();
    long again = readAgain(first, assign.get());
    first = assign.get();
    scheduler.workers().remove(leaving);
    Map<String, Worker> without = assign.get();
    long left = first.values().stream().filter(leaving::equals).count();
    long readWithout = readAgain(first, without);
    scheduler.workers().add(new Worker("worker-20", "10.0.0.20"));
    Map<String, Worker> with = assign.get();
    long readWith = readAgain(without, with);
    System.out.printf(
        "| %s | %d | %d | %d, of which %d were on it | %d |%n",
        how, fullest(first), again, readWithout, left, readWith);
    return new long[] {fullest(first), again, readWithout, left, readWith};
  }

  @Test
  void splits_stayWhereTheyAreCached() {
    System.out.println("| scheduled | splits on the fullest worker | read again by the same query "
        + "| after a worker has left | after another has joined |");
    measure("dealt out", () -> dealt(List.copyOf(scheduler.workers().ring().nodes())));
    reset();
    long[] plain = measure("the owner on the ring", this::owners);
    assertThat(plain[1]).isZero();
    assertThat(plain[2]).isEqualTo(plain[3]);
    for (double bound : new double[] {1.25, 1.1, 1.02}) {
      SplitScheduler bounded = new SplitScheduler(ring(WORKERS), bound);
      reset();
      long[] measured = measure("`BoundedAssignment`, " + bound, () -> {
        bounded.workers().update(ring -> scheduler.workers().ring());
        return bounded.assign(SPLITS, worker -> true);
      });
      assertThat(measured[0]).isLessThanOrEqualTo((long) Math.ceil(50 * bound));
      assertThat(measured[1]).isZero();
    }
  }

  private void reset() {
    scheduler.workers().update(ring -> ring(WORKERS));
  }

  @Test
  void candidates_ofASplit_areItsAssignmentAndWhatComesAfterIt() {
    String split = SPLITS.get(3);
    List<Worker> candidates = scheduler.candidates(split, 3, worker -> true);
    Worker owner = candidates.get(0);
    assertThat(scheduler.candidates(split, 2, worker -> !worker.equals(owner)))
        .isEqualTo(candidates.subList(1, 3));
    scheduler.workers().remove(owner);
    assertThat(scheduler.candidates(split, 2, worker -> true)).isEqualTo(candidates.subList(1, 3));

    Worker moved = new Worker(candidates.get(1).id(), "10.9.9.9");
    Map<String, Worker> before = scheduler.assign(SPLITS, worker -> true);
    scheduler.workers().set(moved);
    assertThat(readAgain(before, scheduler.assign(SPLITS, worker -> true))).isZero();
  }

  @Test
  void assign_passesOverWhatIsDown_asIfItHadLeft() {
    Worker down = WORKERS.get(7);
    Map<String, Worker> all = scheduler.assign(SPLITS, worker -> true);
    Map<String, Worker> passedOver = scheduler.assign(SPLITS, worker -> !worker.equals(down));
    scheduler.workers().remove(down);
    assertThat(passedOver)
        .doesNotContainValue(down)
        .isEqualTo(scheduler.assign(SPLITS, worker -> true));
    scheduler.workers().add(down);
    assertThat(scheduler.assign(SPLITS, worker -> true)).isEqualTo(all);
  }

  @Test
  void assign_ofWorkersAndSplitsInAnotherOrder_isTheSame() {
    List<Worker> workers = new ArrayList<>(WORKERS);
    List<String> splits = new ArrayList<>(SPLITS);
    Collections.reverse(workers);
    Collections.shuffle(splits, random);
    SplitScheduler other = new SplitScheduler(ring(workers), 1.1);
    assertThat(other.assign(splits, worker -> true))
        .isEqualTo(scheduler.assign(SPLITS, worker -> true));
  }

  @Test
  void assign_withoutWorkersOrSplits_orWithASplitTwice() {
    SplitScheduler empty = new SplitScheduler(ring(List.of()), 1.1);
    assertThat(empty.assign(List.of(), worker -> true)).isEmpty();
    assertThat(empty.candidates("split", 3, worker -> true)).isEmpty();
    assertThatThrownBy(() -> empty.assign(SPLITS, worker -> true))
        .isInstanceOf(EmptyRingException.class);
    assertThatThrownBy(() -> scheduler.assign(List.of("split", "split"), worker -> true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("split");
    assertThatThrownBy(() -> scheduler.assign(SPLITS, worker -> false))
        .isInstanceOf(EmptyRingException.class);
    assertThat(scheduler.candidates("split", 3, worker -> false)).isEmpty();
  }

  /** A stage is assigned to the workers of one moment, those of before or those of after. */
  @Test
  void assign_whileAWorkerComesAndGoes_isOfOneList() throws Exception {
    Map<String, Worker> before = scheduler.assign(SPLITS, worker -> true);
    scheduler.workers().remove(WORKERS.get(7));
    Map<String, Worker> without = scheduler.assign(SPLITS, worker -> true);
    scheduler.workers().add(WORKERS.get(7));
    Thread change = new Thread(() -> {
      for (int i = 0; i < 200; i++) {
        scheduler.workers().remove(WORKERS.get(7));
        scheduler.workers().add(WORKERS.get(7));
      }
    });
    change.start();
    while (change.isAlive()) {
      assertThat(scheduler.assign(SPLITS, worker -> true)).isIn(before, without);
    }
    change.join();
  }
}
