package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.compiler.run.RunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFilesTest {
  @TempDir Path folder;

  @Test
  void aDiskThatIsFullLeavesTheFileAsItWasAndIsToldWithItsName() throws IOException {
    Path file = Files.writeString(folder.resolve("known.tuning"), "old");
    assertThatThrownBy(
            () ->
                OutputFiles.writeWhole(
                    file,
                    part -> {
                      Files.writeString(part, "new, but cut");
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(RunException.class)
        .hasMessage(file + " cannot be written: No space left on device");
    assertThat(file).hasContent("old");
    try (var all = Files.list(folder)) {
      assertThat(all).containsExactly(file);
    }
  }

  @Test
  void aFolderThatIsNotThereIsNotMade() {
    Path file = folder.resolve("no/such/file");
    assertThatThrownBy(() -> OutputFiles.writeWhole(file, part -> Files.writeString(part, "x")))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("there is no folder");
    assertThat(folder).isEmptyDirectory();
  }
}
