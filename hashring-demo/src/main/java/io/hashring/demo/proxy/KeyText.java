package io.hashring.demo.proxy;

import com.google.common.base.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A key as people read it: as text if it is UTF-8, else its visible ASCII, and every other byte,
 * the backslash too, as {@code \xXX}. A key may be the beginning of a body: of a long one it is the
 * beginning, and {@code ...} behind it.
 */
public final class KeyText {

  /** Of what is shown of a key, in bytes. */
  private static final int LONGEST = 256;

  private static final String CUT = "...";

  private KeyText() {}

  public static String of(byte[] key) {
    byte[] shown = beginning(key);
    String text =
        Utf8.isWellFormed(shown) ? new String(shown, StandardCharsets.UTF_8) : escaped(shown);
    return isCut(key, shown) ? text + CUT : text;
  }

  static boolean isCut(byte[] key, byte[] shown) {
    return shown.length < key.length;
  }

  /** What is shown of it, up to the end of a character. */
  static byte[] beginning(byte[] key) {
    if (key.length <= LONGEST) {
      return key;
    }
    int end = LONGEST;
    while (end > 0 && (key[end] & 0xc0) == 0x80) {
      end--;
    }
    return Arrays.copyOf(key, end);
  }

  static String escaped(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      if (b > ' ' && b < 0x7f && b != '\\') {
        text.append((char) b);
      } else {
        text.append("\\x").append(HexFormat.of().toHexDigits(b));
      }
    }
    return text.toString();
  }
}
