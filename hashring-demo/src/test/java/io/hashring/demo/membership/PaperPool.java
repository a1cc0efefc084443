package io.hashring.demo.membership;

import io.hashring.demo.replica.ReplicaPool;
import io.vertx.core.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Replicas that are nothing but names, and started at once. */
public final class PaperPool implements ReplicaPool {

  /** What a start or a stop does, beside being counted. */
  interface Step {
    void run(String name) throws Exception;
  }

  final Set<String> running = ConcurrentHashMap.newKeySet();
  final AtomicInteger starts = new AtomicInteger();
  volatile Step onStart = name -> {};
  volatile Step onStop = name -> {};
  private final AtomicInteger port = new AtomicInteger(10_000);

  @Override
  public Stream<String> names() {
    return IntStream.iterate(1, i -> i + 1).mapToObj(i -> "server" + i);
  }

  @Override
  public SocketAddress start(String name, double weight) throws Exception {
    onStart.run(name);
    starts.incrementAndGet();
    running.add(name);
    return SocketAddress.inetSocketAddress(port.incrementAndGet(), "127.0.0.1");
  }

  @Override
  public void stop(String name) throws Exception {
    onStop.run(name);
    running.remove(name);
  }

  @Override
  public void close() {}
}
