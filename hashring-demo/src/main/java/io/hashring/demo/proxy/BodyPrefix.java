package io.hashring.demo.proxy;

import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The beginning of a body, read before anybody has the request because its key stands there. Lives
 * on one event loop.
 */
final class BodyPrefix {

  /** That of a request without a body. */
  static final BodyPrefix NONE = new BodyPrefix();

  /** That of a body of which nothing was read. */
  static final BodyPrefix UNREAD = new BodyPrefix();

  static {
    NONE.end();
  }

  private final Buffer bytes = Buffer.buffer();
  private final Map<List<String>, JsonSearch> searches = new HashMap<>();
  private boolean ended;

  void append(Buffer more) {
    bytes.appendBuffer(more);
  }

  /** There is no more. */
  void end() {
    ended = true;
  }

  boolean isEnded() {
    return ended;
  }

  int length() {
    return bytes.length();
  }

  Buffer bytes() {
    return bytes;
  }

  byte[] first(int count) {
    return bytes.getBytes(0, Math.min(count, bytes.length()));
  }

  /** The search for what stands at that place of the JSON, brought up to what is known by now. */
  JsonSearch search(List<String> pointer) {
    if (bytes.length() == 0) {
      return ended ? JsonSearch.IN_VAIN : JsonSearch.UNBEGUN;
    }
    JsonSearch search = searches.computeIfAbsent(pointer, JsonSearch::new);
    search.read(bytes, ended);
    return search;
  }
}
