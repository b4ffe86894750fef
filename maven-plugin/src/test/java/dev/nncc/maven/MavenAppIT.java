package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.maven.MavenRun.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code examples/maven-app}, as a reader who copies it builds and runs it. */
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
  void isBuiltAndRunsOnThisJavaAndTheNewest() throws Exception {
    for (Path java : javas()) {
      MavenRun on = maven.on(java);
      Path app = on.copy(EXAMPLE, "maven-app");
      Result built = on.mvn(app, "package").succeeded();
      assertThat(built.output()).containsPattern("digits.onnx for .*kernels.*it is new");
      String shown = on.java(app, "-jar", "target/digits-app-1.0.jar", "three.png").output();
      assertThat(shown).startsWith("three.png shows 3 (").doesNotContain("WARNING");
      try (Stream<Path> needed = Files.list(app.resolve("target/lib"))) {
        assertThat(needed.map(f -> f.getFileName().toString()))
            .containsExactly("nncc-runtime-0.1.0.jar");
      }
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
