package dev.nncc.codegen.llvm.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFolderTest {
  @TempDir Path folder;

  @Test
  void goesWithItsContent() throws IOException {
    Path path;
    try (TemporaryFolder temporary = TemporaryFolder.in(folder)) {
      path = temporary.path();
      assertThat(path.getParent()).isEqualTo(folder);
      Files.createDirectories(path.resolve("a/b"));
      Files.writeString(path.resolve("a/b/c"), "text");
    }
    assertThat(path).doesNotExist();
    assertThat(folder).isEmptyDirectory();
  }

  /** What Ctrl-C does. */
  @Test
  void goesWhenTheProcessIsEnded() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    String classes =
        Path.of(TemporaryFolder.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            + ":"
            + Path.of(Holder.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Process process =
        new ProcessBuilder(
                java.toString(), "-cp", classes, Holder.class.getName(), folder.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      Path held = Path.of(String.valueOf(out.readLine()));
      assertThat(held).isNotEmptyDirectory();
      process.destroy();
      assertThat(process.waitFor()).isNotZero();
      assertThat(folder).isEmptyDirectory();
    }
  }

  /** Holds a folder until it is ended. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException {
      try (TemporaryFolder temporary = TemporaryFolder.in(Path.of(args[0]))) {
        Files.writeString(temporary.path().resolve("half"), "text");
        System.out.println(temporary.path());
        System.exit(System.in.read() < 0 ? 1 : 0); // waits
      }
    }
  }
}
