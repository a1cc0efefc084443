package io.hashring.internal;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;

/**
 * The text of a call: what a placement or a hash function was made by, so that it can be read and
 * made again. Arguments that have no order come sorted, text comes quoted, so that equal calls have
 * equal texts and others do not.
 */
public final class Call {

  private static final int MAX_LENGTH = 200;

  private Call() {}

  /**
   * The text in full.
   *
   * @param name the name of what is called
   * @param arguments its arguments; without any there are no parentheses
   * @return such as {@code slots(md5, 512, 9, LAST_ADDED)}
   */
  public static String of(String name, Object... arguments) {
    return arguments.length == 0
        ? name
        : Arrays.stream(arguments).map(Call::argument).collect(joining(", ", name + "(", ")"));
  }

  /**
   * A text for messages, where one in full might be of any length.
   *
   * @param call the text in full
   * @return its first 200 characters, and an ellipsis if there are more
   */
  public static String brief(String call) {
    return call.length() <= MAX_LENGTH ? call : call.substring(0, MAX_LENGTH) + "…";
  }

  /**
   * A text in quotes.
   *
   * @param text any text
   * @return the text, with escapes for quotes, backslashes and control characters
   */
  public static String quoted(String text) {
    return '"' + escaped(text) + '"';
  }

  private static String argument(Object argument) {
    if (argument instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> Map.entry(argument(entry.getKey()), argument(entry.getValue())))
          .sorted(Map.Entry.comparingByKey(Comparator.naturalOrder()))
          .map(entry -> entry.getKey() + ": " + entry.getValue())
          .collect(joining(", ", "{", "}"));
    }
    if (argument instanceof Collection<?> several) {
      return several.stream().map(Call::argument).collect(joining(", ", "[", "]"));
    }
    if (argument instanceof String text) {
      return quoted(text);
    }
    if (argument instanceof Character character) {
      return "'" + escaped(character.toString()) + "'";
    }
    return argument.toString();
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == 0x7F) {
        escaped.append(String.format("\\u%04x", (int) c));
      } else {
        escaped.append(c == '"' || c == '\'' || c == '\\' ? "\\" : "").append(c);
      }
    }
    return escaped.toString();
  }
}
