package io.hashring.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.google.common.hash.Hashing;
import io.hashring.RingText;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every public call of placements, hash functions and node names. */
final class CallsTest {

  private static final List<Class<?>> TYPES = List.of(
      HashFunctions.class,
      Placements.class,
      InteropFunctions.class,
      NodeNames.class,
      MemcachedPlacements.class,
      ProxyPlacements.class,
      StorePlacements.class,
      LibraryPlacements.class);

  private static Stream<Method> calls() {
    return TYPES.stream()
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> Modifier.isPublic(method.getModifiers()));
  }

  /** A value that every call takes for a parameter of its type. */
  private static Object argument(Parameter parameter) {
    Class<?> type = parameter.getType();
    if (type == HashFunction.class) {
      return InteropFunctions.md5();
    } else if (type == Map.class) {
      return parameter.getName().equals("vnodesById")
          ? Map.of("a", 7)
          : Map.of("a", List.of(3L, 1L), "b", List.of(2L));
    } else if (type == Ties.class) {
      return Ties.LAST_ADDED;
    } else if (type == InetSocketAddress.class) {
      return new InetSocketAddress("127.0.0.1", 80);
    } else if (type == String.class) {
      return "cache";
    } else if (type == com.google.common.hash.HashFunction.class) {
      return Hashing.murmur3_128(5);
    } else if (type == Hasher64.class) {
      return com.dynatrace.hash4j.hashing.Hashing.xxh3_64(5);
    } else if (type == char.class) {
      return '{';
    } else if (type == long.class) {
      return 4L;
    }
    assertThat(type).isEqualTo(int.class);
    return 4;
  }

  private static Object call(Method method, Object... arguments) throws Throwable {
    try {
      return method.invoke(null, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static Object[] arguments(Method method) {
    return Arrays.stream(method.getParameters()).map(CallsTest::argument).toArray();
  }

  @ParameterizedTest
  @MethodSource("calls")
  void null_inPlaceOfAnyArgument_isRefusedByItsName(Method method) throws Throwable {
    assertThat(call(method, arguments(method))).isNotNull();
    Parameter[] parameters = method.getParameters();
    for (int i = 0; i < parameters.length; i++) {
      if (!parameters[i].getType().isPrimitive()) {
        Object[] arguments = arguments(method);
        arguments[i] = null;
        assertThatThrownBy(() -> call(method, arguments))
            .isExactlyInstanceOf(NullPointerException.class)
            .hasMessage(parameters[i].getName() + " must not be null");
      }
    }
  }

  private static Stream<Object> functionsAndPlacements() throws Throwable {
    List<Object> made = new ArrayList<>();
    for (Method method : calls().toList()) {
      if (method.getReturnType() != String.class) {
        made.add(call(method, arguments(method)));
      }
    }
    return made.stream();
  }

  private static String definition(Object made) {
    return made instanceof Placement placement ? placement.definition() : made.toString();
  }

  /** Reads the text as a call and makes it; a function of hash4j has a name but cannot be read. */
  @ParameterizedTest
  @MethodSource("functionsAndPlacements")
  void definition_calledAgain_makesAnEqual(Object made) throws Throwable {
    if (made.equals(HashFunctions.of(com.dynatrace.hash4j.hashing.Hashing.xxh3_64(5)))) {
      assertThat(made.toString()).isEqualTo("of(XXH3_64-17169fbd5d443d95)");
      return;
    }
    assertThat(read(definition(made), made)).isEqualTo(made).hasSameHashCodeAs(made);
  }

  /** A placement, or a function as the key function of one. */
  private static Object read(String definition, Object made) {
    return made instanceof Placement
        ? RingText.placement(definition)
        : RingText.placement("v1(" + definition + ", 1)").keyFunction();
  }

  @ParameterizedTest
  @MethodSource("functionsAndPlacements")
  void definition_ofAnother_isAnother(Object made) throws Throwable {
    assertThat(functionsAndPlacements().filter(other -> definition(other).equals(definition(made))))
        .isNotEmpty()
        .allMatch(made::equals);
  }

  private static Stream<Placement> placements() throws Throwable {
    return functionsAndPlacements().filter(Placement.class::isInstance).map(Placement.class::cast);
  }

  @ParameterizedTest
  @MethodSource("placements")
  @SuppressWarnings("NullAway")
  void node_thatIsNone_isRefusedByName(Placement placement) {
    assertThatThrownBy(() -> placement.pointCount(null, 1)).hasMessage("id must not be null");
    assertThatThrownBy(() -> placement.points(null, 1)).hasMessage("id must not be null");
    assertThatThrownBy(() -> placement.forMembers(null)).hasMessage("weights must not be null");
    for (ThrowingCallable call : List.<ThrowingCallable>of(
        () -> placement.pointCount("", 1), () -> placement.points("", 1))) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("id must not be empty");
    }
    for (double weight : new double[] {Double.NaN, 0, -1, Double.POSITIVE_INFINITY}) {
      for (ThrowingCallable call : List.<ThrowingCallable>of(
          () -> placement.pointCount("a", weight), () -> placement.points("a", weight))) {
        assertThatThrownBy(call)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("weight must be finite and positive: " + weight + " of a");
      }
    }
  }

  @Test
  @SuppressWarnings("NullAway")
  void nullInsideAMap_isRefusedByName() {
    for (Consumer<Map<String, List<Long>>> call : List.<Consumer<Map<String, List<Long>>>>of(
        tokens -> Placements.tokens(InteropFunctions.md5(), tokens),
        StorePlacements::cassandra,
        StorePlacements::dskit)) {
      assertThatThrownBy(() -> call.accept(Collections.singletonMap(null, List.of(1L))))
          .hasMessage("id of tokens must not be null");
      assertThatThrownBy(() -> call.accept(Collections.singletonMap("a", null)))
          .hasMessage("tokens of a must not be null");
      assertThatThrownBy(() -> call.accept(Map.of("a", Arrays.asList(1L, null))))
          .hasMessage("token of a must not be null");
    }
    assertThatThrownBy(() -> LibraryPlacements.npmHashring(
            InteropFunctions.md5(), 40, 4, Collections.singletonMap(null, 1)))
        .hasMessage("id of vnodesById must not be null");
    assertThatThrownBy(() -> LibraryPlacements.npmHashring(
            InteropFunctions.md5(), 40, 4, Collections.singletonMap("a", null)))
        .hasMessage("vnodes of a must not be null");
  }

  /** Order of entries and of tokens says nothing; text that looks like syntax does. */
  @Test
  void definition_ofMaps_isSortedQuotedAndCutInMessagesOnly() throws Throwable {
    Map<String, List<Long>> tokens = new LinkedHashMap<>();
    tokens.put("b\": [9], \"c\n", List.of(3L));
    tokens.put("a", List.of(2L, -1L));
    Placement placement = Placements.tokens(HashFunctions.xxh3_64(), tokens);
    assertThat(placement.definition())
        .isEqualTo("tokens(xxh3_64, {\"a\": [-1, 2], \"b\\\": [9], \\\"c\\u000a\": [3]})")
        .isEqualTo(placement.toString());
    assertThat(RingText.placement(placement.definition())).isEqualTo(placement);

    Map<String, List<Long>> many = IntStream.range(0, 100)
        .boxed()
        .collect(Collectors.toMap(i -> "node-" + i, i -> List.of((long) i)));
    Placement large = StorePlacements.dskit(many);
    assertThat(large.toString()).hasSize(201).endsWith("…");
    assertThat(large.definition())
        .startsWith(large.toString().substring(0, 200))
        .hasSizeGreaterThan(1000);
    assertThat(RingText.placement(large.definition())).isEqualTo(large);
  }

  /** The class stands for the name where there is none, and a value for the seed. */
  @Test
  void of_functionWithoutAName_tellsOneThatIsTheSameInEveryProcess() {
    assertThat(HashFunctions.of(com.dynatrace.hash4j.hashing.Hashing.wyhashFinal4(1, 2)))
        .hasToString("of(WyhashFinal4-dd72d969e75c8dd3)");
    assertThat(HashFunctions.of(com.dynatrace.hash4j.hashing.Hashing.xxh3_64(6)).toString())
        .isNotEqualTo(
            HashFunctions.of(com.dynatrace.hash4j.hashing.Hashing.xxh3_64(5)).toString());
  }
}
