package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.interop.LibraryPlacements;
import io.hashring.interop.MemcachedPlacements;
import io.hashring.interop.ProxyPlacements;
import io.hashring.interop.StorePlacements;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Rings of every placement that has a public factory, with random arguments and members. */
final class RandomPlacements {

  private static final List<HashFunction> DIGESTS =
      List.of(InteropFunctions.md5(), InteropFunctions.sha1(), InteropFunctions.sha256());

  private static final List<HashFunction> FUNCTIONS = List.of(
      HashFunctions.xxh3_64(),
      InteropFunctions.crc32(),
      HashFunctions.murmur3_128(),
      HashFunctions.of(Hashing.murmur3_128(-3)),
      HashFunctions.of(Hashing.sipHash24()),
      HashFunctions.of(Hashing.crc32c()),
      InteropFunctions.fnv1a_64_c(),
      InteropFunctions.xxh32(7),
      InteropFunctions.murmur2_64(-1),
      InteropFunctions.avalanche(InteropFunctions.djb2()),
      InteropFunctions.hashTag(InteropFunctions.oneAtATime(), '\'', '"'));

  /** Ids of which every placement takes one kind or the other. */
  private static final List<String> KINDS =
      List.of("node \"%d\" é🚀\n\\", "10.0.0.%d:80", "%d", "cache-%d");

  private RandomPlacements() {}

  /** Every public call that makes a placement. */
  static Stream<Method> factories() {
    return Stream.of(
            Placements.class,
            MemcachedPlacements.class,
            ProxyPlacements.class,
            StorePlacements.class,
            LibraryPlacements.class)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> Modifier.isPublic(method.getModifiers()));
  }

  /** A ring of up to eight members, added in any order. */
  static HashRing<String> ring(Method factory, Random random) {
    List<String> kinds = new ArrayList<>(KINDS);
    Collections.shuffle(kinds.subList(0, 3), random);
    for (String kind : kinds) {
      List<String> ids = new ArrayList<>();
      for (int i = random.nextInt(9); i > 0; i--) {
        ids.add(String.format(kind, i));
      }
      Placement placement = placement(factory, ids, random);
      Collections.shuffle(ids, random);
      for (int precision = random.nextInt(3); precision < 3; precision++) {
        Optional<HashRing<String>> ring = ring(placement, ids, precision, random);
        if (ring.isPresent()) {
          return ring.get();
        }
      }
    }
    throw new AssertionError("no members fit " + factory);
  }

  private static Optional<HashRing<String>> ring(
      Placement placement, List<String> ids, int precision, Random random) {
    HashRing.Builder<String> builder = HashRing.builder().placement(placement);
    for (String id : ids) {
      double weight = precision == 0
          ? 3 * random.nextDouble()
          : precision == 1 ? random.nextInt(4) : random.nextInt(8) == 0 ? 0 : 1;
      builder.add(id, weight);
    }
    try {
      if (random.nextInt(4) == 0 && placement.ties() == Ties.SMALLEST_ID) {
        builder.probes(1 + random.nextInt(5));
      }
      return Optional.of(builder.build());
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // not all placements take all ids, weights and probes
    }
  }

  private static Placement placement(Method factory, List<String> ids, Random random) {
    Object[] arguments = Arrays.stream(factory.getParameters())
        .map(parameter -> argument(parameter, ids, random))
        .toArray();
    try {
      return (Placement) factory.invoke(null, arguments);
    } catch (InvocationTargetException | IllegalAccessException e) {
      throw new AssertionError(factory + Arrays.toString(arguments), e);
    }
  }

  private static Object argument(Parameter parameter, List<String> ids, Random random) {
    Class<?> type = parameter.getType();
    if (type == HashFunction.class) {
      List<HashFunction> some = parameter.getName().equals("digest") ? DIGESTS : FUNCTIONS;
      return some.get(random.nextInt(some.size()));
    } else if (type == Map.class) {
      return parameter.getName().equals("vnodesById") ? numbers(ids) : tokens(ids, random);
    } else if (type == Ties.class) {
      return Ties.values()[random.nextInt(4)];
    } else if (type == long.class) {
      return parameter.getName().equals("maxRingSize") ? 500L : 1L + random.nextInt(400);
    }
    assertThat(type).isEqualTo(int.class);
    return 1 + random.nextInt(parameter.getName().equals("replicas") ? 4 : 40);
  }

  private static Map<String, Integer> numbers(List<String> ids) {
    return ids.isEmpty() ? Map.of() : Map.of(ids.get(0), 3);
  }

  private static Map<String, List<Long>> tokens(List<String> ids, Random random) {
    Map<String, List<Long>> tokens = new HashMap<>();
    for (int i = 0; i < ids.size(); i++) {
      int node = i;
      tokens.put(
          ids.get(i),
          LongStream.rangeClosed(0, random.nextInt(3))
              .map(j -> 100_000_000L * (1 + 3 * node + j) + random.nextInt(1000))
              .boxed()
              .toList());
    }
    return tokens;
  }
}
