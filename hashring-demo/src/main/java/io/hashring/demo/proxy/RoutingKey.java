package io.hashring.demo.proxy;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The part of a request that is looked up on the ring: a list of alternatives, of which the first
 * that the request has is taken. An alternative of several parts is there if all of them are, and
 * is then their bytes with a line feed between, which no header, cookie or path can have.
 *
 * <p>Where nothing is there it is the path, as received, less the leading slash; or, if the list
 * ends so, a random key, or a key of our own that is sent to the client as a cookie.
 */
public final class RoutingKey {

  public static final String SYNTAX = "path, uri, header:NAME, cookie:NAME, query:NAME, client-ip,"
      + " path:N, body:N, json:/POINTER, sticky:NAME or random";

  private static final char BETWEEN_PARTS = '\n';

  private final String description;
  private final List<List<KeyPart>> alternatives;
  private final Function<KeySource, Key> otherwise;

  /** @param otherwise the key where no alternative is there */
  RoutingKey(
      String description, List<List<KeyPart>> alternatives, Function<KeySource, Key> otherwise) {
    this.description = description;
    this.alternatives = alternatives;
    this.otherwise = otherwise;
  }

  public static RoutingKey path() {
    return parse("path");
  }

  /**
   * Reads alternatives with commas between, and parts with plus signs between.
   *
   * @throws IllegalArgumentException if a part is unknown, or can be there in no request
   */
  public static RoutingKey parse(String text) {
    return new KeySyntax(text).read();
  }

  /** The key, or null if more of the body has to be known. */
  @Nullable
  Key find(KeySource source) {
    for (List<KeyPart> parts : alternatives) {
      ByteArrayOutputStream joined = null;
      byte[] value = null;
      for (KeyPart part : parts) {
        if (!part.isDecided(source)) {
          return null;
        }
        value = part.of(source);
        if (value == null || value.length == 0) {
          value = null;
          break;
        }
        if (parts.size() > 1) {
          joined = join(joined, value);
        }
      }
      if (value != null) {
        return Key.of(joined == null ? value : joined.toByteArray());
      }
    }
    return otherwise.apply(source);
  }

  private static ByteArrayOutputStream join(@Nullable ByteArrayOutputStream joined, byte[] value) {
    ByteArrayOutputStream all = joined == null ? new ByteArrayOutputStream() : joined;
    if (joined != null) {
      all.write(BETWEEN_PARTS);
    }
    all.writeBytes(value);
    return all;
  }

  @Override
  public String toString() {
    return description;
  }
}
