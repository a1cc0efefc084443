package io.hashring.interop;

import io.hashring.hash.HashFunction;
import java.util.Arrays;

/** The hashes of labels, each made of the id and an index. */
record LabelPoints(HashFunction hash, Label label, int firstIndex) implements PointGenerator {

  LabelPoints(HashFunction hash, Label label) {
    this(hash, label, 0);
  }

  /** How a label is written. */
  enum Label {
    ID_DASH_INDEX("-"),
    ID_UNDERSCORE_INDEX("_"),
    ID_COLON_INDEX(":"),
    ID_INDEX(""),
    INDEX_ID("") {
      @Override
      String of(String id, int index) {
        return index + id;
      }
    };

    private final String separator;

    Label(String separator) {
      this.separator = separator;
    }

    String of(String id, int index) {
      return id + separator + index;
    }
  }

  @Override
  public long[] points(String id, int count) {
    long[] points = new long[count];
    Arrays.setAll(points, i -> hash.hash(label.of(id, firstIndex + i)));
    return points;
  }
}
