package io.hashring.bench.peer;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The plainest immutable ring: a sorted {@code long[]} of XXH3 hashes beside an array of the
 * owners, and a binary search. A change copies both arrays, merging the sorted new points into the
 * old ones.
 */
final class SortedArrayRing extends Ring<String> {

  private static final Hasher64 XXH3 = Hashing.xxh3_64();

  private final long[] positions;
  private final String[] owners;
  private final int pointsPerNode;

  SortedArrayRing(Collection<String> nodes, int pointsPerNode) {
    List<Point> points = sorted(nodes, pointsPerNode);
    this.positions = points.stream().mapToLong(Point::position).toArray();
    this.owners = points.stream().map(Point::owner).toArray(String[]::new);
    this.pointsPerNode = pointsPerNode;
  }

  private SortedArrayRing(long[] positions, String[] owners, int pointsPerNode) {
    this.positions = positions;
    this.owners = owners;
    this.pointsPerNode = pointsPerNode;
  }

  private record Point(long position, String owner) {}

  private static List<Point> sorted(Collection<String> nodes, int pointsPerNode) {
    Point[] points = new Point[nodes.size() * pointsPerNode];
    int size = 0;
    for (String node : nodes) {
      for (int i = 0; i < pointsPerNode; i++) {
        points[size++] = new Point(XXH3.hashCharsToLong(node + '-' + i), node);
      }
    }
    Arrays.sort(points, Comparator.comparingLong(Point::position));
    return Arrays.asList(points);
  }

  @Override
  public String locate(String key) {
    return locateAt(XXH3.hashCharsToLong(key));
  }

  @Override
  public String locate(byte[] key) {
    return locateAt(XXH3.hashBytesToLong(key));
  }

  @Override
  public String locateAt(long hash) {
    return owners[firstAtOrAfter(hash)];
  }

  private int firstAtOrAfter(long hash) {
    int found = Arrays.binarySearch(positions, hash);
    int index = found < 0 ? ~found : found;
    return index == positions.length ? 0 : index;
  }

  @Override
  public Set<String> preferenceList(String key, int n) {
    Set<String> nodes = new LinkedHashSet<>();
    int start = firstAtOrAfter(XXH3.hashCharsToLong(key));
    for (int i = 0; i < owners.length && nodes.size() < n; i++) {
      int index = start + i;
      nodes.add(owners[index < owners.length ? index : index - owners.length]);
    }
    return nodes;
  }

  @Override
  public SortedArrayRing with(Collection<String> added) {
    List<Point> points = sorted(added, pointsPerNode);
    long[] grownPositions = new long[positions.length + points.size()];
    String[] grownOwners = new String[grownPositions.length];
    int from = 0;
    int to = 0;
    for (Point point : points) {
      int end = from;
      while (end < positions.length && positions[end] < point.position) {
        end++;
      }
      System.arraycopy(positions, from, grownPositions, to, end - from);
      System.arraycopy(owners, from, grownOwners, to, end - from);
      to += end - from;
      from = end;
      grownPositions[to] = point.position;
      grownOwners[to++] = point.owner;
    }
    System.arraycopy(positions, from, grownPositions, to, positions.length - from);
    System.arraycopy(owners, from, grownOwners, to, owners.length - from);
    return new SortedArrayRing(grownPositions, grownOwners, pointsPerNode);
  }

  @Override
  public SortedArrayRing without(Collection<String> removed) {
    Set<String> gone = new HashSet<>(removed);
    long[] keptPositions = new long[positions.length];
    String[] keptOwners = new String[owners.length];
    int kept = 0;
    for (int i = 0; i < positions.length; i++) {
      if (!gone.contains(owners[i])) {
        keptPositions[kept] = positions[i];
        keptOwners[kept++] = owners[i];
      }
    }
    return new SortedArrayRing(
        Arrays.copyOf(keptPositions, kept), Arrays.copyOf(keptOwners, kept), pointsPerNode);
  }

  @Override
  public String name(String node) {
    return node;
  }

  @Override
  public Object structure() {
    return new Object[] {positions, owners};
  }
}
