package io.hashring.demo.proxy;

import io.vertx.core.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One part of a request that a key may be made of. */
@FunctionalInterface
interface KeyPart {

  /** The bytes of this part; null or empty if the request does not have it. */
  byte @Nullable [] of(KeySource source);

  /** Whether what is known of the request by now is all that this part needs. */
  default boolean isDecided(KeySource source) {
    return true;
  }

  static KeyPart path() {
    return source -> latin1(source.path());
  }

  /** The first segments of the path, or all if it has fewer. */
  static KeyPart segments(int count) {
    return source -> {
      String path = source.path();
      int end = -1;
      for (int i = 0; i < count; i++) {
        end = path.indexOf('/', end + 1);
        if (end < 0) {
          return latin1(path);
        }
      }
      return latin1(path.substring(0, end));
    };
  }

  static KeyPart target() {
    return source -> latin1(source.target());
  }

  /** All lines of that name, as one (RFC 9110, section 5.3). */
  static KeyPart header(String name) {
    return source -> {
      if (!source.request().headers().contains(name)) {
        return null;
      }
      List<String> lines = source.request().headers().getAll(name);
      boolean isThere = lines.stream().anyMatch(line -> !line.isEmpty());
      return isThere ? latin1(String.join(", ", lines)) : null;
    };
  }

  /**
   * The first cookie of that name that is not empty, in whichever line; its value is what stands up
   * to the next semicolon, quotes and all.
   */
  static KeyPart cookie(String name) {
    String nameInLatin1 = toLatin1(name);
    return source -> {
      if (source.request().headers().contains(HttpHeaders.COOKIE)) {
        for (String line : source.request().headers().getAll(HttpHeaders.COOKIE)) {
          String value = value(line, ';', nameInLatin1);
          if (value != null) {
            return latin1(value);
          }
        }
      }
      return null;
    };
  }

  /** The value of the first pair of that name that is not empty. */
  private static @Nullable String value(String pairs, char separator, String name) {
    for (int start = 0; start < pairs.length(); ) {
      int found = pairs.indexOf(separator, start);
      int end = found < 0 ? pairs.length() : found;
      int equals = pairs.indexOf('=', start);
      if (equals >= 0 && equals < end && pairs.substring(start, equals).strip().equals(name)) {
        String value = pairs.substring(equals + 1, end).strip();
        if (!value.isEmpty()) {
          return value;
        }
      }
      start = end + 1;
    }
    return null;
  }

  /** The first parameter of that name that is not empty. */
  static KeyPart query(String name) {
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    return source -> QueryParameters.first(source.target(), nameBytes, 1);
  }

  static KeyPart clientIp() {
    return source -> latin1(source.clientAddress());
  }

  /** The first bytes of the body, or all if it has fewer. */
  static KeyPart body(int count) {
    return new KeyPart() {
      @Override
      public boolean isDecided(KeySource source) {
        return source.body().isEnded() || source.body().length() >= count;
      }

      @Override
      public byte[] of(KeySource source) {
        return source.body().first(count);
      }
    };
  }

  /** What stands at that place of a body of JSON, if it is text, a number, true or false. */
  static KeyPart json(List<String> pointer) {
    return new KeyPart() {
      @Override
      public boolean isDecided(KeySource source) {
        return source.body().search(pointer).isDecided();
      }

      @Override
      public byte @Nullable [] of(KeySource source) {
        return source.body().search(pointer).value();
      }
    };
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The characters as which the bytes of a text arrive. */
  private static String toLatin1(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
