package io.hashring.hash;

import com.dynatrace.hash4j.hashing.ByteAccess;

/** Text whose characters are its bytes. */
enum Ascii implements ByteAccess<CharSequence> {
  ACCESS;

  static boolean isAll(CharSequence text) {
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
