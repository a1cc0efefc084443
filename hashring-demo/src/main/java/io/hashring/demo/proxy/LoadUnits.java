package io.hashring.demo.proxy;

import static com.google.common.base.Preconditions.checkArgument;

import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How much of a replica's load a request is: one unit, or what whoever knows its cost says. */
public final class LoadUnits {

  /** Every request is one. */
  public static final LoadUnits ONE = new LoadUnits(null);

  private static final String PREFIX = "header:";
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,5}");

  private final @Nullable String header;

  private LoadUnits(@Nullable String header) {
    this.header = header;
  }

  /**
   * Reads {@code header:NAME}.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static LoadUnits parse(String text) {
    checkArgument(
        text.startsWith(PREFIX) && text.substring(PREFIX.length()).matches(KeySyntax.TOKEN),
        "the units of a request must be header:NAME: %s",
        text);
    return new LoadUnits(text.substring(PREFIX.length()));
  }

  /** From 1 to 999,999; 1 where the header does not say so. */
  long of(HttpServerRequest request) {
    if (header == null) {
      return 1;
    }
    List<String> values = request.headers().getAll(header);
    return values.size() == 1 && NUMBER.matcher(values.get(0)).matches()
        ? Long.parseLong(values.get(0))
        : 1;
  }

  @Override
  public String toString() {
    return header == null ? "1" : PREFIX + header;
  }
}
