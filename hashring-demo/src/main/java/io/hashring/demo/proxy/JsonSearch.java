package io.hashring.demo.proxy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A search for one value in JSON that comes piece by piece. It is over as soon as the value is
 * whole, or cannot come any more: what stands behind it is not looked at.
 *
 * <p>Of two members of one name the first counts. What is no JSON up to the value, and a value that
 * ends beyond the first 64 KB, is not there; nor is an object, an array or null.
 */
final class JsonSearch {

  /** The JVM is not to keep the names that clients make up. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder().disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build();

  /** A search in what has no bytes. */
  static final JsonSearch IN_VAIN = new JsonSearch(List.of());

  /** A search in what has no bytes yet. */
  static final JsonSearch UNBEGUN = new JsonSearch(List.of());

  static {
    IN_VAIN.decided = true;
  }

  private final List<String> pointer;
  private final JsonParser parser;
  private final ByteArrayFeeder feeder;

  /** Bytes that the parser has. */
  private int read;

  /** Objects and arrays that are open now. */
  private int depth;

  /** How many of these, from the outermost, are on the way to the value. */
  private int onTheWay;

  private boolean decided;
  private byte @Nullable [] value;

  JsonSearch(List<String> pointer) {
    this.pointer = pointer;
    try {
      parser = FACTORY.createNonBlockingByteArrayParser();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it reads from nowhere yet
    }
    feeder = (ByteArrayFeeder) parser.getNonBlockingInputFeeder();
  }

  /** Whether more of the body would change nothing. */
  boolean isDecided() {
    return decided;
  }

  /** What was found: text in UTF-8, a number as it was sent, true or false; null if nothing. */
  byte @Nullable [] value() {
    return value;
  }

  /**
   * Reads on.
   *
   * @param body all that has come of it so far
   * @param ended whether that is all there is
   */
  void read(Buffer body, boolean ended) {
    if (decided) {
      return;
    }
    int end = Math.min(body.length(), KeySyntax.BODY_LIMIT);
    try {
      if (read < end) {
        byte[] more = body.getBytes(read, end);
        feeder.feedInput(more, 0, more.length);
        read = end;
      }
      if (ended && end == body.length()) {
        feeder.endOfInput();
      }
      JsonToken token = next();
      while (token != null && token != JsonToken.NOT_AVAILABLE) {
        see(token);
        token = next();
      }
      decided |= token == null || ended || end == KeySyntax.BODY_LIMIT;
    } catch (IOException | IllegalStateException e) {
      decided = true; // no JSON, or names made up so that a table of them is slow
    }
  }

  private @Nullable JsonToken next() throws IOException {
    return decided ? null : parser.nextToken();
  }

  private void see(JsonToken token) throws IOException {
    if (token.isStructStart()) {
      boolean leads = depth == 0 || leadsOn(parser.getParsingContext().getParent());
      if (depth > 0 && leads && depth == pointer.size()) {
        decided = true; // an object or an array stands there
      }
      depth++;
      onTheWay = leads ? depth : onTheWay;
    } else if (token.isStructEnd()) {
      decided = depth == onTheWay; // and whoever else has that name comes too late
      depth--;
    } else if (token.isScalarValue()) {
      if (depth == 0 || leadsOn(parser.getParsingContext())) {
        decided = true; // if it is not the value, there is nothing below it
        value = depth == pointer.size() && token != JsonToken.VALUE_NULL
            ? parser.getText().getBytes(StandardCharsets.UTF_8)
            : null;
      }
    }
  }

  /** Whether the present member of this object or array is the next on the way. */
  private boolean leadsOn(JsonStreamContext parent) {
    if (depth != onTheWay) {
      return false;
    }
    String step = pointer.get(depth - 1);
    return parent.inArray()
        ? step.equals(Integer.toString(parent.getCurrentIndex()))
        : step.equals(parent.getCurrentName());
  }
}
