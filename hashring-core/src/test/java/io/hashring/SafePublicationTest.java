package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaFieldAccess.AccessType;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What is immutable may come to a thread in any way, through a field that is neither volatile nor
 * guarded too: whoever sees the object sees its final fields, and what these lead to, as the
 * constructor left them (JLS 17.5). Of other fields a thread may see nothing but the default, so
 * they must say with it what is true of a new object: that something was not asked for yet.
 *
 * <p>The memory model is weaker than the machines that tests run on; so this looks at the fields,
 * of all classes that an immutable object can lead to. {@code src/jcstress} looks at what threads
 * see.
 */
final class SafePublicationTest {

  private static final List<Class<?>> IMMUTABLE = List.of(
      HashRing.class,
      ConcurrentHashRing.Snapshot.class,
      RingDiff.class,
      HashRange.class,
      Replication.class,
      PreferenceList.class,
      Ownership.class,
      BoundedAssignment.class,
      BoundedLoad.Bound.class,
      Placement.class,
      HashFunction.class);

  private static final JavaClasses MAIN = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .importPackages("io.hashring");

  @Test
  void fieldsThatAreNotFinal_areThoseOfWhatIsMadeWhenItIsAskedFor() {
    assertThat(fieldsThatMayChange().map(JavaField::getFullName))
        .containsExactlyInAnyOrder(
            "io.hashring.RingState.membersChecksum",
            "io.hashring.RingState.domains",
            "io.hashring.RingSettings.checksum",
            "io.hashring.Member.checksum",
            "io.hashring.ConcurrentHashRing$Snapshot.successor",
            "io.hashring.Capacity.exactSum",
            // of a tree that is whole before RingState.domains, which is volatile, shows it
            "io.hashring.FailureDomains$Domain.from",
            "io.hashring.FailureDomains$Domain.to",
            // of what is whole before the constructor of what leads there, by a final field, ends
            "io.hashring.RingDiff$Side$Sum.share",
            "io.hashring.BoundedAssignment$Place.keys");
  }

  @Test
  void fieldsThatAreNotFinal_areSetByNoConstructor() {
    assertThat(fieldsThatMayChange()
            .flatMap(field -> field.getAccessesToSelf().stream())
            .filter(access -> access.getAccessType() == AccessType.SET)
            .filter(access -> access.getOrigin().isConstructor())
            .filter(access -> access.getOriginOwner().equals(access.getTargetOwner()))
            .map(Object::toString))
        .isEmpty();
  }

  private static Stream<JavaField> fieldsThatMayChange() {
    return reachable().stream()
        .flatMap(type -> type.getFields().stream())
        .filter(field -> !field.getModifiers().contains(JavaModifier.FINAL))
        .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC));
  }

  /** The classes of the library that an immutable object can lead to by its fields. */
  private static Set<JavaClass> reachable() {
    Set<JavaClass> reachable = new TreeSet<>((a, b) -> a.getName().compareTo(b.getName()));
    Deque<JavaClass> left = new ArrayDeque<>();
    IMMUTABLE.forEach(type -> left.add(MAIN.get(type)));
    while (!left.isEmpty()) {
      JavaClass type = left.pop().getBaseComponentType();
      if (MAIN.contain(type.getName()) && reachable.add(type)) {
        MAIN.stream().filter(other -> other.isAssignableTo(type.getName())).forEach(left::add);
        type.getRawSuperclass().ifPresent(left::add);
        type.getFields().forEach(field -> left.addAll(field.getAllInvolvedRawTypes()));
      }
    }
    assertThat(reachable).hasSizeGreaterThan(60);
    return reachable;
  }
}
