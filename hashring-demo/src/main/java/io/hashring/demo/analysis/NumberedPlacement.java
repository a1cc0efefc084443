package io.hashring.demo.analysis;

import static com.google.common.base.Preconditions.checkArgument;

import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A circle of 512 slots with 9 points for each server, where requests and servers are numbers:
 * those of paths such as {@code /123456} and of names such as {@code server3}. Points meet often;
 * the server that was there first keeps the slot.
 */
record NumberedPlacement(Formulas formulas) implements Placement {

  private static final int SLOTS = 512;
  private static final int POINTS = 9;
  private static final Pattern NAME = Pattern.compile("\\D*([0-9]{1,6})");
  private static final int MOST_DIGITS = 9;

  @Override
  public HashFunction keyFunction() {
    return new Requests(formulas);
  }

  @Override
  public long pointCount(String id, double weight) {
    checkArgument(weight == 1, "weight must be 1 where servers are numbers: %s", weight);
    return POINTS;
  }

  @Override
  public long[] points(String id, double weight) {
    long[] points = new long[(int) pointCount(id, weight)];
    Matcher name = NAME.matcher(id);
    checkArgument(name.matches(), "a server's name must end with its number: %s", id);
    long number = Long.parseLong(name.group(1));
    Arrays.setAll(points, j -> formulas.ofPoint(number, j) % SLOTS);
    return points;
  }

  @Override
  public Ties ties() {
    return Ties.FIRST_ADDED;
  }

  @Override
  public long maxPosition() {
    return SLOTS - 1;
  }

  /** Where requests lie, by their numbers; those that have none are number 0. */
  private record Requests(Formulas formulas) implements HashFunction {
    @Override
    public long hash(byte[] input) {
      return formulas.ofRequest(number(input)) % SLOTS;
    }

    private static long number(byte[] digits) {
      long number = 0;
      for (byte digit : digits) {
        if (digit < '0' || digit > '9' || digits.length > MOST_DIGITS) {
          return 0;
        }
        number = 10 * number + digit - '0';
      }
      return number;
    }
  }
}
