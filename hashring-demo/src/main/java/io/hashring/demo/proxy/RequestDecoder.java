package io.hashring.demo.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the requests of one connection, in place of the decoder of Vert.x.
 *
 * <p>It reads one at a time: what a client sends behind a request waits, as bytes, until that is
 * answered, and when there is such, no more is read from the socket. Vert.x reads on without bound
 * and walks all that wait for each that comes, so that one connection with a hundred thousand
 * requests would hold up everybody on its event loop.
 *
 * <p>It is strict where Netty is lenient (RFC 9112): one space between the words of the request
 * line, versions of two digits of which the first is 1, {@link ChunkLines}.
 */
final class RequestDecoder extends VertxHttpRequestDecoder {

  private static final String NAME = "httpDecoder"; // as Vert.x calls its own

  /** A request in a version of HTTP that is spoken by nobody here. */
  static final class UnsupportedVersion extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    UnsupportedVersion(String version) {
      super("the version must be HTTP/1.1 or HTTP/1.0, not " + version);
    }
  }

  private final ChunkLines chunks = new ChunkLines();
  private @Nullable ChannelHandlerContext context;
  private boolean broken;

  /** True if a request was read to its end. */
  private boolean received;

  private boolean answered;

  /** True if there are bytes that wait for an answer to those before them. */
  private boolean waiting;

  private RequestDecoder(HttpServerOptions options) {
    super(options);
  }

  /** Puts a decoder into a connection that has not read anything yet. */
  static RequestDecoder on(HttpConnection connection, HttpServerOptions options) {
    ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
    RequestDecoder decoder = new RequestDecoder(options);
    pipeline.replace(NAME, NAME, decoder);
    decoder.context = pipeline.context(decoder);
    return decoder;
  }

  // One at a time

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (received && !answered) {
      waiting = true;
      ctx.channel().config().setAutoRead(false);
      return;
    }
    HttpContent flaw = chunks.flaw(in);
    if (flaw != null || broken) {
      broken = true;
      in.skipBytes(in.readableBytes());
      if (flaw != null) {
        out.add(flaw);
      }
      return;
    }
    int before = in.readerIndex();
    super.decode(ctx, in, out);
    chunks.consumed(in.readerIndex() - before);
    for (Object message : out) {
      if (message instanceof HttpRequest request) {
        received = false;
        answered = false;
        if (HttpUtil.isTransferEncodingChunked(request)) {
          chunks.begin();
        }
      }
      if (message instanceof LastHttpContent) {
        received = true;
      }
    }
  }

  /** Netty would ask for more where nothing was decoded, as if a message were incomplete. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    if (waiting) {
      ctx.fireChannelReadComplete();
    } else {
      super.channelReadComplete(ctx);
    }
  }

  /** The last request that was read has its whole answer: on to the next. */
  void answered() {
    answered = true;
    ChannelHandlerContext ctx = context;
    if (waiting && ctx != null) {
      ctx.executor().execute(() -> readOn(ctx));
    }
  }

  private void readOn(ChannelHandlerContext ctx) {
    if (ctx.isRemoved()) {
      return;
    }
    waiting = false;
    ctx.channel().config().setAutoRead(true);
    try {
      channelRead(ctx, Unpooled.EMPTY_BUFFER);
      channelReadComplete(ctx);
    } catch (Exception e) {
      ctx.fireExceptionCaught(e);
    }
  }

  // To the letter

  @Override
  protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
    require(start == 0, "the request line must begin with a method");
    return super.splitFirstWordInitialLine(line, start, length);
  }

  @Override
  protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
    requireOneSpace(line, start);
    return super.splitSecondWordInitialLine(line, start, length);
  }

  @Override
  protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
    requireOneSpace(line, start);
    return super.splitThirdWordInitialLine(line, start, length);
  }

  private static void requireOneSpace(byte[] line, int start) {
    require(
        start >= 2 && line[start - 1] == ' ' && line[start - 2] > ' ',
        "one space must stand between the words of the request line");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  @Override
  protected HttpMessage createMessage(String[] line) {
    return super.createMessage(new String[] {line[0], line[1], version(line[2])});
  }

  /** A later minor version than ours is read as ours (RFC 9110, section 2.5). */
  private static String version(String version) {
    if (version.equals("HTTP/1.1") || version.equals("HTTP/1.0")) {
      return version;
    }
    require(version.matches("HTTP/[0-9]\\.[0-9]"), "the version must be HTTP/1.1: " + version);
    if (version.charAt("HTTP/".length()) != '1') {
      throw new UnsupportedVersion(version);
    }
    return "HTTP/1.1";
  }

  @Override
  protected HttpMessage createInvalidMessage() {
    return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/bad-request");
  }
}
