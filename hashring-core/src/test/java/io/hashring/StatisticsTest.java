package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.junit.jupiter.api.Test;

/**
 * How random the positions of keys are under each hash function of the library, and whether the
 * table of {@code docs/balance.md} is true of other nodes than those it was made of. The figures
 * stand in {@code docs/statistics.md}; to write it anew: {@code ./mvnw -pl hashring-core test
 * -Dtest=StatisticsTest -Dhashring.update=true}.
 */
final class StatisticsTest {

  private static final Path PAGE = Path.of("..", "docs", "statistics.md");
  private static final Path BALANCE = Path.of("..", "docs", "balance.md");

  private static final List<HashQuality> QUALITIES =
      functions().map(HashQuality::of).toList();

  /** All of them, those with arguments for some. */
  private static Stream<HashFunction> functions() {
    Stream<HashFunction> withoutArguments = Stream.of(HashFunctions.class, InteropFunctions.class)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods())
            .filter(method -> Modifier.isPublic(method.getModifiers()))
            .filter(method -> method.getParameterCount() == 0)
            .sorted(Comparator.comparing(Method::getName)))
        .map(StatisticsTest::made);
    return Stream.concat(
        withoutArguments,
        Stream.of(
            InteropFunctions.xxh32(0),
            InteropFunctions.murmur2_64(0xc70f6907L),
            InteropFunctions.first32Bits(InteropFunctions.sha1()),
            InteropFunctions.avalanche(InteropFunctions.djb2()),
            InteropFunctions.avalanche(InteropFunctions.sdbm())));
  }

  private static HashFunction made(Method factory) {
    try {
      return (HashFunction) factory.invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> failures(HashFunction function) {
    return QUALITIES.stream()
        .filter(quality -> quality.function().equals(function))
        .findFirst()
        .orElseThrow()
        .failures();
  }

  @Test
  void functionsOfOnesOwn_failNothing() {
    assertThat(failures(HashFunctions.xxh3_64())).isEmpty();
    assertThat(failures(HashFunctions.murmur3_128())).isEmpty();
  }

  @Test
  void digests_failNothing() {
    assertThat(failures(InteropFunctions.md5())).isEmpty();
    assertThat(failures(InteropFunctions.sha1())).isEmpty();
    assertThat(failures(InteropFunctions.sha256())).isEmpty();
  }

  /** Weak functions are found to be weak, or the tests would prove nothing of the others. */
  @Test
  void weakFunctions_fail() {
    assertThat(failures(InteropFunctions.crc32())).contains("avalanche");
    assertThat(failures(InteropFunctions.djb2())).contains("numbered keys", "avalanche");
    assertThat(failures(InteropFunctions.fnv1_32())).contains("avalanche");
    assertThat(failures(InteropFunctions.stringHashCode())).contains("numbered keys", "avalanche");
    assertThat(failures(InteropFunctions.crc32_15())).contains("random keys");
  }

  // The advice table

  private static final Pattern HEADING = Pattern.compile("## ([0-9,]+) nodes");
  private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| ([0-9.]+) \\|.*");

  /** How many points are laid out for a cell, in as many rings as that makes. */
  private static final int POINTS_PER_CELL = 2_000_000;

  private static final int MOST_RINGS = 200;
  private static final int FEWEST_RINGS = 30;

  /** A cell of the column for one probe, and the peaks to the mean of other rings. */
  private record Cell(int nodes, int points, double advised, double[] peaks) {

    static Cell of(int nodes, int points, double advised) {
      double[] peaks = new double[rings(nodes, points)];
      for (int ring = 0; ring < peaks.length; ring++) {
        HashRing.Builder<String> builder = HashRing.builder().pointsPerNode(points);
        for (int node = 0; node < nodes; node++) {
          builder.add("ring-" + ring + "/server-" + node);
        }
        peaks[ring] = builder.build().ownership().peakToMean();
      }
      Arrays.sort(peaks);
      return new Cell(nodes, points, advised, peaks);
    }

    static int rings(int nodes, int points) {
      return Math.min(MOST_RINGS, POINTS_PER_CELL / nodes / points);
    }

    double mean() {
      return Arrays.stream(peaks).average().orElseThrow();
    }

    /** Of the difference of two means, that of the table being over up to 100 rings. */
    double z() {
      double mean = mean();
      double variance =
          Arrays.stream(peaks).map(peak -> (peak - mean) * (peak - mean)).sum()
              / (peaks.length - 1);
      double ofRounding = 0.0005 * 0.0005;
      return (advised - mean) / Math.sqrt(variance * (1.0 / peaks.length + 0.01) + ofRounding);
    }

    double quantile(double part) {
      return peaks[(int) Math.ceil(part * peaks.length) - 1];
    }
  }

  private static final List<Cell> CELLS = cells();

  private static List<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    int nodes = 0;
    for (String line : lines(BALANCE)) {
      MatchResult heading = match(HEADING, line);
      MatchResult row = match(ROW, line);
      if (heading != null) {
        nodes = Integer.parseInt(heading.group(1).replace(",", ""));
      } else if (row != null) {
        int points = Integer.parseInt(row.group(1));
        if (Cell.rings(nodes, points) >= FEWEST_RINGS) {
          cells.add(Cell.of(nodes, points, Double.parseDouble(row.group(2))));
        }
      }
    }
    return cells;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MatchResult match(Pattern pattern, String line) {
    var matcher = pattern.matcher(line);
    return matcher.matches() ? matcher.toMatchResult() : null;
  }

  @Test
  void adviceTable_otherNodes_areAsEvenAsItSays() {
    double most = NormalDistribution.of(0, 1).inverseSurvivalProbability(ErrorRate.OF_ONE / 2);
    assertThat(CELLS).hasSizeGreaterThanOrEqualTo(12);
    for (Cell cell : CELLS) {
      assertThat(cell.z())
          .as("%s nodes of %s points: %s", cell.nodes, cell.points, cell.mean())
          .isBetween(-most, most);
    }
  }

  @Test
  void errorRate_isSharedByAllTests() {
    assertThat(QUALITIES.size() * 5 + CELLS.size() + ExpectedShareTest.TESTS)
        .isLessThanOrEqualTo(ErrorRate.TESTS);
  }

  // The page

  @Test
  void page_hasTheFiguresOfThisRun() throws IOException {
    String page = page();
    if (Boolean.getBoolean("hashring.update")) {
      Files.writeString(PAGE, page);
    }
    assertThat(Files.readString(PAGE, UTF_8)).isEqualTo(page);
  }

  private static String page() {
    StringBuilder page = new StringBuilder(String.format(
        Locale.ROOT,
        """
        # Statistics

        How far the positions of keys and points are from random ones, as a test finds it. The \
        page is written by
        `./mvnw -pl hashring-core test -Dtest=StatisticsTest -Dhashring.update=true`; without \
        the property the same
        test compares it with what it finds.

        All statistical tests of the library together, those of
        [`StatisticsTest`](../hashring-core/src/test/java/io/hashring/StatisticsTest.java) and \
        [`ExpectedShareTest`](../hashring-core/src/test/java/io/hashring/ExpectedShareTest.java),
        fail with a probability of at most α = 1e-6 where hashes are truly random: each of \
        %d has %s of it. Seeds are fixed, so
        that a test fails always or never.

        ## Hash functions

        *p* is the probability that a random function is no nearer to the ideal.

        - **Evenness**: a G-test of %,d positions over %d equal arcs of the circle, for keys \
        `user:0` and so on, for
          addresses `10.0.0.0:8080` and so on, for random keys of 16 hexadecimal digits, and for \
        the points of nodes
          `server-0` and so on under placement v1 with this function.
        - **Avalanche**: each bit of random ASCII keys of %s characters is flipped \
        %,d times; each bit of the
          position should change half of the time. *Bias* is how far from a half the worst pair \
        of bits is, and its *p*
          is that of the worst pair times the number of pairs.

        | function | bits | p, numbered | p, addresses | p, random | p, points | bias | \
        p, avalanche | fails |
        |---|--:|--:|--:|--:|--:|--:|--:|---|
        """,
        ErrorRate.TESTS,
        probability(ErrorRate.OF_ONE),
        HashQuality.KEYS,
        HashQuality.ARCS,
        listed(HashQuality.LENGTHS),
        HashQuality.FLIPS));
    for (HashQuality quality : QUALITIES) {
      page.append("| `%s` | %d |".formatted(quality.function(), quality.bits()));
      quality.forEachTest((name, p) -> page.append(
          name.equals("avalanche")
              ? String.format(Locale.ROOT, " %.3f | %s |", quality.bias(), probability(p))
              : " " + probability(p) + " |"));
      page.append(" ").append(String.join(", ", quality.failures())).append(" |\n");
    }
    return page
        + String.format(
            Locale.ROOT,
            """

        What fails is there to agree with other systems that use it, and is as good a hash as \
        theirs is. Numbered keys under
        a function that fails them are dealt unevenly, whatever the number of points. Under \
        placement v1 points are even
        all the same, since it mixes what the function gives; those of other systems' placements \
        are as their functions
        have them. For a ring of one's own there are `xxh3_64`, the default, and `murmur3_128`.

        No function here is keyed: whoever may choose keys can choose such as meet one node. \
        Where that is to be feared,
        take a keyed one, such as `HashFunctions.of(Hashing.sipHash24(k0, k1))` of Guava.

        ## Balance

        Whether the column for one probe in [balance.md](balance.md) is true of other nodes: the \
        means there, over up to 100
        sets of nodes, and here, over as many sets as stated, differ by *z* standard errors, \
        which must be below %.2f.

        | nodes | points per node | sets | mean in balance.md | mean here | z | median | 90 %% | \
        99 %% |
        |--:|--:|--:|--:|--:|--:|--:|--:|--:|
        %s
        What is advised is a mean: every second ring is less even than about that. Where a peak \
        matters, plan with the last
        columns, or bound the load.
        """,
            NormalDistribution.of(0, 1).inverseSurvivalProbability(ErrorRate.OF_ONE / 2),
            String.join("", CELLS.stream().map(StatisticsTest::row).toList()));
  }

  private static String row(Cell cell) {
    return String.format(
        Locale.ROOT,
        "| %,d | %d | %d | %.3f | %.3f | %.1f | %.3f | %.3f | %.3f |\n",
        cell.nodes,
        cell.points,
        cell.peaks.length,
        cell.advised,
        cell.mean(),
        cell.z(),
        cell.quantile(0.5),
        cell.quantile(0.9),
        cell.quantile(0.99));
  }

  private static String listed(List<Integer> numbers) {
    int last = numbers.size() - 1;
    return numbers.subList(0, last).toString().replaceAll("[\\[\\]]", "") + " and "
        + numbers.get(last);
  }

  private static String probability(double p) {
    return p < 1e-12 ? "< 1e-12" : String.format(Locale.ROOT, p < 0.001 ? "%.0e" : "%.3f", p);
  }
}
