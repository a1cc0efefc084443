package io.hashring.demo.proxy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Ejection;
import io.hashring.demo.membership.Health;
import io.hashring.demo.membership.Membership;
import io.hashring.demo.membership.PaperPool;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class ReplicaClientTest {

  @Test
  void closed_failsWhatIsAskedOfIt_andDoesNotThrow() throws Exception {
    Vertx vertx = Vertx.vertx();
    try (Membership membership = new Membership(
        new PaperPool(),
        Cluster.ofOne(),
        10,
        name -> new Health(name, 2, 3, Health.State.UP, Ejection.never()),
        Duration.ofSeconds(1),
        Duration.ZERO)) {
      Owner owner = new Owner();
      String id = BlockingFutures.await(vertx.deployVerticle(owner));
      BlockingFutures.await(vertx.undeploy(id)); // which closes the clients
      membership.begin(1);
      Backend backend = membership.current().byAge().get(0);

      for (Function<ReplicaClient, Future<HttpClientRequest>> question :
          List.<Function<ReplicaClient, Future<HttpClientRequest>>>of(
              client -> client.request(backend),
              client -> client.requestAlone(backend),
              client -> client.stream(backend))) {
        Future<HttpClientRequest> asked = question.apply(owner.client);
        assertThatThrownBy(() -> BlockingFutures.await(asked))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("closed");
      }
    } finally {
      BlockingFutures.awaitQuietly(vertx.close());
    }
  }

  /** Makes the client on its own loop, as the balancer does. */
  private static final class Owner extends AbstractVerticle {
    ReplicaClient client;

    @Override
    public void start() {
      client = new ReplicaClient(vertx, 1, 10, 10, Duration.ofSeconds(1));
    }
  }
}
