package io.hashring.demo.proxy;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a query, decoded as forms are: {@code %XX} is a byte, {@code +} a space. What
 * cannot be decoded is not there.
 */
public final class QueryParameters {

  private QueryParameters() {}

  /**
   * The value of the first parameter of that name that is long enough, or null.
   *
   * @param target of the request
   * @param least how many bytes the value has to have
   */
  public static byte @Nullable [] first(String target, byte[] name, int least) {
    int question = target.indexOf('?');
    for (int start = question + 1; question >= 0 && start < target.length(); ) {
      int found = target.indexOf('&', start);
      int end = found < 0 ? target.length() : found;
      byte[] value = value(target.substring(start, end), name);
      if (value != null && value.length >= least) {
        return value;
      }
      start = end + 1;
    }
    return null;
  }

  private static byte @Nullable [] value(String pair, byte[] name) {
    int equals = pair.indexOf('=');
    byte[] given = equals < 0 ? null : decoded(pair.substring(0, equals));
    return given != null && Arrays.equals(given, name) ? decoded(pair.substring(equals + 1)) : null;
  }

  private static byte @Nullable [] decoded(String coded) {
    try {
      return URLDecoder.decode(coded, StandardCharsets.ISO_8859_1) // a byte a character
          .getBytes(StandardCharsets.ISO_8859_1);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
