package io.hashring.internal;

import com.dynatrace.hash4j.hashing.ByteAccess;

/** Text whose characters are its bytes. */
public enum Ascii implements ByteAccess<CharSequence> {
  /** The access of hash4j to such text. */
  ACCESS;

  /**
   * Tells whether all characters of a text are ASCII.
   *
   * @param text the text
   * @return whether they are
   */
  public static boolean isAll(CharSequence text) {
    int all = 0;
    for (int i = 0; i < text.length(); i++) {
      all |= text.charAt(i);
    }
    return all < 0x80;
  }

  @Override
  public byte getByte(CharSequence text, long at) {
    return (byte) text.charAt((int) at);
  }
}
