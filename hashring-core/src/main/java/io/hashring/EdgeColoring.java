package io.hashring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Colours the edges of a bipartite multigraph so that no vertex has more than {@code k} edges of
 * one colour, and no colour more than {@code m} edges, in as few colours as that takes: {@code T =
 * max(⌈d / k⌉, ⌈e / m⌉)} for {@code e} edges and a largest degree of {@code d}.
 *
 * <p>That {@code T} are enough is a theorem of de Werra (Equitable colorations of graphs, 1971). A
 * vertex is split into parts of {@code T} edges, at most {@code k} of them. The parts have no more
 * than {@code T} edges each, so they can be coloured with {@code T} colours and never two edges
 * alike at one part (Kőnig, 1916): each edge gets a colour that is free at one end; where that is
 * taken at the other, the path from there whose edges have this colour and one that is free there,
 * in turn, exchanges the two. Then colours of more than {@code m} edges give some to others: of the
 * paths whose edges have one and the other in turn, enough have one more of the larger, and
 * exchange them too.
 *
 * <p>For example, edges a–x, a–y, b–x and k = 1: a–x gets 0, a–y gets 1, as 0 is taken at a; b–x
 * gets 1, which is free at b and x.
 */
final class EdgeColoring {

  /** An end of an edge that has any number of edges of one colour. */
  static final int FREE = -1;

  private static final int NONE = -1;

  private final int colors;
  private final int mostPerColor;

  /** By end, 0 or 1, and by edge: a part of a vertex; FREE if there is no vertex. */
  private final int[][] ends = new int[2][];

  /** By edge. */
  private final int[] colorOf;

  /** From a part and a color to the edge of that color there. */
  private final Map<Long, Integer> edgeAt = new HashMap<>();

  /** By part: the colors that it has, and one before which it has all. */
  private final List<BitSet> used = new ArrayList<>();

  private final List<int[]> firstFree = new ArrayList<>();

  /** By color, its edges. */
  private final List<Set<Integer>> edgesOf = new ArrayList<>();

  private EdgeColoring(int[] sources, int[] targets, int perVertex, int perColor) {
    int edges = sources.length;
    int most = Math.max(largestDegree(sources), largestDegree(targets));
    this.colors = Math.max(ceilDiv(most, perVertex), ceilDiv(edges, perColor));
    this.mostPerColor = perColor;
    this.colorOf = new int[edges];
    for (int color = 0; color < colors; color++) {
      edgesOf.add(new LinkedHashSet<>());
    }
    ends[0] = parts(sources);
    ends[1] = parts(targets);
  }

  /**
   * The color of each edge.
   *
   * @param sources by edge, its vertex on one side, from 0 on, or FREE
   * @param targets the same of the other side
   */
  static int[] of(int[] sources, int[] targets, int perVertex, int perColor) {
    EdgeColoring coloring = new EdgeColoring(sources, targets, perVertex, perColor);
    for (int edge = 0; edge < sources.length; edge++) {
      coloring.add(edge);
    }
    coloring.limitSizes();
    return coloring.colorOf;
  }

  private static int ceilDiv(int x, int y) {
    return (int) (((long) x + y - 1) / y);
  }

  private static int largestDegree(int[] vertices) {
    return Arrays.stream(degrees(vertices)).max().orElse(0);
  }

  private static int[] degrees(int[] vertices) {
    int[] degrees = new int[Arrays.stream(vertices).max().orElse(FREE) + 1];
    for (int vertex : vertices) {
      if (vertex != FREE) {
        degrees[vertex]++;
      }
    }
    return degrees;
  }

  /** Gives every vertex a part for each {@code T} of its edges. */
  private int[] parts(int[] vertices) {
    int[] seen = new int[degrees(vertices).length];
    int[] part = new int[seen.length];
    int[] parts = new int[vertices.length];
    for (int edge = 0; edge < vertices.length; edge++) {
      int vertex = vertices[edge];
      if (vertex == FREE) {
        parts[edge] = FREE;
        continue;
      }
      if (seen[vertex]++ % colors == 0) {
        part[vertex] = used.size();
        used.add(new BitSet());
        firstFree.add(new int[1]);
      }
      parts[edge] = part[vertex];
    }
    return parts;
  }

  private void add(int edge) {
    int source = ends[0][edge];
    int target = ends[1][edge];
    int color = source == FREE ? freeAt(target) : freeAt(source);
    if (target != FREE && edgeAt(target, color) != NONE) {
      int other = freeAt(target);
      exchange(path(target, color, other), color, other);
    }
    set(edge, color);
  }

  /** A color that no edge at a part has; there is one until all its edges have theirs. */
  private int freeAt(int part) {
    if (part == FREE) {
      return 0;
    }
    int[] first = firstFree.get(part);
    first[0] = used.get(part).nextClearBit(first[0]);
    return first[0];
  }

  private int edgeAt(int part, int color) {
    return part == FREE ? NONE : edgeAt.getOrDefault(key(part, color), NONE);
  }

  private long key(int part, int color) {
    return (long) part * colors + color;
  }

  private void set(int edge, int color) {
    colorOf[edge] = color;
    edgesOf.get(color).add(edge);
    for (int[] parts : ends) {
      if (parts[edge] != FREE) {
        edgeAt.put(key(parts[edge], color), edge);
        used.get(parts[edge]).set(color);
      }
    }
  }

  private void unset(int edge) {
    int color = colorOf[edge];
    edgesOf.get(color).remove(edge);
    for (int[] parts : ends) {
      int part = parts[edge];
      if (part != FREE) {
        edgeAt.remove(key(part, color));
        used.get(part).clear(color);
        firstFree.get(part)[0] = Math.min(firstFree.get(part)[0], color);
      }
    }
  }

  private void exchange(List<Integer> path, int color, int other) {
    path.forEach(this::unset);
    path.forEach(edge -> set(edge, colorOf[edge] == color ? other : color));
  }

  /** The edges from a part on that have one color and the other in turn. */
  private List<Integer> path(int part, int color, int other) {
    List<Integer> path = new ArrayList<>();
    int at = part;
    int next = edgeAt(at, color);
    while (next != NONE) {
      path.add(next);
      at = ends[0][next] == at ? ends[1][next] : ends[0][next];
      next = edgeAt(at, colorOf[next] == color ? other : color);
    }
    return path;
  }

  /** Moves edges from colors that have too many to those that have room. */
  private void limitSizes() {
    int small = 0;
    for (int large = 0; large < colors; large++) {
      while (size(large) > mostPerColor) {
        while (size(small) >= mostPerColor) {
          small++;
        }
        moveSome(large, small);
      }
    }
  }

  private int size(int color) {
    return edgesOf.get(color).size();
  }

  /** Until the one has no more than the most, or the other as many. */
  private void moveSome(int large, int small) {
    for (int edge : List.copyOf(edgesOf.get(large))) {
      if (size(large) <= mostPerColor || size(small) >= mostPerColor) {
        return;
      }
      if (colorOf[edge] == large) {
        moveOne(edge, large, small);
      }
    }
  }

  /**
   * If the edge is the first or the last of a path with one more of the larger color, exchanges.
   */
  private void moveOne(int edge, int large, int small) {
    for (int side = 0; side < 2; side++) {
      if (edgeAt(ends[side][edge], small) == NONE) {
        List<Integer> path = new ArrayList<>(List.of(edge));
        path.addAll(path(ends[1 - side][edge], small, large));
        if (path.size() % 2 == 1) {
          exchange(path, large, small);
        }
        return;
      }
    }
  }
}
