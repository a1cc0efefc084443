package io.hashring;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/** Threads of both kinds, the one that only later JDKs have included. */
enum Threads {
  PLATFORM {
    @Override
    ExecutorService executor() {
      return Executors.newCachedThreadPool();
    }
  },

  VIRTUAL {
    @Override
    ExecutorService executor() throws ReflectiveOperationException {
      var method = Stream.of(Executors.class.getMethods())
          .filter(m -> m.getName().equals("newVirtualThreadPerTaskExecutor"))
          .findFirst();
      assumeTrue(method.isPresent(), "this JDK has no virtual threads");
      Method found = method.orElseThrow();
      return (ExecutorService) found.invoke(null);
    }
  };

  abstract ExecutorService executor() throws ReflectiveOperationException;

  /** Runs a task in so many threads, which start together, and throws what one of them throws. */
  void run(int count, IntConsumer task) {
    try {
      ExecutorService executor = executor();
      try {
        CyclicBarrier start = new CyclicBarrier(count);
        List<Future<?>> results = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          int index = i;
          results.add(executor.submit(() -> {
            start.await();
            task.accept(index);
            return null;
          }));
        }
        for (Future<?> result : results) {
          result.get(2, TimeUnit.MINUTES);
        }
      } finally {
        executor.shutdownNow();
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
