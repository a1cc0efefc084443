package io.hashring.demo.http;

import com.google.common.base.Splitter;
import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A set of HTTP status codes, written as codes and ranges such as {@code 200,300-399}. */
public final class StatusCodes {

  public static final StatusCodes NONE = new StatusCodes("", new BitSet());

  private static final Pattern RANGE = Pattern.compile("([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?");

  private final String text;
  private final BitSet codes;

  private StatusCodes(String text, BitSet codes) {
    this.text = text;
    this.codes = codes;
  }

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException that says what is wrong
   */
  public static StatusCodes parse(String text) {
    BitSet codes = new BitSet();
    for (String part : Splitter.on(',').split(text)) {
      Matcher range = RANGE.matcher(part);
      int first = range.matches() ? Integer.parseInt(range.group(1)) : 1;
      int last = first > 1 && range.group(2) != null ? Integer.parseInt(range.group(2)) : first;
      if (first == 1 || last < first) {
        throw new IllegalArgumentException(
            "status codes must be like 200 or 200,300-399, each from 100 to 599: " + text);
      }
      codes.set(first, last + 1);
    }
    return new StatusCodes(text, codes);
  }

  public boolean contains(int status) {
    return status >= 0 && codes.get(status);
  }

  /** As it was written. */
  @Override
  public String toString() {
    return text;
  }
}
