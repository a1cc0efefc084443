package io.hashring.demo.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpClientConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes requests to a replica and reads its answers, on one connection, in place of the codec of
 * Vert.x. It knows which bytes answer which request, and so keeps what belongs to one client from
 * every other:
 *
 * <ul>
 *   <li>bytes that nobody waits for close the connection;
 *   <li>so does, once it is whole, an answer that has more bytes behind it, or none of the body
 *       that its head announces (to HEAD, or with 204 or 304): a replica may be about to send that
 *       body;
 *   <li>an exchange that is over is told from one that is not, for only the latter may still close
 *       the connection: after the former it may have the request of somebody else.
 * </ul>
 *
 * <p>Interim answers (1xx) are told apart from the final one, however many there are.
 *
 * <p>Lives on one event loop.
 */
final class ReplicaCodec
    extends CombinedChannelDuplexHandler<HttpResponseDecoder, HttpRequestEncoder> {

  private static final String NAME = "codec"; // as Vert.x calls its own

  /** Answers that are followed by bytes of another protocol. */
  private static final int SWITCHING_PROTOCOLS = 101;

  private final HttpClientConnection connection;
  private final ChunkLines chunks = new ChunkLines();
  private HttpMethod method = HttpMethod.GET;
  private @Nullable Consumer<HttpResponse> interim;
  private long exchanges;
  private boolean sent = true;
  private boolean answered = true;

  /** True if no byte of the answer has come. */
  private boolean begins;

  private boolean last;
  private boolean broken;

  private ReplicaCodec(HttpClientConnection connection, HttpClientOptions options) {
    this.connection = connection;
    init(
        new Answers(new HttpDecoderConfig()
            .setMaxInitialLineLength(options.getMaxInitialLineLength())
            .setMaxHeaderSize(options.getMaxHeaderSize())
            .setMaxChunkSize(options.getMaxChunkSize())),
        new Requests());
  }

  /** Puts a codec into a connection that was not used yet. */
  static void install(HttpConnection connection, HttpClientOptions options) {
    ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
    pipeline.replace(NAME, NAME, new ReplicaCodec((HttpClientConnection) connection, options));
    connection.exceptionHandler(failure -> {}); // it fails the exchange too; else Vert.x logs it
  }

  static ReplicaCodec of(HttpConnection connection) {
    return (ReplicaCodec) ((ConnectionBase) connection).channel().pipeline().get(NAME);
  }

  /** True if the connection has served another request before the next. */
  boolean isUsed() {
    return exchanges > 0;
  }

  /** Tells the interim answers to the request that is sent next. */
  void onInterim(Consumer<HttpResponse> action) {
    interim = action;
  }

  /** Tells the exchange whose request is being sent, or was sent last, from all others. */
  long exchange() {
    return exchanges;
  }

  /** True if the connection may have the request of somebody else by now. */
  boolean isOver(long exchange) {
    return exchange < exchanges || (sent && answered);
  }

  /** Ends the connection, whatever still waits to be written to it: a replica may never read it. */
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it to be closed
  void cut() {
    ((ConnectionBase) connection).channelHandlerContext().close();
  }

  private final class Requests extends HttpRequestEncoder {

    @Override
    protected void encode(ChannelHandlerContext ctx, Object message, List<Object> out)
        throws Exception {
      if (message instanceof HttpRequest request) {
        method = request.method();
        exchanges++;
        sent = false;
        answered = false;
        begins = true;
      }
      if (message instanceof LastHttpContent) {
        sent = true;
      }
      super.encode(ctx, message, out);
    }
  }

  private final class Answers extends HttpResponseDecoder {

    Answers(HttpDecoderConfig config) {
      super(config);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
        throws Exception {
      HttpContent flaw = chunks.flaw(in);
      boolean stray = begins && exchanges > 1 && in.getByte(in.readerIndex()) != 'H';
      if (answered || broken || stray || flaw != null) {
        discard(ctx, in, out, flaw);
        return;
      }
      begins = false;
      int before = in.readerIndex();
      super.decode(ctx, in, out);
      chunks.consumed(in.readerIndex() - before);
      if (!out.isEmpty()) {
        look(in, out);
      }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it to be closed
    private void discard(
        ChannelHandlerContext ctx, ByteBuf in, List<Object> out, @Nullable HttpContent flaw) {
      in.skipBytes(in.readableBytes());
      if (flaw != null && !broken) {
        broken = true;
        out.add(flaw);
      } else if (!broken) {
        ctx.close();
      }
    }

    private void look(ByteBuf in, List<Object> out) {
      if (out.get(0) instanceof HttpResponse response
          && response.decoderResult().isSuccess()) {
        if (isInterim(response)) {
          pass(response, out);
          return;
        }
        if (response.status().code() == SWITCHING_PROTOCOLS) {
          return; // what follows is no HTTP, or the answer to nobody's question
        }
        if (HttpUtil.isTransferEncodingChunked(response)) {
          chunks.begin();
        }
      }
      if (out.get(out.size() - 1) instanceof LastHttpContent end
          && end.decoderResult().isSuccess()) {
        answered = true;
        if (last || in.isReadable()) {
          connection.shutdown(1, TimeUnit.MINUTES); // with this answer, before anybody else has it
        }
      }
    }

    private void pass(HttpResponse response, List<Object> out) {
      if (last) {
        broken = true;
        response.setDecoderResult(DecoderResult.failure(
            new IllegalArgumentException("an interim answer must not have a body")));
        return;
      }
      out.clear(); // with it the end, that is there for every message
      if (interim != null) {
        interim.accept(response);
      }
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
      HttpResponse response = (HttpResponse) message;
      boolean empty = method.equals(HttpMethod.HEAD) || super.isContentAlwaysEmpty(message);
      boolean closes = response.headers().contains(HttpHeaderNames.CONNECTION)
          && HopByHop.asksFor("close", response.headers().getAll(HttpHeaderNames.CONNECTION));
      last = closes || (empty && announcesBody(response.headers()));
      return empty;
    }
  }

  private static boolean isInterim(HttpResponse response) {
    HttpResponseStatus status = response.status();
    return status.code() >= 100 && status.code() < 200 && status.code() != SWITCHING_PROTOCOLS;
  }

  private static boolean announcesBody(HttpHeaders headers) {
    String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    return headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        || (length != null && !length.equals("0"));
  }
}
