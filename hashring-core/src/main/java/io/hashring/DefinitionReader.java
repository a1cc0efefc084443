package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Enums;
import com.google.common.hash.Hashing;
import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes the placement that a {@linkplain Placement#definition() definition} says: calls by the
 * names of the factories, and nothing else. The table of them is written out, without reflection; a
 * test compares it with the factories that there are.
 */
final class DefinitionReader {

  /** Calls within calls; no definition of the library comes near it. */
  private static final int MAX_DEPTH = 16;

  private static final Map<String, Factory> FACTORIES = new HashMap<>();

  /** What a name with so many arguments makes. */
  private record Factory(int arguments, Function<Arguments, Object> make) {}

  static {
    addPlacements();
    addFunctions();
    addFunctionsOfGuava();
  }

  private final TextCursor cursor;
  private int depth;

  private DefinitionReader(String definition) {
    this.cursor = new TextCursor(definition);
  }

  static Placement read(String definition) {
    DefinitionReader reader = new DefinitionReader(definition);
    Object value = reader.value();
    reader.cursor.expectEnd();
    if (value instanceof Placement placement) {
      return placement;
    }
    throw new IllegalArgumentException("expected a placement");
  }

  private Object value() {
    checkArgument(depth < MAX_DEPTH, "expected calls at most %s deep", MAX_DEPTH);
    depth++;
    Object value = valueInside();
    depth--;
    return value;
  }

  private Object valueInside() {
    char c = cursor.peek();
    if (c == '{') {
      return map();
    } else if (c == '[') {
      return several('[', ']');
    } else if (c == '"') {
      return cursor.quoted('"');
    } else if (c == '\'') {
      String quoted = cursor.quoted('\'');
      checkArgument(quoted.length() == 1, "expected one character in quotes: %s", quoted);
      return quoted.charAt(0);
    }
    String word = cursor.word();
    Long number = Longs.tryParse(word);
    if (number != null) {
      return number;
    }
    List<Object> arguments = cursor.peek() == '(' ? several('(', ')') : List.of();
    Optional<Ties> ties = Enums.getIfPresent(Ties.class, word).toJavaUtil();
    return ties.isPresent() ? ties.get() : call(word, arguments);
  }

  private static Object call(String name, List<Object> arguments) {
    Factory factory = FACTORIES.get(name);
    checkArgument(factory != null, "unknown to this release: %s", name);
    checkArgument(
        factory.arguments == arguments.size(),
        "%s takes %s arguments: %s",
        name,
        factory.arguments,
        arguments.size());
    return factory.make.apply(new Arguments(name, arguments));
  }

  private List<Object> several(char open, char close) {
    List<Object> several = new ArrayList<>();
    cursor.expect(open);
    while (!cursor.skip(close)) {
      expectCommaBehind(several.size());
      several.add(value());
    }
    return several;
  }

  private Map<String, Object> map() {
    Map<String, Object> map = new HashMap<>();
    cursor.expect('{');
    while (!cursor.skip('}')) {
      expectCommaBehind(map.size());
      String key = cursor.quoted('"');
      cursor.expect(':');
      cursor.skipSpaces();
      checkArgument(map.put(key, value()) == null, "expected each id once: %s", key);
    }
    return map;
  }

  private void expectCommaBehind(int before) {
    if (before > 0) {
      cursor.expect(',');
      cursor.skipSpaces();
    }
  }

  /** The arguments of a call, each of the type that is asked for. */
  private record Arguments(String name, List<Object> values) {

    <T> T get(int i, Class<T> type) {
      Object value = values.get(i);
      checkArgument(type.isInstance(value), "%s has no place for argument %s", name, i + 1);
      return type.cast(value);
    }

    HashFunction function(int i) {
      return get(i, HashFunction.class);
    }

    long number(int i) {
      return get(i, Long.class);
    }

    int integer(int i) {
      return integer(number(i));
    }

    private static int integer(long number) {
      checkArgument(
          number == Ints.saturatedCast(number), "expected a number of 32 bits: %s", number);
      return (int) number;
    }

    private Map<?, ?> map(int i) {
      return get(i, Map.class);
    }

    Map<String, List<Long>> tokens(int i) {
      Map<String, List<Long>> tokens = new HashMap<>();
      map(i).forEach((id, value) -> {
        checkArgument(
            value instanceof List<?> list && list.stream().allMatch(Long.class::isInstance),
            "expected a list of tokens of %s",
            id);
        tokens.put((String) id, ((List<?>) value).stream().map(Long.class::cast).toList());
      });
      return tokens;
    }

    Map<String, Integer> integers(int i) {
      Map<String, Integer> integers = new HashMap<>();
      map(i).forEach((id, value) -> {
        checkArgument(value instanceof Long, "expected a number for %s", id);
        integers.put((String) id, integer((Long) value));
      });
      return integers;
    }
  }

  private static void add(String name, int arguments, Function<Arguments, Object> make) {
    FACTORIES.put(name, new Factory(arguments, make));
  }

  private static void addPlacements() {
    add("v1", 2, a -> Placements.v1(a.function(0), a.integer(1)));
    add(
        "slots",
        4,
        a -> Placements.slots(a.function(0), a.number(1), a.integer(2), a.get(3, Ties.class)));
    add("tokens", 2, a -> Placements.tokens(a.function(0), a.tokens(1)));
    add("libketama", 0, a -> MemcachedPlacements.libketama());
    add(
        "libmemcachedKetama",
        2,
        a -> MemcachedPlacements.libmemcachedKetama(a.function(0), a.function(1)));
    add("libmemcachedWeighted", 0, a -> MemcachedPlacements.libmemcachedWeighted());
    add("twemproxy", 1, a -> MemcachedPlacements.twemproxy(a.function(0)));
    add("spymemcached", 1, a -> MemcachedPlacements.spymemcached(a.function(0)));
    add("spymemcachedWeighted", 1, a -> MemcachedPlacements.spymemcachedWeighted(a.function(0)));
    add("xmemcached", 1, a -> MemcachedPlacements.xmemcached(a.function(0)));
    add("cacheMemcachedFast", 1, a -> MemcachedPlacements.cacheMemcachedFast(a.integer(0)));
    add("jedisSharded", 2, a -> LibraryPlacements.jedisSharded(a.function(0), a.function(1)));
    add("nginx", 0, a -> ProxyPlacements.nginx());
    add("haproxy", 1, a -> ProxyPlacements.haproxy(a.function(0)));
    add("haproxy3_0", 1, a -> ProxyPlacements.haproxy3_0(a.function(0)));
    add("haproxyId32", 1, a -> ProxyPlacements.haproxyId32(a.function(0)));
    add("haproxyAddress", 1, a -> ProxyPlacements.haproxyAddress(a.function(0)));
    add("haproxyAddressAndPort", 1, a -> ProxyPlacements.haproxyAddressAndPort(a.function(0)));
    add("haproxyGuid", 1, a -> ProxyPlacements.haproxyGuid(a.function(0)));
    add("envoy", 3, a -> ProxyPlacements.envoy(a.function(0), a.number(1), a.number(2)));
    add("grpcGo", 2, a -> ProxyPlacements.grpcGo(a.number(0), a.number(1)));
    add("thanosReceive", 0, a -> StorePlacements.thanosReceive());
    add("cassandra", 1, a -> StorePlacements.cassandra(a.tokens(0)));
    add("dskit", 1, a -> StorePlacements.dskit(a.tokens(0)));
    add("groupcache", 2, a -> LibraryPlacements.groupcache(a.function(0), a.integer(1)));
    add("stathat", 2, a -> LibraryPlacements.stathat(a.function(0), a.integer(1)));
    add("lafikl", 1, a -> LibraryPlacements.lafikl(a.function(0)));
    add("serialx", 0, a -> LibraryPlacements.serialx());
    add("serialx2019", 0, a -> LibraryPlacements.serialx2019());
    add("uhashring", 1, a -> LibraryPlacements.uhashring(a.integer(0)));
    add("uhashringKetama", 2, a -> LibraryPlacements.uhashringKetama(a.integer(0), a.integer(1)));
    add(
        "npmHashring",
        4,
        a -> LibraryPlacements.npmHashring(
            a.function(0), a.integer(1), a.integer(2), a.integers(3)));
    add(
        "npmConsistentHashing",
        2,
        a -> LibraryPlacements.npmConsistentHashing(a.function(0), a.integer(1)));
    add("jedisSharded", 2, a -> LibraryPlacements.jedisSharded(a.function(0), a.function(1)));
  }

  private static void addFunctions() {
    for (HashFunction function : List.of(
        HashFunctions.xxh3_64(),
        InteropFunctions.xxh64(),
        HashFunctions.murmur3_128(),
        InteropFunctions.md5(),
        InteropFunctions.sha1(),
        InteropFunctions.sha256(),
        InteropFunctions.crc32(),
        InteropFunctions.ketama(),
        InteropFunctions.crc32_15(),
        InteropFunctions.fnv1_32(),
        InteropFunctions.fnv1a_32(),
        InteropFunctions.fnv1_32_c(),
        InteropFunctions.fnv1a_32_c(),
        InteropFunctions.fnv1_64_c(),
        InteropFunctions.fnv1a_64_c(),
        InteropFunctions.fnv1_32_java(),
        InteropFunctions.fnv1a_32_java(),
        InteropFunctions.fnv1_64_java(),
        InteropFunctions.fnv1a_64_java(),
        InteropFunctions.stringHashCode(),
        InteropFunctions.oneAtATime(),
        InteropFunctions.oneAtATime_c(),
        InteropFunctions.crc16_c(),
        InteropFunctions.hsieh_c(),
        InteropFunctions.jenkins_c(),
        InteropFunctions.murmur_c(),
        InteropFunctions.murmur3_c(),
        InteropFunctions.cassandraToken(),
        InteropFunctions.sdbm(),
        InteropFunctions.djb2(),
        InteropFunctions.wt6())) {
      add(function.toString(), 0, a -> function);
    }
    add("xxh32", 1, a -> InteropFunctions.xxh32(a.integer(0)));
    add("murmur2_64", 1, a -> InteropFunctions.murmur2_64(a.number(0)));
    add("first32Bits", 1, a -> InteropFunctions.first32Bits(a.function(0)));
    add("jedisKeyTag", 1, a -> InteropFunctions.jedisKeyTag(a.function(0)));
    add("avalanche", 1, a -> InteropFunctions.avalanche(a.function(0)));
    add(
        "hashTag",
        3,
        a -> InteropFunctions.hashTag(
            a.function(0), a.get(1, Character.class), a.get(2, Character.class)));
    add("jedisKeyTag", 1, a -> InteropFunctions.jedisKeyTag(a.function(0)));
    add("of", 1, a -> HashFunctions.of(a.get(0, com.google.common.hash.HashFunction.class)));
  }

  @SuppressWarnings("deprecation") // nothing here is a secret
  private static void addFunctionsOfGuava() {
    for (com.google.common.hash.HashFunction function : List.of(
        Hashing.md5(),
        Hashing.sha1(),
        Hashing.sha256(),
        Hashing.sha384(),
        Hashing.sha512(),
        Hashing.crc32(),
        Hashing.crc32c(),
        Hashing.adler32(),
        Hashing.fingerprint2011(),
        Hashing.farmHashFingerprint64())) {
      String call = function.toString();
      add(call.substring(0, call.length() - "()".length()), 0, a -> function);
    }
    add("Hashing.murmur3_128", 1, a -> Hashing.murmur3_128(a.integer(0)));
    add("Hashing.murmur3_32", 1, a -> Hashing.murmur3_32_fixed(a.integer(0)));
    add("Hashing.sipHash24", 2, a -> Hashing.sipHash24(a.number(0), a.number(1)));
  }
}
