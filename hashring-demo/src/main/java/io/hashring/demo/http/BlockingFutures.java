package io.hashring.demo.http;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Waiting, off the event loops, for what happens on them. */
public final class BlockingFutures {

  private static final Logger LOG = Logger.getLogger(BlockingFutures.class.getName());
  private static final long PATIENCE_SECONDS = 20;

  private BlockingFutures() {}

  public static <T> T await(Future<T> future) throws Exception {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** For steps of a shutdown, where the next step matters more than a failure of this one. */
  public static void awaitQuietly(Future<?> future) {
    try {
      await(future);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      LOG.log(Level.WARNING, "gave up waiting for a server to close");
    } catch (Exception e) {
      LOG.log(Level.WARNING, "could not close", e);
    }
  }
}
