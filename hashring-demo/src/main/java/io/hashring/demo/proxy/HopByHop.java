package io.hashring.demo.proxy;

import com.google.common.base.Splitter;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.List;
import java.util.stream.Stream;

/** What belongs to one connection, and not to the message (RFC 9110, section 7.6.1). */
final class HopByHop {

  private static final List<CharSequence> NAMES = List.of(
      HttpHeaders.CONNECTION,
      HttpHeaders.createOptimized("Proxy-Connection"),
      HttpHeaders.KEEP_ALIVE,
      HttpHeaders.createOptimized("TE"),
      HttpHeaders.createOptimized("Trailer"),
      HttpHeaders.TRANSFER_ENCODING,
      HttpHeaders.UPGRADE);

  private static final Splitter COMMA = Splitter.on(',').trimResults().omitEmptyStrings();

  private HopByHop() {}

  /**
   * Removes these headers, and those that {@code Connection} names, but never what the message
   * cannot do without.
   */
  static void drop(MultiMap headers) {
    if (headers.contains(HttpHeaders.CONNECTION)) {
      options(headers).filter(name -> !isEssential(name)).toList().forEach(headers::remove);
    }
    NAMES.forEach(headers::remove);
  }

  /** What a careless or a hostile {@code Connection} could do harm by naming. */
  private static boolean isEssential(String name) {
    return name.equalsIgnoreCase("Content-Length") || name.equalsIgnoreCase("Host");
  }

  /** True if this is among the options of {@code Connection}. */
  static boolean asksFor(String option, MultiMap headers) {
    return headers.contains(HttpHeaders.CONNECTION)
        && options(headers).anyMatch(option::equalsIgnoreCase);
  }

  /** True if whoever reads this message finds the same end of it: no coding but chunks, once. */
  static boolean isFramedPlainly(MultiMap headers) {
    List<String> codings = headers.getAll(HttpHeaders.TRANSFER_ENCODING);
    return codings.isEmpty() || (codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked"));
  }

  private static Stream<String> options(MultiMap headers) {
    return headers.getAll(HttpHeaders.CONNECTION).stream().flatMap(COMMA::splitToStream);
  }
}
