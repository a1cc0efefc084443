package io.hashring.demo.proxy;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a request was before, and how far it may go (RFC 9110, sections 7.6.2 and 7.6.3). Every
 * request that is forwarded says {@code Via} this balancer; one that comes and says so already goes
 * in circles.
 */
public final class Hops {

  private static final CharSequence VIA = HttpHeaders.createOptimized("Via");
  private static final CharSequence MAX_FORWARDS = HttpHeaders.createOptimized("Max-Forwards");
  private static final Splitter COMMA = Splitter.on(',').trimResults().omitEmptyStrings();
  private static final Splitter SPACE = Splitter.on(CharMatcher.anyOf(" \t")).omitEmptyStrings();
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
  private static final List<String> SECRET =
      List.of("Authorization", "Cookie", "Proxy-Authorization");

  /** Another name for each balancer, as one may well forward to another. */
  private final String name =
      "hashring-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());

  private final String over11 = "1.1 " + name;
  private final String over10 = "1.0 " + name;

  /** True if this balancer has forwarded the request before. */
  boolean isBack(HttpServerRequest request) {
    return request.headers().contains(VIA)
        && request.headers().getAll(VIA).stream()
            .flatMap(COMMA::splitToStream)
            .anyMatch(hop -> SPACE.splitToList(hop).contains(name));
  }

  /** Adds this balancer to where the request was. */
  void sign(HttpServerRequest request, MultiMap headers) {
    String hop = request.version() == HttpVersion.HTTP_1_0 ? over10 : over11;
    List<String> earlier = headers.contains(VIA) ? headers.getAll(VIA) : List.of();
    headers.set(VIA, earlier.isEmpty() ? hop : String.join(", ", earlier) + ", " + hop);
  }

  // Max-Forwards

  /**
   * What is wrong with the number of times that the request may still be forwarded; null if nothing
   * is. Only OPTIONS and TRACE are asked about.
   */
  static @Nullable String flaw(HttpServerRequest request) {
    return counts(request) && left(request) < 0
        ? "Max-Forwards must be one number of up to 9 digits"
        : null;
  }

  /** True if the request is for whoever has it now. */
  static boolean isAtItsEnd(HttpServerRequest request) {
    return counts(request) && left(request) == 0;
  }

  /** Takes one off that number, if there is one. */
  static void count(HttpServerRequest request, MultiMap headers) {
    if (counts(request)) {
      headers.set(MAX_FORWARDS, Integer.toString(left(request) - 1));
    }
  }

  private static boolean counts(HttpServerRequest request) {
    return request.headers().contains(MAX_FORWARDS)
        && (request.method().equals(HttpMethod.OPTIONS)
            || request.method().equals(HttpMethod.TRACE));
  }

  /** Negative if it is no number. */
  private static int left(HttpServerRequest request) {
    List<String> values = request.headers().getAll(MAX_FORWARDS);
    return values.size() == 1 && NUMBER.matcher(values.get(0)).matches()
        ? Integer.parseInt(values.get(0))
        : -1;
  }

  /**
   * Answers in place of a replica: OPTIONS with nothing to say, TRACE with the head that came, less
   * what nobody but its receiver is to know (RFC 9110, section 9.3.8).
   */
  static void answer(HttpServerRequest request) {
    if (request.method().equals(HttpMethod.OPTIONS)) {
      request.response().setStatusCode(204).end();
      return;
    }
    StringBuilder head = new StringBuilder("TRACE " + request.uri() + " HTTP/1.1\r\n");
    request.headers().forEach(header -> {
      if (SECRET.stream().noneMatch(header.getKey()::equalsIgnoreCase)) {
        head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
      }
    });
    request
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, "message/http")
        .end(head.append("\r\n").toString(), StandardCharsets.ISO_8859_1.name());
  }
}
