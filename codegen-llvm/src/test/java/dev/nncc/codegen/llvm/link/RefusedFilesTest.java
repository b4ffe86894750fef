package dev.nncc.codegen.llvm.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import dev.nncc.runtime.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that an application takes for a library. */
class RefusedFilesTest {
  @TempDir static Path folder;
  static Path one;

  @BeforeAll
  static void build() throws Exception {
    one = SampleLibrary.build(folder, "one", 0.5f, 4);
  }

  @Test
  void refusesWhatIsNoModel() throws Exception {
    Path text = Files.writeString(folder.resolve("text.so"), "not a library");
    assertThatThrownBy(() -> Model.load(folder.resolve("absent.so")))
        .isInstanceOf(NnccException.class)
        .hasMessageContaining("no such file: ");
    assertThatThrownBy(() -> Model.load(folder)).hasMessageContaining("is not a file");
    assertThatThrownBy(() -> Model.load(text))
        .isInstanceOf(NnccException.class)
        .hasMessage(text.toRealPath() + " is not a compiled library");
    Path other = Path.of(org.bytedeco.javacpp.Loader.load(org.bytedeco.llvm.global.LLVM.class));
    assertThatThrownBy(() -> Model.load(other))
        .isInstanceOf(NnccException.class)
        .hasMessageContaining("is no model compiled by nncc");
  }

  /** The dynamic loader would end the process. */
  @Test
  void refusesALibraryThatIsCutOff() throws Exception {
    byte[] all = Files.readAllBytes(one);
    for (int kept : new int[] {0, 3, 63, 100, all.length / 3, all.length / 2, all.length - 1}) {
      Path cut = Files.write(folder.resolve("cut.so"), Arrays.copyOf(all, kept));
      assertThatThrownBy(() -> Model.load(cut))
          .as("%d of %d bytes", kept, all.length)
          .isInstanceOf(NnccException.class)
          .hasMessageContaining(
              kept > 1000
                  ? "cut.so is cut off: it has %d of %d bytes".formatted(kept, all.length)
                  : "is not a compiled");
    }
  }

  @Test
  void refusesALibraryOfAnotherMachine() throws Exception {
    byte[] all = Files.readAllBytes(one);
    boolean arm = HostCpu.machine() == Machine.AARCH64;
    all[18] = (byte) (arm ? 62 : 183);
    Path other = Files.write(folder.resolve("other.so"), all);
    assertThatThrownBy(() -> Model.load(other))
        .isInstanceOfSatisfying(
            NnccException.class, e -> assertThat(e.status()).isEqualTo(Status.CPU))
        .hasMessageContaining("other.so was compiled for " + (arm ? "amd64" : "aarch64"))
        .hasMessageContaining("this Java runs on");
  }
}
