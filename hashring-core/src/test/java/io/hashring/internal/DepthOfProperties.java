package io.hashring.internal;

import io.hashring.Depth;
import java.util.List;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AroundTryHook;
import net.jqwik.api.lifecycle.Lifespan;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.Store;
import net.jqwik.api.lifecycle.TryExecutionResult;
import net.jqwik.api.lifecycle.TryExecutor;
import net.jqwik.api.lifecycle.TryLifecycleContext;

/** Ends each property after as many of its tries as the {@link Depth} asks for. */
public final class DepthOfProperties implements AroundTryHook {

  /** For jqwik, which finds it as a service. */
  public DepthOfProperties() {}

  @Override
  public PropagationMode propagateTo() {
    return PropagationMode.ALL_DESCENDANTS;
  }

  @Override
  public TryExecutionResult aroundTry(
      TryLifecycleContext context, TryExecutor executor, List<Object> parameters) {
    TryExecutionResult result = executor.execute(parameters);
    Store<Integer> tried = Store.getOrCreate(DepthOfProperties.class, Lifespan.PROPERTY, () -> 0);
    tried.update(count -> count + 1);
    boolean isEnough = tried.get() >= tries(context);
    return result.isSatisfied() && isEnough ? TryExecutionResult.satisfied(true) : result;
  }

  private static int tries(TryLifecycleContext context) {
    return context
        .findAnnotation(Property.class)
        .map(property -> Depth.of(property.tries()))
        .orElse(Integer.MAX_VALUE);
  }
}
