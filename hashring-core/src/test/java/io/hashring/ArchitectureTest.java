package io.hashring;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.interop.LibraryPlacements;
import io.hashring.interop.MemcachedPlacements;
import io.hashring.interop.NodeNames;
import io.hashring.interop.ProxyPlacements;
import io.hashring.interop.StorePlacements;
import io.hashring.placement.Placement;
import io.hashring.placement.Placements;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;

/** The shape of the library: what is public, what depends on what, and what a lookup never does. */
final class ArchitectureTest {

  private static final JavaClasses MAIN = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .importPackages("io.hashring");

  @Test
  void publicTypes_areThoseOfTheDesign() {
    assertThat(MAIN.stream()
            .filter(ArchitectureTest::isVisible)
            .map(JavaClass::getName)
            .toList())
        .containsExactlyInAnyOrder(
            BoundedAssignment.class.getName(),
            BoundedLoad.class.getName(),
            BoundedLoad.Bound.class.getName(),
            BoundedLoad.Lease.class.getName(),
            ConcurrentHashRing.class.getName(),
            ConcurrentHashRing.Registration.class.getName(),
            ConcurrentHashRing.Snapshot.class.getName(),
            HashRing.class.getName(),
            HashRing.Builder.class.getName(),
            HashRing.Change.class.getName(),
            RingDiff.class.getName(),
            RingDiff.Move.class.getName(),
            HashRange.class.getName(),
            PreferenceList.class.getName(),
            Replication.class.getName(),
            RingText.class.getName(),
            Ownership.Range.class.getName(),
            Ownership.class.getName(),
            EmptyRingException.class.getName(),
            HashFunction.class.getName(),
            HashFunctions.class.getName(),
            Placement.class.getName(),
            Placement.Search.class.getName(),
            Placement.Ties.class.getName(),
            Placements.class.getName(),
            InteropFunctions.class.getName(),
            LibraryPlacements.class.getName(),
            MemcachedPlacements.class.getName(),
            NodeNames.class.getName(),
            ProxyPlacements.class.getName(),
            StorePlacements.class.getName());
  }

  private static boolean isVisible(JavaClass type) {
    return !type.getPackageName().equals("io.hashring.internal")
        && (type.getModifiers().contains(JavaModifier.PUBLIC)
            || type.getModifiers().contains(JavaModifier.PROTECTED))
        && type.getEnclosingClass().map(ArchitectureTest::isVisible).orElse(true)
        && !type.isAnonymousClass();
  }

  @Test
  void packages_areFreeOfCycles() {
    slices().matching("io.(**)").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void packages_thatAreExported_areAllButTheInternalOne() throws Exception {
    ModuleDescriptor module;
    try (InputStream file =
        Files.newInputStream(Path.of("target", "classes", "module-info.class"))) {
      module = ModuleDescriptor.read(file);
    }
    assertThat(module.exports())
        .allSatisfy(export -> assertThat(export.isQualified()).isFalse());
    assertThat(module.exports().stream().map(ModuleDescriptor.Exports::source))
        .containsExactlyInAnyOrder(
            "io.hashring", "io.hashring.hash", "io.hashring.interop", "io.hashring.placement");
  }

  @Test
  void packages_dependDownwards() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("ring")
        .definedBy("io.hashring")
        .layer("placement")
        .definedBy("io.hashring.placement")
        .layer("interop")
        .definedBy("io.hashring.interop")
        .layer("hash")
        .definedBy("io.hashring.hash")
        .layer("internal")
        .definedBy("io.hashring.internal")
        .whereLayer("ring")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("placement")
        .mayOnlyBeAccessedByLayers("ring", "interop")
        .whereLayer("interop")
        .mayOnlyBeAccessedByLayers("ring")
        .whereLayer("hash")
        .mayOnlyBeAccessedByLayers("ring", "placement", "interop")
        .whereLayer("internal")
        .mayOnlyBeAccessedByLayers("ring", "placement", "interop", "hash")
        .check(MAIN);
  }

  @Test
  void classes_dependOnTheListedLibrariesOnly() {
    classes()
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(
                "java..", "com.google.common..", "com.dynatrace.hash4j..", "org.jspecify..")
            .or(resideInAPackage("io.hashring..")))
        .check(MAIN);
  }

  @Test
  void classes_useNoThreadLocal() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .areAssignableTo(ThreadLocal.class)
        .check(MAIN);
  }

  @Test
  void methods_areNotSynchronized() {
    noMethods().should().haveModifier(JavaModifier.SYNCHRONIZED).check(MAIN);
  }

  /**
   * A synchronized block is visible in the byte code alone. Where leases are counted there are
   * some, since other locks do not survive the end of a stack.
   */
  @Test
  void methods_enterNoMonitorButToCountLeases() {
    assertThat(byteCode(type -> !mayLock(type)))
        .contains("locateAt(long)")
        .doesNotContain("monitorenter");
    assertThat(byteCode(ArchitectureTest::mayLock)).contains("monitorenter");
  }

  private static boolean mayLock(JavaClass type) {
    return type.getName().startsWith(BoundedLoad.class.getName());
  }

  private static String byteCode(Predicate<JavaClass> types) {
    List<String> arguments = new ArrayList<>(List.of("-c", "-p"));
    MAIN.stream().filter(types).forEach(type -> {
      URI uri = type.getSource().orElseThrow().getUri();
      arguments.add(Path.of(uri).toString());
    });
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    int status = ToolProvider.findFirst("javap")
        .orElseThrow()
        .run(new PrintWriter(out), new PrintWriter(errors), arguments.toArray(String[]::new));

    assertThat(status).as(errors.toString()).isZero();
    return out.toString();
  }
}
