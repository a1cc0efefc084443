package io.hashring.demo.proxy;

import com.google.common.base.Utf8;
import io.hashring.demo.membership.Backend;
import io.vertx.core.http.HttpServerRequest;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/**
 * One line for each request, at its end, in fields of {@code name=value} with a space between.
 *
 * <p>No value has a space in it, nor anything else but visible ASCII: every other character, and
 * the backslash, is written as <code>&#92;uXXXX</code>, the hexadecimal UTF-16 unit, or in a key
 * that is not UTF-8 as <code>&#92;xXX</code>, the hexadecimal byte. So no request can end a line,
 * forge a field, or reach a terminal. A value that is not there is {@code -}.
 */
public final class AccessLog {

  private static final String NONE = "-";

  private final PrintWriter out;

  public AccessLog(PrintWriter out) {
    this.out = out;
  }

  public void record(Exchange exchange) {
    HttpServerRequest request = exchange.request();
    StringBuilder line = new StringBuilder(160);
    line.append("time=").append(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    field(line, "id", exchange.id());
    field(line, "method", request.method().name());
    field(line, "path", request.path());
    key(line, exchange.key().bytes());
    field(line, "node", exchange.last().map(Backend::name).orElse(NONE));
    line.append(" tries=").append(exchange.tries());
    line.append(" status=").append(exchange.status());
    long micros = TimeUnit.NANOSECONDS.toMicros(exchange.nanos());
    line.append(" ms=").append(BigDecimal.valueOf(micros, 3));
    out.println(line);
    out.flush();
  }

  /** As text if it is UTF-8, else byte by byte; of a long one the beginning. */
  private static void key(StringBuilder line, byte[] key) {
    byte[] shown = KeyText.beginning(key);
    if (Utf8.isWellFormed(shown)) {
      field(line, "key", new String(shown, StandardCharsets.UTF_8));
    } else {
      line.append(" key=").append(KeyText.escaped(shown));
    }
    if (KeyText.isCut(key, shown)) {
      line.append("...");
    }
  }

  private static void field(StringBuilder line, String name, String value) {
    line.append(' ').append(name).append('=');
    if (value.isEmpty()) {
      line.append(NONE);
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c > ' ' && c < 0x7f && c != '\\') {
        line.append(c);
      } else {
        line.append("\\u").append(HexFormat.of().toHexDigits(c));
      }
    }
  }
}
