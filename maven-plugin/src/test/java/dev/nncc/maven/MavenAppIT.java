package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.maven.MavenRun.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The plugin in Maven: {@code examples/maven-app}, as a reader who copies it builds and runs it,
 * and a project that configures what there is to configure.
 */
class MavenAppIT {
  private static final Path EXAMPLE = Path.of("../examples/maven-app");
  private static MavenRun maven;

  @BeforeAll
  static void prepare() throws IOException {
    String folder = System.getProperty("nncc.it.folder");
    assumeTrue(folder != null, "runs in the phase integration-test");
    Path work = Path.of(folder).toAbsolutePath();
    maven = MavenRun.prepare(Files.createDirectories(work));
  }

  @Test
  void theExampleIsBuiltAndRunsOnThisJavaAndTheNewest() throws Exception {
    Path app = maven.copy(EXAMPLE, "maven-app");
    for (Path java : javas()) {
      MavenRun on = maven.on(java);
      Result built = on.mvn(app, "clean", "package").succeeded();
      assertThat(built.output()).containsPattern("digits.onnx for .*kernels.*\\(it is new\\)");
      String shown = on.java(app, "-jar", "target/digits-app-1.0.jar", "three.png").output();
      assertThat(shown).startsWith("three.png shows 3 (").doesNotContain("WARNING");
      try (Stream<Path> needed = Files.list(app.resolve("target/lib"))) {
        assertThat(needed)
            .singleElement()
            .satisfies(jar -> assertThat(jar).hasFileName("nncc-runtime-0.1.0.jar"))
            .satisfies(jar -> assertThat(Files.size(jar)).isLessThan(200_000));
      }
    }
    assertThat(maven.mvn(app, "-Dnncc.cpu=x86-64-v3", "process-resources").succeeded().output())
        .containsPattern("digits.onnx for x86_64-linux x86-64-v3: .*\\(--cpu x86-64-v3, before");
    Path pom = app.resolve("pom.xml");
    String execution = "<version>${nncc.version}</version>\n        <executions>";
    String misspelt = execution.replace("<exec", "<configuration><cpus/></configuration><exec");
    Files.writeString(pom, Files.readString(pom).replace(execution, misspelt));
    assertThat(maven.mvn(app, "process-resources").output())
        .contains("nncc-maven-plugin has no parameter <cpus>; close to it: cpu");
    assertThat(app.resolve("src/main/models/digits.onnx"))
        .hasSameBinaryContentAs(Path.of("../models/digits/digits.onnx"));
  }

  @Test
  void parametersReachTheCompilerAndOnlyChangesAreCompiled() throws Exception {
    Path project = maven.copy(Path.of("src/test/projects/two-models"), "two-models");
    Path models = Files.createDirectories(project.resolve("models"));
    Files.copy(Path.of("../models/digits/digits.onnx"), models.resolve("digits.onnx"));
    Files.write(models.resolve("open.onnx"), SmallModels.withOpenBatch());
    maven.mvn(project, "package").succeeded();
    Path target = project.resolve("target");
    assertThat(entries(target.resolve("two-models-1.jar")))
        .contains("com/acme/Digits.class", "com/acme/Open.class")
        .noneMatch(name -> name.startsWith("META-INF/nncc/"));
    assertThat(entries(target.resolve("two-models-1-linux-x86_64.jar")))
        .contains("META-INF/nncc/linux-x86_64/com.acme.Digits.so")
        .noneMatch(name -> name.contains("aarch64"));
    assertThat(entries(target.resolve("two-models-1-linux-aarch64.jar")))
        .contains("META-INF/nncc/linux-aarch64/com.acme.Digits.so");
    assertThat(target.resolve("generated-sources/nncc/com/acme/Open.java"))
        .content()
        .contains("PROFILES = List.of(\"batch=1\", \"batch=3\")");
    assertThat(target.resolve("generated-sources/nncc/com/acme/Digits.java"))
        .content()
        .contains(
            "compiled for x86_64-linux x86-64-v3, x86-64-v2", "compiled for aarch64-linux generic");

    Result again = maven.mvn(project, "-o", "-Dprecision=fp16", "process-resources").succeeded();
    assertThat(again.output())
        .contains("digits.onnx for linux-x86_64 is up to date")
        .contains("digits.onnx for linux-aarch64 is up to date")
        .contains("(--precision fp16, before --precision fp32)");

    Files.writeString(models.resolve("open.onnx"), "no model");
    Result broken = maven.mvn(project, "-o", "process-resources");
    assertThat(broken.code()).isNotZero();
    assertThat(broken.output())
        .containsPattern(
            "Failed .*: models/open.onnx: not an ONNX model, or damaged \\([^()]*\\) -> ")
        .containsOnlyOnce("not an ONNX model")
        .doesNotContain(" at dev.nncc.");
  }

  private static List<String> entries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().map(JarEntry::getName).toList();
    }
  }

  /** The Java of this build, and the newest that the system has. */
  private static List<Path> javas() throws IOException {
    List<Path> javas = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
    Path all = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(all)) {
      try (Stream<Path> homes = Files.list(all)) {
        homes
            .filter(home -> Files.isExecutable(home.resolve("bin/javac")))
            .filter(home -> feature(home) > Runtime.version().feature())
            .max((a, b) -> Integer.compare(feature(a), feature(b)))
            .ifPresent(javas::add);
      }
    }
    return javas;
  }

  /** 25, from the file that each JDK has. */
  private static int feature(Path home) {
    try {
      return Files.readAllLines(home.resolve("release")).stream()
          .filter(line -> line.startsWith("JAVA_VERSION="))
          .map(line -> line.replaceAll("[^0-9.]", "").replaceAll("\\..*", ""))
          .mapToInt(Integer::parseInt)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }
}
