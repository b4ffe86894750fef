package dev.nncc.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What only the text of the sources shows. */
@Tag("arch")
class SourcesTest {
  /** The aim is 400; the slack is for a file that is about to be split. */
  private static final int MOST_LINES = 450;

  private final Sources sources = Sources.find();

  @Test
  void everyPackageSaysWhatItIsForAndIsNullMarked() {
    List<Path> packages =
        sources.files("src/main/java", ".java").stream().map(Path::getParent).distinct().toList();
    assertThat(packages).hasSizeGreaterThanOrEqualTo(10);
    assertThat(packages)
        .allSatisfy(
            folder -> {
              Path info = folder.resolve("package-info.java");
              assertThat(info).exists();
              assertThat(sources.text(info)).startsWith("/**").contains("@NullMarked");
            });
  }

  @Test
  void filesAreShortEnoughToRead() {
    List<String> long_ =
        sources.files("src", ".java", ".c", ".h").stream()
            .filter(file -> lines(file) > MOST_LINES)
            .map(file -> sources.relative(file) + " has " + lines(file) + " lines")
            .toList();
    assertThat(long_).as("split along a concept").isEmpty();
  }

  @Test
  void noTestIsSwitchedOff() {
    List<Path> off =
        sources.files("src/test/java", ".java").stream()
            .filter(file -> !file.endsWith("SourcesTest.java"))
            .filter(file -> sources.text(file).contains("@Disabled"))
            .map(sources::relative)
            .toList();
    assertThat(off).isEmpty();
  }

  private long lines(Path file) {
    return sources.text(file).lines().count();
  }

  @Test
  void modulesAreAllSeen() {
    assertThat(sources.modules())
        .extracting(Path::getFileName)
        .extracting(Path::toString)
        .contains("graph-ir", "runtime", "cli", "benchmarks");
    assertThat(Files.exists(sources.root().resolve("pom.xml"))).isTrue();
  }
}
