package io.hashring.demo.replica.docker;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Event;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** One connection that the engine sends events on. */
public final class EngineEvents implements ResultCallback<Event> {

  private static final Logger LOG = Logger.getLogger(EngineEvents.class.getName());

  private final Consumer<Event> listener;
  private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
  private volatile @Nullable Closeable connection;

  /** @param listener is told each; what fails there ends the events */
  public EngineEvents(Consumer<Event> listener) {
    this.listener = listener;
  }

  @Override
  public void onStart(Closeable closeable) {
    connection = closeable;
  }

  @Override
  public void onNext(Event event) {
    listener.accept(event);
  }

  @Override
  public void onError(Throwable failure) {
    end.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    end.complete(null);
  }

  /** Waits so long at most; however they ended, the next look tells whether the engine is there. */
  public boolean haveEnded(Duration patience) throws InterruptedException {
    try {
      end.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException e) {
      LOG.log(Level.FINE, "events ended", e);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    Closeable open = connection;
    if (open != null) {
      open.close();
    }
  }
}
