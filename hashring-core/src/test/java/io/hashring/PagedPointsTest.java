package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each way of asking an index, beside a {@code TreeMap}, over points of every shape. */
final class PagedPointsTest {

  private static final int MEMBERS = 40;

  /** Where points lie. */
  enum Shape {
    NOWHERE(0) {
      @Override
      long point(Random random) {
        throw new AssertionError();
      }
    },
    ONE(1),
    FOUR(4),
    TEN(10),
    RANDOM(6_000),
    ALL_IN_ONE_BUCKET(3_000) {
      @Override
      long point(Random random) {
        return 0x1234_5678_9ABC_0000L + random.nextInt(1 << 20);
      }
    },
    CLUSTER_AMONG_RANDOM(6_000) {
      @Override
      long point(Random random) {
        return random.nextInt(3) == 0
            ? 0x7000_0000_0000_0000L + random.nextInt(5_000)
            : random.nextLong();
      }
    },
    THIRTY_TWO_BITS(6_000) {
      @Override
      long point(Random random) {
        return (long) random.nextInt() << 32;
      }
    },
    NINE_BITS(1_000) {
      @Override
      long point(Random random) {
        return (long) random.nextInt(512) << 55;
      }
    },
    SMALL_NUMBERS(1_000) {
      @Override
      long point(Random random) {
        return random.nextInt(512);
      }
    },
    POWERS_OF_TWO(600) {
      @Override
      long point(Random random) {
        return (1L << random.nextInt(64)) + random.nextInt(7) - 3;
      }
    },
    EXTREMES(30) {
      @Override
      long point(Random random) {
        long[] extremes = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE};
        return extremes[random.nextInt(extremes.length)];
      }
    },
    SKEWED(2_000) {
      @Override
      long point(Random random) {
        return random.nextLong() >>> random.nextInt(64);
      }
    },
    /** Prefixes are the same, so that only positions tell. */
    CLOSE_PAIRS(6_000) {
      @Override
      long point(Random random) {
        return (random.nextLong() & -1L << 48) + random.nextInt(3);
      }
    };

    final int points;

    Shape(int points) {
      this.points = points;
    }

    long point(Random random) {
      return random.nextLong();
    }
  }

  /** Points that are written down. */
  private record Table(Map<String, long[]> points) implements Placement {
    @Override
    public HashFunction keyFunction() {
      return HashFunctions.xxh3_64();
    }

    @Override
    public long pointCount(String id, double weight) {
      return points(id, weight).length;
    }

    @Override
    public long[] points(String id, double weight) {
      return points.getOrDefault(id, new long[0]).clone();
    }
  }

  /** An index beside the claims that are in it: by position, slots in the order of ids. */
  private static final class Subject {
    final Table placement;
    final List<Member<String>> all = new ArrayList<>();
    final Map<Integer, Member<String>> present = new LinkedHashMap<>();
    final TreeMap<Long, List<Integer>> model = new TreeMap<>(Long::compareUnsigned);
    PagedPoints points;

    Subject(Shape shape, Random random, int maxPagesInOneTable) {
      Map<String, long[]> table = new HashMap<>();
      this.placement = new Table(table);
      for (int slot = 0; slot < MEMBERS; slot++) {
        String id = String.format("%03d", slot);
        int count = shape.points / MEMBERS + (slot < shape.points % MEMBERS ? 1 : 0);
        table.put(
            id, LongStream.generate(() -> shape.point(random)).limit(count).toArray());
        all.add(new Member<>(id, id, 1, slot, slot, placement));
      }
      all.forEach(this::put);
      points = PageLayout.of(List.copyOf(present.values()), precedence(), maxPagesInOneTable);
    }

    private Precedence precedence() {
      return new Precedence(Placement.Ties.SMALLEST_ID, all);
    }

    private void put(Member<String> member) {
      present.put(member.slot, member);
      for (long point : member.points()) {
        List<Integer> slots = model.computeIfAbsent(point, p -> new ArrayList<>());
        if (!slots.contains(member.slot)) {
          slots.add(member.slot);
          slots.sort(null);
        }
      }
    }

    private void take(Member<String> member) {
      present.remove(member.slot);
      for (long point : member.points()) {
        List<Integer> slots = model.getOrDefault(point, new ArrayList<>());
        slots.remove((Integer) member.slot);
        if (slots.isEmpty()) {
          model.remove(point);
        }
      }
    }

    void change(List<Member<String>> members) {
      List<Member<String>> removed = new ArrayList<>();
      List<Member<String>> added = new ArrayList<>();
      for (Member<String> member : members) {
        (present.containsKey(member.slot) ? removed : added).add(member);
      }
      removed.forEach(this::take);
      added.forEach(this::put);
      points = points.change(
          Claims.of(removed), Claims.of(added), precedence(), List.copyOf(present.values()));
    }

    /** The claims that come first at or after a position. */
    Map.Entry<Long, List<Integer>> ceiling(long position) {
      Map.Entry<Long, List<Integer>> entry = model.ceilingEntry(position);
      return entry == null ? model.firstEntry() : entry;
    }

    Map.Entry<Long, List<Integer>> lower(long position) {
      Map.Entry<Long, List<Integer>> entry = model.lowerEntry(position);
      return entry == null ? model.lastEntry() : entry;
    }

    int owner(long position) {
      return model.isEmpty()
          ? PagedPoints.NO_SLOT
          : ceiling(position).getValue().get(0);
    }

    int nearest(long position) {
      Map.Entry<Long, List<Integer>> ahead = ceiling(position);
      Map.Entry<Long, List<Integer>> behind = lower(position);
      return Long.compareUnsigned(position - behind.getKey(), ahead.getKey() - position) <= 0
          ? behind.getValue().get(behind.getValue().size() - 1)
          : ahead.getValue().get(0);
    }

    long distance(long probe) {
      return ceiling(probe).getKey() - probe;
    }

    /** Every point with its neighbours, positions between, few bits, and anywhere. */
    long[] positions(Random random) {
      LongStream.Builder positions = LongStream.builder();
      for (long d = -2; d <= 2; d++) {
        for (int bit = 0; bit < 64; bit++) {
          positions.add((1L << bit) + d);
        }
        positions.add(d);
      }
      List<Long> points = new ArrayList<>(model.keySet());
      for (int i = 0; i < 2_000 && !points.isEmpty(); i++) {
        long point = points.get(i < points.size() ? i : random.nextInt(points.size()));
        positions.add(point).add(point - 1).add(point + 1).add(point + random.nextInt(70_000));
      }
      for (int i = 0; i < 2_000; i++) {
        positions.add(random.nextLong()).add(random.nextLong() >>> random.nextInt(64));
      }
      return positions.build().toArray();
    }

    void check(Random random) {
      assertThat(points.positions()).isEqualTo(model.size());
      assertThat(points.size())
          .isEqualTo(model.values().stream().mapToInt(List::size).sum());
      List<String> claims = new ArrayList<>();
      points.forEachPosition((p, first, last) -> claims.add(p + " " + first + " " + last));
      assertThat(claims)
          .containsExactlyElementsOf(model.entrySet().stream()
              .map(e -> e.getKey() + " " + e.getValue().get(0) + " "
                  + e.getValue().get(e.getValue().size() - 1))
              .toList());
      long[] positions = positions(random);
      int[] slots = new int[positions.length];
      Arrays.fill(slots, -7);
      int from = random.nextInt(40);
      int to = positions.length - random.nextInt(40);
      points.owners(positions, from, to, slots);
      for (int i = 0; i < positions.length; i++) {
        check(positions[i]);
        int expected = i < from || i >= to ? -7 : owner(positions[i]);
        require(slots[i] == expected, "owner in a batch", positions[i]);
      }
    }

    private void check(long position) {
      require(points.owner(position) == owner(position), "owner", position);
      if (model.isEmpty()) {
        return;
      }
      require(points.nearest(position) == nearest(position), "nearest", position);
      require(points.before(position) == lower(position).getKey(), "before", position);
      require(points.after(position) == ceiling(position + 1).getKey(), "after", position);
      PointCursor cursor = points.cursor();
      cursor.nearest(position);
      require(cursor.slot() == nearest(position), "cursor to nearest", position);
      cursor.clockwise(position);
      require(cursor.position() == ceiling(position).getKey(), "clockwise", position);
      require(cursor.slot() == owner(position), "slot of cursor", position);
      checkProbes(position);
    }

    /** The owner of the nearest probe, or no answer where it might be wrong. */
    private void checkProbes(long hash) {
      int owner = points.ownerOfProbes(hash, 3);
      if (owner != PagedPoints.NO_SLOT) {
        long nearest = Arrays.stream(Probes.of(hash, 3))
            .boxed()
            .min((a, b) -> Long.compareUnsigned(distance(a), distance(b)))
            .orElseThrow();
        require(owner == owner(nearest), "owner of probes", hash);
      }
    }

    private static void require(boolean agrees, String question, long position) {
      if (!agrees) {
        throw new AssertionError(question + " of " + Long.toHexString(position));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void newIndex_everyPosition_isAsTheModel(Shape shape) {
    Random random = new Random(1);

    new Subject(shape, random, 1 << 16).check(random);
    new Subject(shape, random, 1).check(random);
  }

  @ParameterizedTest
  @EnumSource
  void changedIndex_everyPosition_isAsTheModel(Shape shape) {
    change(new Subject(shape, new Random(2), 1 << 16));
    change(new Subject(shape, new Random(3), 1));
  }

  private static void change(Subject subject) {
    Random random = new Random(4);
    for (int i = 0; i < Depth.of(40); i++) {
      PagedPoints before = subject.points;
      TreeMap<Long, List<Integer>> modelBefore = new TreeMap<>(Long::compareUnsigned);
      subject.model.forEach((position, slots) -> modelBefore.put(position, List.copyOf(slots)));
      List<Member<String>> changing = new ArrayList<>(subject.all);
      Collections.shuffle(changing, random);
      subject.change(changing.subList(0, 1 + random.nextInt(i % 8 == 7 ? MEMBERS : 3)));
      if (i % 4 == 3) {
        subject.check(random);
      }
      int[] slots = IntStream.range(0, MEMBERS).toArray();
      assertThat(before.differences(subject.points, slots))
          .containsExactly(differences(modelBefore, subject.model));
    }
  }

  private static long[] differences(
      TreeMap<Long, List<Integer>> before, TreeMap<Long, List<Integer>> after) {
    TreeMap<Long, List<Integer>> all = new TreeMap<>(before);
    all.putAll(after);
    return all.keySet().stream()
        .filter(p -> !before.getOrDefault(p, List.of()).equals(after.getOrDefault(p, List.of())))
        .mapToLong(p -> p)
        .toArray();
  }

  /** Where prefixes are as long as they usually are, they nearly always tell. */
  @Test
  void ownerOfProbes_randomPoints_isKnown() {
    Random random = new Random(3);
    PagedPoints points = new Subject(Shape.RANDOM, random, 1 << 16).points;

    assertThat(random.longs(10_000).filter(h -> points.ownerOfProbes(h, 5) >= 0).count())
        .isGreaterThan(9_990);
  }
}
