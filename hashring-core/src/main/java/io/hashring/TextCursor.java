package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;

/** Reads words, numbers and quoted text from one line, as {@code internal.Call} writes them. */
final class TextCursor {

  private final String text;
  private int at;

  TextCursor(String text) {
    this.text = text;
  }

  /** The next character, which stays the next; 0 at the end. */
  char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  void skipSpaces() {
    while (peek() == ' ') {
      at++;
    }
  }

  /** Goes past a character if it is the next one. */
  boolean skip(char c) {
    boolean isNext = at < text.length() && text.charAt(at) == c;
    at += isNext ? 1 : 0;
    return isNext;
  }

  void expect(char c) {
    if (!skip(c)) {
      throw new IllegalArgumentException("expected '" + c + "' before: " + rest());
    }
  }

  void expectEnd() {
    checkArgument(at == text.length(), "expected nothing more: %s", rest());
  }

  /** Letters, digits and what names and numbers have beside them; may be empty. */
  String word() {
    int from = at;
    while (Character.isLetterOrDigit(peek()) || "-+._".indexOf(peek()) >= 0) {
      at++;
    }
    return text.substring(from, at);
  }

  /** What stands between two quotes, without escapes. */
  String quoted(char quote) {
    expect(quote);
    StringBuilder quoted = new StringBuilder();
    while (!skip(quote)) {
      char c = next();
      if (c != '\\') {
        quoted.append(c);
      } else if (skip('u')) {
        quoted.append(hexadecimal());
      } else {
        quoted.append(next());
      }
    }
    return quoted.toString();
  }

  private char next() {
    checkArgument(at < text.length(), "expected a quote at the end");
    return text.charAt(at++);
  }

  private char hexadecimal() {
    int c = 0;
    for (int i = 0; i < 4; i++) {
      char digit = next();
      int value = Character.digit(digit, 16);
      checkArgument(value >= 0, "expected four hexadecimal digits behind \\u: %s", digit);
      c = c << 4 | value;
    }
    return (char) c;
  }

  private String rest() {
    return io.hashring.internal.Call.brief(text.substring(at));
  }
}
