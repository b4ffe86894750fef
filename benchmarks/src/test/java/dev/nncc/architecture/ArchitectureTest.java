package dev.nncc.architecture;

import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.PRIVATE;
import static com.tngtech.archunit.core.domain.JavaModifier.SYNTHETIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the byte code of all modules shows: who knows whom, and that nothing hides global state. */
@Tag("arch")
class ArchitectureTest {
  /** The packages of each module, and whom they may know beside themselves. */
  private static final Map<String, List<String>> KNOWS =
      Map.ofEntries(
          entry("graph", List.of()),
          entry("frontend", List.of("graph")),
          entry("passes", List.of("graph")),
          entry("tensor", List.of("graph", "passes")),
          entry("runtime", List.of()),
          entry("codegen.llvm", List.of("graph", "tensor", "runtime")),
          entry(
              "compiler",
              List.of("graph", "frontend", "passes", "tensor", "runtime", "codegen.llvm")),
          entry("models", List.of("graph", "frontend", "passes", "tensor", "runtime", "compiler")),
          entry(
              "cli",
              List.of("graph", "frontend", "passes", "tensor", "runtime", "compiler", "models")),
          entry(
              "maven",
              List.of(
                  "graph", "frontend", "passes", "tensor", "runtime", "codegen.llvm", "compiler")),
          entry(
              "benchmarks",
              List.of(
                  "graph",
                  "frontend",
                  "passes",
                  "tensor",
                  "runtime",
                  "codegen.llvm",
                  "compiler",
                  "models",
                  "cli")));

  private static final List<Class<?>> MUTABLE =
      List.of(
          java.util.ArrayList.class,
          java.util.ArrayDeque.class,
          java.util.LinkedHashMap.class,
          java.util.LinkedHashSet.class,
          java.util.TreeMap.class,
          java.util.BitSet.class,
          HashMap.class,
          HashSet.class,
          Random.class,
          StringBuilder.class,
          ThreadLocal.class,
          java.util.concurrent.ConcurrentMap.class,
          java.util.concurrent.atomic.AtomicBoolean.class,
          java.util.concurrent.atomic.AtomicInteger.class,
          java.util.concurrent.atomic.AtomicLong.class,
          java.util.concurrent.atomic.AtomicReference.class);

  private final JavaClasses all = ownClasses();

  @Test
  void allModulesAreRead() {
    KNOWS
        .keySet()
        .forEach(
            module ->
                assertThat(all).anyMatch(c -> c.getPackageName().startsWith("dev.nncc." + module)));
  }

  @Test
  void aModuleKnowsOnlyThoseBelowIt() {
    KNOWS.forEach(
        (module, known) -> {
          String[] strangers =
              KNOWS.keySet().stream()
                  .filter(other -> !other.equals(module) && !known.contains(other))
                  .map(other -> "dev.nncc." + other + "..")
                  .toArray(String[]::new);
          noClasses()
              .that()
              .resideInAPackage("dev.nncc." + module + "..")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(strangers)
              .because("modules depend downwards only")
              .check(all);
        });
  }

  @Test
  void theRuntimeNeedsOnlyTheJdk() {
    classes()
        .that()
        .resideInAPackage("dev.nncc.runtime..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("dev.nncc.runtime..", "java..", "org.jspecify.annotations..")
        .because("it is the jar that an application ships")
        .check(all);
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching("dev.nncc.(**)").should().beFreeOfCycles().check(all);
  }

  @Test
  void llvmIsReachedThroughOnePlace() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "dev.nncc.codegen.llvm.bindings..", "dev.nncc.codegen.llvm.toolchain..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .because("native handles have owners that close them")
        .check(all);
  }

  @Test
  void theArgumentParserStaysInTheCommandLine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.nncc.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("picocli..")
        .check(all);
  }

  @Test
  void onlyTheCommandLineReadsTheEnvironmentAndPrints() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.nncc.cli..", "dev.nncc.runtime..", "dev.nncc.benchmarks..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getProperty", String.class)
        .orShould()
        .callMethod(System.class, "getProperty", String.class, String.class)
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .because("the same inputs and options give the same library")
        .check(all);
  }

  @Test
  void staticFieldsAreConstants() {
    fields()
        .that()
        .areStatic()
        .and()
        .doNotHaveModifier(SYNTHETIC)
        .should(beConstant())
        .because("two compilations in one process must not meet")
        .check(all);
  }

  @Test
  void collectionsIterateInADefinedOrder() {
    noClasses()
        .that()
        .resideInAPackage("dev.nncc..")
        .should()
        .callConstructorWhere(unordered())
        .orShould()
        .callMethod(Map.class, "copyOf", Map.class)
        .orShould()
        .callMethod(Set.class, "copyOf", java.util.Collection.class)
        .orShould()
        .callMethod(Collectors.class, "toSet")
        .orShould()
        .callMethod(Collectors.class, "toUnmodifiableSet")
        .because("output depends on it: take LinkedHashMap, TreeMap and their unmodifiable views")
        .check(all);
  }

  private static DescribedPredicate<com.tngtech.archunit.core.domain.JavaConstructorCall>
      unordered() {
    return DescribedPredicate.describe(
        "makes a hash collection without order",
        call ->
            call.getTargetOwner().isEquivalentTo(HashMap.class)
                    && !call.getOriginOwner().isAssignableTo(HashMap.class)
                || call.getTargetOwner().isEquivalentTo(HashSet.class)
                    && !call.getOriginOwner().isAssignableTo(HashSet.class));
  }

  private static ArchCondition<JavaField> beConstant() {
    return new ArchCondition<>("be final and hold something that cannot change") {
      @Override
      public void check(JavaField field, ConditionEvents events) {
        JavaClass type = field.getRawType();
        boolean open = type.isArray() && !field.getModifiers().contains(PRIVATE);
        boolean mutable = MUTABLE.stream().anyMatch(type::isAssignableTo);
        if (!field.getModifiers().contains(FINAL) || open || mutable) {
          events.add(SimpleConditionEvent.violated(field, field.getDescription() + " can change"));
        }
      }
    };
  }

  /** Classes with a source file of ours: neither generated ones nor tests. */
  private static JavaClasses ownClasses() {
    List<Path> files = Sources.find().files("src/main/java", ".java");
    Set<String> ours =
        files.stream()
            .map(Path::toString)
            .map(path -> path.substring(path.indexOf("/src/main/java/") + 15))
            .collect(Collectors.toSet());
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages("dev.nncc")
        .that(
            DescribedPredicate.describe(
                "have a source file",
                c -> ours.contains(c.getPackageName().replace('.', '/') + "/" + sourceName(c))));
  }

  private static String sourceName(JavaClass c) {
    return c.getSource().flatMap(com.tngtech.archunit.core.domain.Source::getFileName).orElse("");
  }
}
