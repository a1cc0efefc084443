package io.hashring.demo.proxy;

import com.google.common.base.Splitter;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.List;

/**
 * What belongs to one connection, and not to the message (RFC 9110, section 7.6.1).
 *
 * <p>With it go the headers by which a client and a proxy agree on who the client is (section
 * 11.7): they are for the next proxy alone, whereas this is a gateway, and a replica that read them
 * would learn a password that is for somebody else.
 */
final class HopByHop {

  private static final List<CharSequence> NAMES = List.of(
      HttpHeaders.CONNECTION,
      HttpHeaders.createOptimized("Proxy-Connection"),
      HttpHeaders.KEEP_ALIVE,
      HttpHeaders.createOptimized("TE"),
      HttpHeaders.createOptimized("Trailer"),
      HttpHeaders.TRANSFER_ENCODING,
      HttpHeaders.UPGRADE,
      HttpHeaders.createOptimized("Proxy-Authenticate"),
      HttpHeaders.createOptimized("Proxy-Authorization"),
      HttpHeaders.createOptimized("Proxy-Authentication-Info"));

  private static final Splitter COMMA = Splitter.on(',').trimResults().omitEmptyStrings();

  private HopByHop() {}

  /**
   * Removes these headers, and those that {@code Connection} names, but never what the message
   * cannot do without.
   */
  static void drop(MultiMap headers) {
    if (headers.contains(HttpHeaders.CONNECTION)) {
      for (String name : options(headers.getAll(HttpHeaders.CONNECTION))) {
        if (!isEssential(name)) {
          headers.remove(name);
        }
      }
    }
    for (CharSequence name : NAMES) {
      headers.remove(name);
    }
  }

  /** What a careless or a hostile {@code Connection} could do harm by naming. */
  private static boolean isEssential(String name) {
    return name.equalsIgnoreCase("Content-Length") || name.equalsIgnoreCase("Host");
  }

  /** True if this is among the options of {@code Connection}. */
  static boolean asksFor(String option, MultiMap headers) {
    return headers.contains(HttpHeaders.CONNECTION)
        && asksFor(option, headers.getAll(HttpHeaders.CONNECTION));
  }

  /** @param connection the values of {@code Connection} */
  static boolean asksFor(String option, List<String> connection) {
    for (String asked : options(connection)) {
      if (asked.equalsIgnoreCase(option)) {
        return true;
      }
    }
    return false;
  }

  /** True if whoever reads this message finds the same end of it: no coding but chunks, once. */
  static boolean isFramedPlainly(MultiMap headers) {
    if (!headers.contains(HttpHeaders.TRANSFER_ENCODING)) {
      return true;
    }
    List<String> codings = headers.getAll(HttpHeaders.TRANSFER_ENCODING);
    return codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked");
  }

  private static List<String> options(List<String> values) {
    return values.size() == 1 && values.get(0).indexOf(',') < 0
        ? List.of(values.get(0).strip()) // nearly always
        : values.stream().flatMap(COMMA::splitToStream).toList();
  }
}
