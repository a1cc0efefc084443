package io.hashring.demo.proxy;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;

/**
 * Brings a body from one side to the other, at the pace of the slower. Where its length is known,
 * its last bytes and its end are one write, as is all of a small one; a pipe makes two of that.
 */
final class BodyRelay {

  private final ReadStream<Buffer> from;
  private final WriteStream<Buffer> to;
  private final Runnable sent;
  private final Runnable full;
  private final Promise<Void> done = Promise.promise();

  /** Bytes that are still to come; negative if nobody knows. */
  private long missing;

  private boolean ended;

  /**
   * @param length of the body in bytes; negative if nobody knows
   * @param sent runs when there was a step, and the sender's next is awaited
   * @param full runs when the receiver is awaited
   */
  BodyRelay(
      ReadStream<Buffer> from, WriteStream<Buffer> to, long length, Runnable sent, Runnable full) {
    this.from = from;
    this.to = to;
    this.missing = length;
    this.sent = sent;
    this.full = full;
  }

  /**
   * Completes when the last byte was written, and fails, with the receiver open, when a side does.
   */
  Future<Void> start() {
    return start(BodyPrefix.UNREAD);
  }

  /** The same, with what was read of the body already. */
  Future<Void> start(BodyPrefix prefix) {
    if (prefix.length() > 0) {
      bring(prefix.bytes());
    }
    if (prefix.isEnded()) {
      end();
      return done.future();
    }
    from.handler(this::bring);
    from.endHandler(end -> end());
    from.exceptionHandler(this::fail);
    from.resume();
    return done.future();
  }

  private void bring(Buffer bytes) {
    if (ended) {
      return;
    }
    missing -= bytes.length();
    if (missing == 0) {
      ended = true;
      full.run();
      to.end(bytes, this::written);
      return;
    }
    sent.run();
    to.write(bytes, step -> {
      if (step.failed()) {
        fail(step.cause());
      }
    });
    if (!ended && to.writeQueueFull()) {
      full.run();
      from.pause();
      to.drainHandler(drained -> {
        sent.run();
        from.resume();
      });
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      full.run();
      to.end(this::written);
    }
  }

  private void written(AsyncResult<Void> last) {
    if (last.succeeded()) {
      done.tryComplete();
    } else {
      done.tryFail(last.cause());
    }
  }

  private void fail(Throwable cause) {
    ended = true;
    done.tryFail(cause);
  }

  /** Nothing more is brought: what still comes is read, and dropped. */
  void stop() {
    ended = true;
    from.resume();
  }
}
