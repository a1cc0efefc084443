package io.hashring.demo.proxy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** What a request is looked up by: bytes, as the client sent them. */
final class Key {

  /** That of a request which is answered before it is known. */
  static final Key NONE = of("");

  private final byte[] bytes;
  private final @Nullable String cookie;

  private Key(byte[] bytes, @Nullable String cookie) {
    this.bytes = bytes;
    this.cookie = cookie;
  }

  static Key of(byte[] bytes) {
    return new Key(bytes, null);
  }

  /** A key of characters that stand for one byte each. */
  static Key of(String latin1) {
    return of(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  static Key random() {
    return of(randomHex());
  }

  /** A key of our own, which the client is to send with its next requests in this cookie. */
  static Key issued(String cookie) {
    return new Key(randomHex().getBytes(StandardCharsets.US_ASCII), cookie);
  }

  /** 128 random bits: to be unique, not to be secret. */
  static String randomHex() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
  }

  byte[] bytes() {
    return bytes;
  }

  /** The cookie that the client has yet to be given; null if none. */
  @Nullable
  String cookie() {
    return cookie;
  }
}
