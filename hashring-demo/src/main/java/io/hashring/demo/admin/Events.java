package io.hashring.demo.admin;

import io.hashring.demo.membership.Members;
import io.hashring.demo.proxy.ErrorResponse;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Events for whoever watches: which ring there is, and what requests do. While there is a reader,
 * two looks a second are taken, once for all readers, and told if they differ from the last ones. A
 * reader that does not take what it has been sent is told nothing until it does, and then the
 * newest alone: it costs the memory of one event and of what waits in its socket.
 *
 * <p>Any thread may use it.
 */
public final class Events implements Handler<HttpServerRequest> {

  static final int MOST_READERS = 16;

  private static final Duration BETWEEN = Duration.ofMillis(500);

  /** So that nobody on the way takes a quiet stream for a dead one. */
  private static final Duration QUIET = Duration.ofSeconds(15);

  private static final Buffer COMMENT = Buffer.buffer(":\n\n");

  /** What is watched only as long as there is a reader. */
  public interface Watched {
    /** There is a first reader. */
    void begin();

    /** What there is to see, but for the time. */
    JsonObject look();

    /** The last reader has left. */
    void end();
  }

  private final Vertx vertx;
  private final Supplier<Members> members;
  private final Watched watched;
  private final Duration quiet;
  private final Duration between;

  /** Guarded by this. */
  private final List<Reader> readers = new ArrayList<>();

  /** Guarded by this. */
  private long timer;

  private volatile Event ring = Event.NONE;
  private volatile Event traffic = Event.NONE;

  /**
   * Watches nothing before there is a reader.
   *
   * @param idle after which a connection on which nothing moves is closed
   */
  public Events(Vertx vertx, Supplier<Members> members, Watched watched, Duration idle) {
    this(vertx, members, watched, idle, BETWEEN);
  }

  /** @param between the time between two looks */
  Events(Vertx vertx, Supplier<Members> members, Watched watched, Duration idle, Duration between) {
    this.vertx = vertx;
    this.members = members;
    this.watched = watched;
    this.between = between;
    Duration half = idle.dividedBy(2);
    this.quiet = half.compareTo(QUIET) < 0 ? half : QUIET;
  }

  /** What is told; of several that say the same, one after the other, there is only one. */
  private static final class Event {

    static final Event NONE = new Event("", Buffer.buffer());

    final String what;
    final Buffer bytes;

    private Event(String what, Buffer bytes) {
      this.what = what;
      this.bytes = bytes;
    }

    static Event of(String name, String what, JsonObject data) {
      // JSON has no line feed but in a string, and there it is escaped
      return new Event(what, Buffer.buffer("event: " + name + "\ndata: " + data.encode() + "\n\n"));
    }
  }

  @Override
  public void handle(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_1_0) {
      new ErrorResponse(505, "events without an end need HTTP/1.1").send(request.response());
      return;
    }
    Reader reader = new Reader(request.response(), vertx.getOrCreateContext());
    if (!join(reader)) {
      new ErrorResponse(429, "there are " + MOST_READERS + " readers of the events already")
          .send(request.response());
      return;
    }
    request
        .response()
        .setChunked(true)
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("X-Accel-Buffering", "no") // what nginx on the way is told by
        .exceptionHandler(broken -> {}) // the end follows
        .closeHandler(close -> leave(reader));
    reader.tell();
  }

  private synchronized boolean join(Reader reader) {
    if (readers.size() == MOST_READERS) {
      return false;
    }
    if (readers.isEmpty()) {
      watched.begin();
      timer = vertx.setPeriodic(between.toMillis(), tick -> look());
    }
    readers.add(reader);
    lookAtRing();
    return true;
  }

  private synchronized void leave(Reader reader) {
    if (readers.remove(reader) && readers.isEmpty()) {
      vertx.cancelTimer(timer);
      watched.end();
      traffic = Event.NONE;
    }
  }

  private synchronized void look() {
    if (readers.isEmpty()) {
      return; // the timer was about to run when it was cancelled
    }
    lookAtRing();
    JsonObject seen = watched.look();
    String what = seen.encode();
    if (!what.equals(traffic.what)) {
      traffic = Event.of("traffic", what, seen.put("at", Instant.now().toString()));
    }
    readers.forEach(Reader::tellSoon);
  }

  private void lookAtRing() {
    Members now = members.get();
    String checksum = RingJson.checksum(now.ring());
    String what = checksum + " " + now.version();
    if (!what.equals(ring.what)) {
      JsonObject data = new JsonObject().put("checksum", checksum).put("version", now.version());
      ring = Event.of("ring", what, data);
    }
  }

  /** Somebody who reads; told on the event loop of its connection. */
  private final class Reader {

    private final HttpServerResponse response;
    private final Context loop;
    private final AtomicBoolean isAboutToBeTold = new AtomicBoolean();
    private @Nullable Event lastRing;
    private @Nullable Event lastTraffic = Event.NONE;
    private long told = System.nanoTime();

    Reader(HttpServerResponse response, Context loop) {
      this.response = response;
      this.loop = loop;
    }

    /** However slow its event loop is, no more than one task waits there. */
    void tellSoon() {
      if (isAboutToBeTold.compareAndSet(false, true)) {
        loop.runOnContext(turn -> {
          isAboutToBeTold.set(false);
          tell();
        });
      }
    }

    void tell() {
      if (response.closed()) {
        leave(this);
        return;
      }
      if (response.writeQueueFull()) {
        return;
      }
      Event ringNow = ring;
      Event trafficNow = traffic;
      Buffer news = Buffer.buffer();
      if (!ringNow.equals(lastRing)) {
        news.appendBuffer(ringNow.bytes);
      }
      if (!trafficNow.equals(lastTraffic)) {
        news.appendBuffer(trafficNow.bytes);
      }
      if (news.length() == 0 && System.nanoTime() - told >= quiet.toNanos()) {
        news.appendBuffer(COMMENT);
      }
      lastRing = ringNow;
      lastTraffic = trafficNow;
      if (news.length() > 0) {
        told = System.nanoTime();
        var unused = response.write(news);
      }
    }
  }
}
