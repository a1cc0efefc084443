package io.hashring.demo.replica.swarm;

import static io.hashring.demo.replica.docker.DockerEngine.BALANCER_LABEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.model.ResourceVersion;
import com.github.dockerjava.api.model.Service;
import com.github.dockerjava.api.model.ServiceSpec;
import io.hashring.demo.Logged;
import io.hashring.demo.Origin;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.docker.GroupOwner;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ServiceClaimsTest {

  /** A balancer that answers for a group at a URL which is its address, too. */
  private static final class Living implements AutoCloseable {

    private final GroupOwner owner;
    private final Origin origin;
    private final String url;

    Living(String group, String id, @Nullable String cluster) throws Exception {
      owner = new GroupOwner("services", group, id, cluster, host -> host);
      String body = JsonObject.mapFrom(owner.identity()).encode();
      origin = Origin.answering(
          "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
      url = "http://127.0.0.1:" + origin.port() + "/_lb/live";
    }

    ServiceClaims claims() {
      return new ServiceClaims(owner, Duration.ZERO);
    }

    @Override
    public void close() throws IOException {
      origin.close();
    }
  }

  /** One service, as a swarm keeps it, with versions. */
  private static final class Kept {

    private @Nullable String holder;
    private long version = 1;
    private Runnable meanwhile = () -> {};

    Kept(@Nullable String holder) {
      this.holder = holder;
    }

    void set(String to) {
      holder = to;
      version++;
    }

    Service service() {
      Map<String, String> labels = new HashMap<>(Map.of("other", "stays"));
      if (holder != null) {
        labels.put(BALANCER_LABEL, holder);
      }
      return new Service()
          .withId("id")
          .withSpec(new ServiceSpec().withLabels(labels))
          .withVersion(new ResourceVersion().withIndex(version));
    }

    /** For the balancer at that address. */
    ServiceClaims.Services seenFrom(Living balancer) {
      return new ServiceClaims.Services() {
        @Override
        public Optional<Service> service(String id) {
          return Optional.of(Kept.this.service());
        }

        @Override
        public void label(Service service, String label, String value) {
          assertThat(label).isEqualTo(BALANCER_LABEL);
          Runnable first = meanwhile;
          meanwhile = () -> {};
          first.run();
          if (service.getVersion().getIndex() == version) {
            set(value);
          }
        }

        @Override
        public String address() {
          return balancer.url;
        }
      };
    }
  }

  @Test
  void claim_ofWhatNobodyHas_orWhoeverHadItIsGone() throws Exception {
    Living gone = new Living("shop", "gone", null);
    gone.close();
    try (Living self = new Living("shop", "a", null);
        Living other = new Living("another group", "b", null)) {
      for (String holder : new String[] {null, "no address", gone.url, other.url}) {
        Kept kept = new Kept(holder);
        self.claims().claim(kept.seenFrom(self), kept.service());
        assertThat(kept.holder).isEqualTo(self.url);
        assertThat(ServiceClaims.labels(kept.service())).containsEntry("other", "stays");
      }
    }
  }

  @Test
  void claim_ofWhatAnotherLooksAfter_isRefused() throws Exception {
    try (Living self = new Living("shop", "a", null);
        Living other = new Living("shop", "b", null)) {
      Kept kept = new Kept(other.url);
      String refusal = "the services of the group shop are those of the balancer that lives at "
          + other.url + ": have both in one --cluster, or take another --docker-group";
      assertThatThrownBy(() -> self.claims().claim(kept.seenFrom(self), kept.service()))
          .isInstanceOf(ReplicaException.class)
          .hasMessage(refusal);
      assertThatThrownBy(() -> self.claims().check(List.of(kept.service()))).hasMessage(refusal);
      assertThat(kept.version).as("unchanged").isEqualTo(1);
    }
  }

  @Test
  void claim_ofWhatIsOurs_changesNothing() throws Exception {
    try (Living self = new Living("shop", "a", "/c");
        Living peer = new Living("shop", "b", "/c")) {
      for (Living holder : List.of(self, peer)) {
        Kept kept = new Kept(holder.url);
        self.claims().claim(kept.seenFrom(self), kept.service());
        assertThat(kept.version).isEqualTo(1);
      }
    }
  }

  @Test
  void claim_byTwoAtOnce_isGivenToOne() throws Exception {
    try (Living self = new Living("shop", "a", null);
        Living other = new Living("shop", "b", null)) {
      Kept kept = new Kept(null);
      kept.meanwhile = () -> kept.set(other.url);
      assertThatThrownBy(() -> self.claims().claim(kept.seenFrom(self), kept.service()))
          .hasMessageContaining(other.url);
      assertThat(kept.holder).isEqualTo(other.url);

      Kept changed = new Kept(null);
      changed.meanwhile = () -> changed.version++; // by somebody with something else in mind
      self.claims().claim(changed.seenFrom(self), changed.service());
      assertThat(changed.holder).isEqualTo(self.url);
    }
  }

  @Test
  void renew_followsWhoIsGone_andLeavesWhoLives() throws Exception {
    Living gone = new Living("shop", "gone", "/c");
    gone.close();
    try (Living self = new Living("shop", "a", "/c");
        Living peer = new Living("shop", "b", "/c");
        Living other = new Living("shop", "x", null);
        Logged log = Logged.below(ServiceClaims.class.getName())) {
      ServiceClaims claims = self.claims();
      Kept left = new Kept(gone.url);
      claims.renew(left.seenFrom(self), List.of(left.service()));
      assertThat(left.holder).isEqualTo(self.url);
      for (Living living : List.of(self, peer, other)) {
        Kept kept = new Kept(living.url);
        claims.renew(kept.seenFrom(self), List.of(kept.service()));
        claims.renew(kept.seenFrom(self), List.of(kept.service()));
        assertThat(kept.version).isEqualTo(1);
      }
      assertThat(log.lines("those of the balancer that lives at")).hasSize(1);
      assertThat(log.lines(other.url)).hasSize(1);
    }
  }
}
