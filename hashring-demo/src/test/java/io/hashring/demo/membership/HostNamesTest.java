package io.hashring.demo.membership;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.http.BlockingFutures;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HostNamesTest {

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger lookups = new AtomicInteger();
  private volatile HostNames.Lookup service = host -> addresses("10.0.0.1");
  private final HostNames names = new HostNames(vertx, host -> {
    lookups.incrementAndGet();
    return service.of(host);
  });
  private final Backend backend = backend("replica.example");

  @AfterEach
  void stop() throws Exception {
    BlockingFutures.await(vertx.close());
  }

  private static Backend backend(String host) {
    return new Backend("s1", SocketAddress.inetSocketAddress(80, host), HealthTest.health("s1"), 0);
  }

  private static InetAddress[] addresses(String... addresses) throws UnknownHostException {
    InetAddress[] found = new InetAddress[addresses.length];
    for (int i = 0; i < found.length; i++) {
      found[i] = InetAddress.getByName(addresses[i]);
    }
    return found;
  }

  /** One lookup, to its end. */
  private void refresh() throws Exception {
    int before = lookups.get();
    eventually("a lookup", () -> {
      names.refresh(backend);
      return lookups.get() > before;
    });
  }

  private void awaitAddress(String address) throws Exception {
    eventually(address, () -> {
      names.refresh(backend);
      return backend.resolved().host().equals(address);
    });
  }

  @Test
  void refresh_findsAddresses_andTheirChanges() throws Exception {
    assertThat(backend.resolved()).isEqualTo(backend.address());
    awaitAddress("10.0.0.1");
    assertThat(backend.resolved().port()).isEqualTo(80);
    service = host -> addresses("10.0.0.2");
    awaitAddress("10.0.0.2");
    assertThat(backend.address().host()).isEqualTo("replica.example");
  }

  @Test
  void refresh_severalAddresses_staysWithTheOneInUse() throws Exception {
    service = host -> addresses("10.0.0.1", "10.0.0.2");
    awaitAddress("10.0.0.1");
    service = host -> addresses("10.0.0.2", "10.0.0.1");
    refresh();
    refresh();
    assertThat(backend.resolved().host()).isEqualTo("10.0.0.1");
    service = host -> addresses("10.0.0.2", "10.0.0.3");
    awaitAddress("10.0.0.2");
  }

  @Test
  void refresh_ofOneThatIsDown_givesItsOtherAddressesATurn() throws Exception {
    service = host -> addresses("127.0.0.1", "::1");
    awaitAddress("127.0.0.1");
    backend.health().connectFailed("refused");
    awaitAddress("0:0:0:0:0:0:0:1");
    awaitAddress("127.0.0.1");
    backend.health().passed("well");
    backend.health().passed("well");
    refresh();
    String inUse = backend.resolved().host();
    refresh();
    refresh();
    assertThat(backend.resolved().host()).isEqualTo(inUse);
  }

  @Test
  void refresh_noSuchName_keepsTheLastKnownAddress() throws Exception {
    awaitAddress("10.0.0.1");
    service = host -> {
      throw new UnknownHostException(host);
    };
    refresh();
    refresh();
    assertThat(backend.resolved().host()).isEqualTo("10.0.0.1");
  }

  @Test
  void refresh_silentService_isAskedOnce_andHoldsNobodyUp() throws Exception {
    awaitAddress("10.0.0.1");
    CountDownLatch silence = new CountDownLatch(1);
    service = host -> {
      try {
        silence.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return addresses("10.0.0.2");
    };
    refresh();
    int asked = lookups.get();
    for (int i = 0; i < 100; i++) {
      names.refresh(backend);
    }
    assertThat(lookups).hasValue(asked);
    assertThat(backend.resolved().host()).isEqualTo("10.0.0.1");
    silence.countDown();
    awaitAddress("10.0.0.2");
  }

  @Test
  void refresh_addresses_areNotLookedUp() {
    for (String address : List.of("127.0.0.1", "::1")) {
      Backend literal = backend(address);
      names.refresh(literal);
      assertThat(literal.resolved()).isEqualTo(literal.address());
    }
    assertThat(lookups).hasValue(0);
  }
}
