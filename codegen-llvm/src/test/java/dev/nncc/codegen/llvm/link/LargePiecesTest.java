package dev.nncc.codegen.llvm.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LargePiecesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 9 << 20})
  void theFileStaysAsItIs(int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    Path file = Files.write(folder.resolve("m.so"), content);
    // Nothing that a umask takes away: linkers keep to that, too.
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    LargePieces.rewrite(file);
    assertThat(Files.readAllBytes(file)).isEqualTo(content);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rwx------");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }
}
