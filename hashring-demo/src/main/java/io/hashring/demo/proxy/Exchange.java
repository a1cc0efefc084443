package io.hashring.demo.proxy;

import io.hashring.BoundedLoad;
import io.hashring.BoundedLoad.Lease;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.RequestGate;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through the balancer: its key, the backends it was offered to, the one
 * that has it now, and whom it waits for. Lives on one event loop.
 *
 * <p>Whatever happens in whichever order, it ends once, and from then on takes nothing more: what
 * it has of a backend's count, of the bound on its load, and of a connection was given back.
 */
public final class Exchange {

  /** The status of a request whose client left before there was an answer, as nginx calls it. */
  static final int CLIENT_GONE = 499;

  /** How often one request is sent at most, to whichever backends. */
  private static final int MAX_SENDS = 3;

  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.TRACE);

  private final HttpServerRequest request;
  private final String id;

  /** Whom a request waits for, which is who is to blame when nothing moves. */
  enum Awaited {
    /** Nobody who is watched here: a connection has a time-out of its own. */
    NOBODY,
    /** The client, to send on. */
    CLIENT,
    /** The replica, to say whether it wants the body (Expect: 100-continue). */
    CONSENT,
    /** The replica, to take more of the body. */
    REPLICA,
    /** The replica, to begin its answer. */
    ANSWER,
    /** The replica to send on, or the client to take what there is. */
    REST,
    /** Either side of a WebSocket or an event stream, which may well be quiet. */
    ANYBODY
  }

  private final RequestGate requests;
  private final Streams streams;
  private final @Nullable BoundedLoad<Backend> bound;
  private final long units;
  private final Consumer<Exchange> whenEnded;
  private final boolean body;
  private final boolean webSocket;
  private final boolean asksForStream;
  private final long start = System.nanoTime();
  private final Set<Backend> tried = new HashSet<>();
  private final boolean admitted;
  private Key key = Key.NONE;
  private BodyPrefix prefix;
  private @Nullable Backend primary;
  private @Nullable Backend last;
  private @Nullable Backend backend;
  private @Nullable Lease<Backend> lease;
  private @Nullable HttpClientRequest outbound;
  private @Nullable ReplicaCodec codec;
  private @Nullable BodyRelay upload;
  private RequestSlots.@Nullable Slot slot;
  private @Nullable Backend streamOf;
  private boolean passedOverForStreams;
  private @Nullable Throwable failure;
  private Awaited awaited = Awaited.NOBODY;
  private long since;
  private long sentAt;
  private long number;
  private int tries;
  private int sends;
  private boolean onUsedConnection;
  private boolean needsFreshConnection;
  private boolean repeated;
  private boolean failOpen;
  private boolean consentDue;
  private boolean placed;
  private long position;
  private boolean ended;

  /**
   * @param id tells this request from others, here and in the logs of replicas
   * @param requests counts this exchange until its end
   * @param streams bounds how many that last a backend has
   * @param bound bounds what a backend has under way; null if nothing does
   * @param units how much of that bound this takes
   * @param whenEnded is told the end
   */
  Exchange(
      HttpServerRequest request,
      String id,
      RequestGate requests,
      Streams streams,
      @Nullable BoundedLoad<Backend> bound,
      long units,
      Consumer<Exchange> whenEnded) {
    this.request = request;
    this.id = id;
    this.requests = requests;
    this.streams = streams;
    this.bound = bound;
    this.units = units;
    this.whenEnded = whenEnded;
    this.body = announcesBody();
    this.prefix = body ? BodyPrefix.UNREAD : BodyPrefix.NONE;
    this.webSocket = asksForWebSocket();
    this.asksForStream = webSocket || EventStreams.isAskedFor(request);
    this.consentDue = asksForConsent();
    this.admitted = requests.begin();
  }

  HttpServerRequest request() {
    return request;
  }

  String id() {
    return id;
  }

  Key key() {
    return key;
  }

  /** From now on it is known where to send the request. */
  void keyed(Key found) {
    key = found;
  }

  /** What was read of the body to find the key. */
  BodyPrefix prefix() {
    return prefix;
  }

  void reading(BodyPrefix beginning) {
    prefix = beginning;
  }

  /** The backend that has this request now. */
  Optional<Backend> backend() {
    return Optional.ofNullable(backend);
  }

  /** The backend that had this request last, whatever became of it. */
  public Optional<Backend> last() {
    return Optional.ofNullable(last);
  }

  /** How often this request was offered to a backend. */
  public int tries() {
    return tries;
  }

  /** True if the last try did not go to the node that owns the key. */
  public boolean isOffPrimary() {
    return last != primary && last != null;
  }

  /** What the client was answered, or would have been, had it not left. */
  public int status() {
    return request.response().headWritten() ? request.response().getStatusCode() : CLIENT_GONE;
  }

  public long nanos() {
    return System.nanoTime() - start;
  }

  /** Moves on to the next node of the key's preference list that may be sent requests. */
  Optional<Backend> next(Members members) {
    leave();
    if (!admitted || ended) {
      return Optional.empty();
    }
    Optional<Backend> next = choose(members, this::mayTake);
    while (next.isPresent() && !enter(next.get())) {
      next = choose(members, this::mayTake);
    }
    if (next.isEmpty()) {
      next = again(members);
    }
    return next.isPresent() ? next : unwell(members);
  }

  /** Where nobody is up, the checks may be what is wrong: the owner is tried all the same. */
  private Optional<Backend> unwell(Members members) {
    if (tries >= MAX_SENDS
        || members.locateAt(position(members), Backend::mayBegin).isPresent()) {
      return Optional.empty();
    }
    failOpen = true;
    return choose(members, candidate -> candidate.mayBeginUnwell() && !tried.contains(candidate))
        .filter(this::enter);
  }

  /** True if it was sent to a node that is down, for want of one that is up. */
  public boolean isFailOpen() {
    return failOpen && last != null;
  }

  private Optional<Backend> choose(Members members, Predicate<Backend> mayTake) {
    if (bound == null) {
      return members.locateAt(position(members), mayTake);
    }
    endLease();
    lease = bound.tryAcquireAt(position(members), units, mayTake).orElse(null);
    return Optional.ofNullable(lease).map(Lease::node);
  }

  private long position(Members members) {
    position = members.ring().position(key.bytes());
    placed = true;
    return position;
  }

  /** Whether it was looked up on the ring, and not answered before that. */
  boolean isPlaced() {
    return placed;
  }

  /** Where its key lies on the ring, once it is placed. */
  long position() {
    return position;
  }

  private boolean mayTake(Backend candidate) {
    if (primary == null) {
      primary = candidate;
    }
    return candidate.mayBegin() && !tried.contains(candidate) && hasRoom(candidate);
  }

  private boolean hasRoom(Backend candidate) {
    boolean room = !asksForStream || streams.hasRoom(candidate);
    passedOverForStreams |= !room;
    return room;
  }

  /**
   * The last node once more, where it is the last there is: a connection that lay in the pool and
   * turns out to be closed says nothing about the node.
   */
  private Optional<Backend> again(Members members) {
    Backend candidate = last;
    if (candidate == null || repeated || !onUsedConnection) {
      return Optional.empty();
    }
    repeated = true;
    return choose(members, other -> other.equals(candidate) && other.isEligible())
        .filter(this::enter);
  }

  private boolean enter(Backend candidate) {
    tried.add(candidate);
    needsFreshConnection |= !candidate.isEligible(); // a trial is not to fail of an old one
    if (asksForStream && !becomeStream(candidate)) {
      passedOverForStreams = true;
      return false; // its last place went a moment ago
    }
    if (!candidate.begin(failOpen)) {
      endStream();
      return false; // began to drain a moment ago, or somebody else has its trial
    }
    if (passedOverForStreams) {
      passedOverForStreams = false;
      streams.countMoved();
    }
    tries++;
    last = candidate;
    backend = candidate;
    onUsedConnection = false;
    return true;
  }

  // Short, or not

  /** True if the client asks for a WebSocket or an event stream. */
  boolean asksForStream() {
    return asksForStream;
  }

  /** True if it is counted among those that last. */
  boolean isStream() {
    return streamOf != null;
  }

  /** There was a backend for it, but for the streams that it has. */
  boolean isRefusedForStreams() {
    return passedOverForStreams;
  }

  /** It waits for, or has, a place among the short requests of its backend. */
  void takes(RequestSlots.Slot taken) {
    slot = taken;
  }

  /** True if its backend has had it for longer than short requests take. */
  boolean isLong() {
    return outbound != null && System.nanoTime() - sentAt > Patience.SHORT.toNanos();
  }

  /** Counts it among those that last, and no more among the short ones, if there is room. */
  boolean becomeStream(Backend of) {
    if (!streams.begin(of)) {
      return false;
    }
    streamOf = of;
    releaseSlot();
    return true;
  }

  private void endStream() {
    if (streamOf != null) {
      streams.end(streamOf);
      streamOf = null;
    }
  }

  private void releaseSlot() {
    RequestSlots.Slot taken = slot;
    slot = null;
    if (taken != null) {
      taken.release();
    }
  }

  /** The backend is about to receive this request on this connection. */
  void sending(HttpClientRequest outbound, ReplicaCodec codec) {
    sends++;
    sentAt = System.nanoTime();
    onUsedConnection = codec.isUsed();
    this.outbound = outbound;
    this.codec = codec;
  }

  /** True if this is what the backend that has the request now was sent. */
  boolean isSending(HttpClientRequest sent) {
    return sent.equals(outbound);
  }

  /** The head of the request is on its way. */
  void sent() {
    if (codec != null) {
      number = codec.exchange();
    }
  }

  /** The body of the request follows its head. */
  void uploading(BodyRelay relay) {
    upload = relay;
  }

  /** The connection that was to take this request turned out to be closed. */
  void connectionWasStale() {
    onUsedConnection = true;
    needsFreshConnection = true;
  }

  /** True if the connection that has this request had others before. */
  boolean isOnUsedConnection() {
    return onUsedConnection;
  }

  /**
   * True once a connection failed: those in the pool may have been closed for the same reason, and
   * the next chance is not to be wasted on one of them.
   */
  boolean needsFreshConnection() {
    return needsFreshConnection && !webSocket; // which says to keep the connection
  }

  /** The backend that has this request is done with it. */
  void leave() {
    endLease();
    release();
    releaseSlot();
    endStream();
    if (backend != null) {
      backend.requests().end();
      backend = null;
    }
  }

  /**
   * Cuts the connection that has this request, unless the replica is done with both, the request
   * and its answer: then it may have the request of somebody else.
   */
  private void release() {
    HttpClientRequest sending = outbound;
    ReplicaCodec connection = codec;
    outbound = null;
    codec = null;
    if (upload != null) {
      upload.stop();
      upload = null;
    }
    if (sending != null && connection != null && !connection.isOver(number)) {
      sending.reset();
      connection.cut();
    }
  }

  private void endLease() {
    if (lease != null) {
      lease.close();
      lease = null;
    }
  }

  /** The client has its answer, or is gone. */
  void end() {
    if (ended) {
      return;
    }
    ended = true;
    leave();
    if (body) {
      request.resume(); // what still comes of it is read, and dropped
    }
    if (admitted) {
      requests.end();
    }
    whenEnded.accept(this);
  }

  boolean isEnded() {
    return ended;
  }

  // Waiting

  /** From now on this is whom the request waits for. */
  void await(Awaited next) {
    awaited = next;
    since = System.nanoTime();
  }

  Awaited awaited() {
    return awaited;
  }

  long nanosAwaited(long now) {
    return now - since;
  }

  /** True if it waits for the answer of a backend that can no longer be reached. */
  boolean isStranded() {
    return awaited == Awaited.ANSWER
        && backend != null
        && !failOpen
        && backend.health().isUnreachable();
  }

  // What is asked for

  boolean hasBody() {
    return body;
  }

  private boolean announcesBody() {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        || (length != null && !length.equals("0"));
  }

  /** The length of the body in bytes; negative if nobody knows. */
  long length() {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length == null ? -1 : Long.parseLong(length);
  }

  /** True as long as the client waits to be told that its body is wanted. */
  boolean isConsentDue() {
    return consentDue;
  }

  /** The client was told, or did not wait. */
  void consent() {
    consentDue = false;
  }

  private boolean asksForConsent() {
    return body
        && request.version() == HttpVersion.HTTP_1_1
        && "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT));
  }

  /** True if the client asks to go on with a WebSocket (RFC 6455, section 4.1). */
  boolean isWebSocket() {
    return webSocket;
  }

  private boolean asksForWebSocket() {
    return request.method().equals(HttpMethod.GET)
        && request.version() == HttpVersion.HTTP_1_1
        && HopByHop.asksFor("upgrade", request.headers())
        && "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE))
        && !hasBody();
  }

  /**
   * True if a request that was sent, and failed so, may be sent again: it asks for no change, there
   * is no body that is gone by now, and the connection broke before it brought an answer. An answer
   * that is late is not a reason: the next node would only be made to do the same work.
   */
  boolean maySendAgain(Throwable failure) {
    return !ended
        && sends < MAX_SENDS
        && SAFE.contains(request.method())
        && !hasBody()
        && !request.response().closed()
        && (failure instanceof HttpClosedException || failure instanceof IOException);
  }

  /** Why it moved on; that there was no further node to try says less than why one was needed. */
  void failed(Throwable cause) {
    failure = cause;
    needsFreshConnection = true;
  }

  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }
}
