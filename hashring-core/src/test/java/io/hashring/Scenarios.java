package io.hashring;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.Set;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * How Lincheck tries operations of several threads: random scenarios, each in many interleavings,
 * of which every one must have the results of some order of the operations, one after the other.
 *
 * <p>A few scenarios in each build; {@code -Dhashring.lincheck.scenarios=200} tries more, and
 * {@code -Dhashring.lincheck.interleavings=10000} each of them longer.
 */
final class Scenarios {

  private static final int SCENARIOS = Integer.getInteger("hashring.lincheck.scenarios", 3);
  private static final int INTERLEAVINGS =
      Integer.getInteger("hashring.lincheck.interleavings", 30);

  private Scenarios() {}

  /**
   * Chooses at each access to what threads share which of them goes on. Sees each interleaving as
   * if memory were sequentially consistent.
   *
   * @param sequential does what the operations do, one after the other
   */
  static ModelCheckingOptions modelChecking(Class<?> sequential) {
    return new ModelCheckingOptions()
        .iterations(SCENARIOS)
        .invocationsPerIteration(INTERLEAVINGS)
        .threads(2)
        .actorsPerThread(2)
        .actorsBefore(1)
        .actorsAfter(1)
        .addGuarantee(forClasses(Scenarios::isOfNoInterest).allMethods().ignore())
        .addGuarantee(
            forClasses(type -> type.endsWith("LincheckTest")).methods("text").ignore())
        // which is there to go deep
        .addGuarantee(
            forClasses(ConcurrentHashRing.class.getName()).methods("reserve").ignore())
        .sequentialSpecification(sequential);
  }

  /** Runs the threads as fast as they go: sees what the memory of the machine makes of it. */
  static StressOptions stress(Class<?> sequential) {
    return new StressOptions()
        .iterations(SCENARIOS)
        .invocationsPerIteration(10 * INTERLEAVINGS)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(1)
        .sequentialSpecification(sequential);
  }

  /** What is written once it is shared, and what calls that. */
  private static final Set<String> OF_INTEREST = Set.of(
      "ConcurrentHashRing",
      "ConcurrentHashRing$Registered",
      "BoundedLoad",
      "BoundedLoad$Walk",
      "BoundedLoad$Lease",
      "PreferenceList",
      "ConcurrentHashRingLincheckTest",
      "BoundedLoadLincheckTest");

  /** What all else does may come at any time, and takes long to look at. */
  private static boolean isOfNoInterest(String type) {
    return type.startsWith("io.hashring.")
        && !OF_INTEREST.contains(type.substring("io.hashring.".length()));
  }
}
