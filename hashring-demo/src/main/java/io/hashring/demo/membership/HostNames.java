package io.hashring.demo.membership;

import com.google.common.net.InetAddresses;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Looks up, again and again, what the host names of backends stand for, beside the way of requests
 * and checks. While a name cannot be looked up, the last known address stays in use: whether the
 * replica is well is for the checks to find out, and not for the name service.
 */
final class HostNames {

  private static final Logger LOG = Logger.getLogger(HostNames.class.getName());

  /** Lookups at the same time, each of which may have to wait for a name service that is silent. */
  private static final int THREADS = 4;

  private final Lookup lookup;
  private final WorkerExecutor threads;

  /** What is being looked up: a slow answer is waited for once. */
  private final Set<Backend> underWay = ConcurrentHashMap.newKeySet();

  /** What a host name stands for. */
  @FunctionalInterface
  interface Lookup {
    InetAddress[] of(String host) throws UnknownHostException;
  }

  HostNames(Vertx vertx, Lookup lookup) {
    this.lookup = lookup;
    this.threads = vertx.createSharedWorkerExecutor("host-names", THREADS);
  }

  /** Begins to look up the backend's name, if it has one. */
  void refresh(Backend backend) {
    String host = backend.address().host();
    if (InetAddresses.isInetAddress(host) || !underWay.add(backend)) {
      return;
    }
    threads
        .executeBlocking(() -> lookup.of(host), false)
        .onSuccess(found -> backend.resolvedTo(addresses(found)))
        .onFailure(e -> LOG.log(Level.FINE, "{0} cannot be looked up: {1}", new Object[] {host, e}))
        .onComplete(end -> underWay.remove(backend));
  }

  private static List<String> addresses(InetAddress[] found) {
    return Stream.of(found).map(InetAddress::getHostAddress).toList();
  }
}
