package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.reflect.ClassPath;
import com.google.common.reflect.TypeToken;
import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/api.md} is the public API, a line for each method. To write it anew: {@code ./mvnw
 * -pl hashring-core test -Dtest=ApiPageTest -Dhashring.update=true}.
 */
final class ApiPageTest {

  private static final Path PAGE = Path.of("..", "docs", "api.md");
  private static final Path BASELINE =
      Path.of("src", "test", "resources", "io", "hashring", "api-baseline.txt");

  /**
   * How many public methods a newcomer may have to learn: those for other systems left out, and
   * those that whoever writes a hash function or a placement implements.
   */
  private static final int MOST_METHODS = 110;

  private static final List<Class<?>> IMPLEMENTED = List.of(HashFunction.class, Placement.class);

  private static final List<String> PACKAGES =
      List.of("io.hashring", "io.hashring.hash", "io.hashring.placement", "io.hashring.interop");

  @Test
  void page_isTheApi() throws IOException {
    String page = page();
    if (Boolean.getBoolean("hashring.update")) {
      Files.writeString(PAGE, page);
    }
    assertThat(Files.readString(PAGE, UTF_8)).isEqualTo(page);
  }

  @Test
  void methods_ofWhatANewcomerLearns_areFew() throws IOException {
    assertThat(methods()).isLessThanOrEqualTo(MOST_METHODS);
  }

  /**
   * Until there is a release to compare with, the measure is a list of what there was: with
   * {@code -Dhashring.update=true} it takes in what is new, and never loses a line.
   */
  @Test
  void lines_thatWentOrChanged_areNamedInTheChangelog() throws IOException {
    Set<String> lines = lines(page());
    Set<String> known = new TreeSet<>(Files.readAllLines(BASELINE, UTF_8));
    if (Boolean.getBoolean("hashring.update")) {
      known.addAll(lines);
      Files.writeString(BASELINE, String.join("\n", known) + "\n");
    }
    assertThat(known).containsAll(lines);

    String changelog = Files.readString(Path.of("..", "CHANGELOG.md"), UTF_8);
    known.removeAll(lines);
    assertThat(known)
        .allSatisfy(line -> assertThat(changelog).as("CHANGELOG.md").contains("`" + line + "`"));
  }

  /** Each method and constant of the page behind the name of its type. */
  private static Set<String> lines(String page) {
    Set<String> lines = new TreeSet<>();
    String type = "";
    for (String line : page.lines().toList()) {
      if (line.startsWith("### ")) {
        type = line.substring("### ".length());
      } else if (!type.isEmpty() && !line.isEmpty() && !"#`".contains(line.substring(0, 1))) {
        lines.add(type + ": " + line);
      }
    }
    return lines;
  }

  private static long methods() throws IOException {
    long methods = 0;
    for (String name : PACKAGES) {
      if (!name.equals("io.hashring.interop")) {
        methods += types(name).stream()
            .filter(type -> !IMPLEMENTED.contains(type) && !type.isRecord())
            .flatMap(ApiPageTest::methodsOf)
            .count();
        methods += types(name).stream()
            .filter(Class::isRecord)
            .flatMap(ApiPageTest::methodsOf)
            .filter(method -> !isAccessor(method))
            .count();
      }
    }
    return methods;
  }

  private static String page() throws IOException {
    StringBuilder page = new StringBuilder("""
        # The public API

        Every public type and method, a line each; what they promise stands in their Javadoc. %d \
        methods to
        call, those of `io.hashring.interop` not counted, nor the accessors of records, nor what \
        `HashFunction`
        and `Placement` ask of whoever writes one. A test keeps this page true, and a line that \
        goes or changes
        is named in the [changelog](../CHANGELOG.md).
        """.formatted(methods()));
    for (String name : PACKAGES) {
      page.append("\n## `").append(name).append("`\n");
      for (Class<?> type : types(name)) {
        page.append("\n### ").append(nameOf(type)).append("\n\n```java\n");
        Stream.concat(constructorsOf(type), methodsOf(type).map(ApiPageTest::line))
            .sorted()
            .forEach(line -> page.append(line).append('\n'));
        constantsOf(type).forEach(line -> page.append(line).append('\n'));
        page.append("```\n");
      }
    }
    return page.toString();
  }

  private static List<Class<?>> types(String packageName) throws IOException {
    List<Class<?>> types = new ArrayList<>();
    for (ClassPath.ClassInfo info :
        ClassPath.from(HashRing.class.getClassLoader()).getTopLevelClasses(packageName)) {
      Class<?> type = info.load();
      String source = type.getProtectionDomain().getCodeSource().getLocation().getPath();
      if (!source.contains("test-classes")) {
        addVisible(type, types);
      }
    }
    types.sort(Comparator.comparing(Class::getName));
    return types;
  }

  private static void addVisible(Class<?> type, List<Class<?>> types) {
    if (Modifier.isPublic(type.getModifiers())) {
      types.add(type);
      Arrays.stream(type.getDeclaredClasses()).forEach(inner -> addVisible(inner, types));
    }
  }

  /** What a type declares itself; not what every object has, nor what every enum does. */
  private static Stream<Method> methodsOf(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .filter(method -> !isOfObject(method))
        .filter(method -> !(type.isEnum() && Modifier.isStatic(method.getModifiers())));
  }

  private static boolean isAccessor(Method method) {
    return Arrays.stream(method.getDeclaringClass().getRecordComponents())
        .anyMatch(component -> component.getAccessor().equals(method));
  }

  private static boolean isOfObject(Method method) {
    return Arrays.stream(Object.class.getMethods())
        .anyMatch(other -> other.getName().equals(method.getName())
            && Arrays.equals(other.getParameterTypes(), method.getParameterTypes()));
  }

  private static Stream<String> constructorsOf(Class<?> type) {
    return Arrays.stream(type.getDeclaredConstructors())
        .filter(constructor -> Modifier.isPublic(constructor.getModifiers()))
        .map((Constructor<?> constructor) -> "new " + simple(type.getSimpleName()) + "("
            + types(constructor.getGenericParameterTypes()) + ")");
  }

  private static Stream<String> constantsOf(Class<?> type) {
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> Modifier.isPublic(field.getModifiers()))
        .map(field ->
            simple(TypeToken.of(field.getGenericType()).toString()) + " " + field.getName());
  }

  private static String line(Method method) {
    return (Modifier.isStatic(method.getModifiers()) ? "static " : "")
        + simple(TypeToken.of(method.getGenericReturnType()).toString())
        + " "
        + method.getName()
        + "("
        + types(method.getGenericParameterTypes())
        + ")";
  }

  private static String types(Type[] types) {
    return Arrays.stream(types)
        .map(type -> simple(TypeToken.of(type).toString()))
        .collect(joining(", "));
  }

  private static String simple(String type) {
    return type.replaceAll("\\b[a-z]\\w*\\.", "").replaceAll("\\w+\\$", "");
  }

  private static String nameOf(Class<?> type) {
    String name = type.getName().substring(type.getPackageName().length() + 1);
    return name.replace('$', '.');
  }
}
