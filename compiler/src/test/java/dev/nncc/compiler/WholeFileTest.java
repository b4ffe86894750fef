package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir Path folder;

  @Test
  void nobodySeesHalfOfIt() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "old");
    WholeFile.write(
        file,
        part -> {
          Files.writeString(part, "new");
          assertThat(file).hasContent("old");
        });
    assertThat(file).hasContent("new");
    assertThat(folder).isDirectoryNotContaining(p -> !p.equals(file));
  }

  @Test
  void aFailureLeavesWhatWasThere() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "old");
    assertThatThrownBy(
            () ->
                WholeFile.write(
                    file,
                    part -> {
                      Files.writeString(part, "ne");
                      throw new IOException("disk full");
                    }))
        .hasMessage("disk full");
    assertThat(file).hasContent("old");
    assertThat(folder).isDirectoryNotContaining(p -> !p.equals(file));
  }

  @Test
  void foldersAreMadeAndLinksStay() throws IOException {
    Path file = folder.resolve("a/b/f");
    WholeFile.write(file, part -> Files.writeString(part, "old"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    WholeFile.write(link, part -> Files.writeString(part, "new"));
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("new");
    Files.delete(file);
    WholeFile.write(link, part -> Files.writeString(part, "again"));
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("again");
  }

  @Test
  void whatIsNoFileIsWrittenAsItIs() throws IOException {
    Path nothing = Path.of("/dev/null");
    WholeFile.write(nothing, part -> assertThat(part).isEqualTo(nothing));
    assertThat(Files.isRegularFile(nothing)).isFalse();
  }
}
