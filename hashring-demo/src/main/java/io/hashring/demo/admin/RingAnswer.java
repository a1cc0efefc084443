package io.hashring.demo.admin;

import io.hashring.demo.membership.Members;
import io.vertx.core.Handler;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An answer that the ring alone decides: made once for each ring, and off the event loops. */
final class RingAnswer implements Handler<HttpServerRequest> {

  private final Supplier<Members> members;
  private final WorkerExecutor workers;
  private final Function<Members, JsonObject> view;
  private volatile @Nullable Made made;

  private record Made(long version, Buffer json) {}

  RingAnswer(
      Supplier<Members> members, WorkerExecutor workers, Function<Members, JsonObject> view) {
    this.members = members;
    this.workers = workers;
    this.view = view;
  }

  @Override
  public void handle(HttpServerRequest request) {
    Made known = made;
    if (known != null && known.version == members.get().version()) {
      Answers.send(request, 200, known.json);
      return;
    }
    workers
        .executeBlocking(this::make, false)
        .onSuccess(json -> Answers.send(request, 200, json))
        .onFailure(cause -> Answers.refuse(request, cause));
  }

  /** Whoever waited meanwhile has what the first one made. */
  private synchronized Buffer make() {
    Members now = members.get();
    Made known = made;
    if (known == null || known.version != now.version()) {
      known = new Made(now.version(), view.apply(now).toBuffer());
      made = known;
    }
    return known.json;
  }
}
