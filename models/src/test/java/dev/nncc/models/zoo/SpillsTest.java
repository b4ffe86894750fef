package dev.nncc.models.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No spilled vector registers in the main loops of the zoo's kernels, for AVX-512. */
class SpillsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"lenet", "mobilenet-v1"})
  void mainLoopsOfSmallModels(String name) throws IOException {
    check(name);
  }

  @ParameterizedTest
  @MethodSource("dev.nncc.models.zoo.Zoo#names")
  @Tag("full")
  void mainLoopsOfAllModels(String name) throws IOException {
    check(name);
  }

  private void check(String name) throws IOException {
    Path model = folder.resolve(name + ".onnx");
    Zoo.write(name, ZooOptions.defaults(), model);
    CompileOptions options =
        CompileOptions.DEFAULT.withCpu("x86-64-v4").withEmit(List.of(CompileOptions.Emit.ASM));
    new Compiler(CompileListener.NONE).compile(model, folder, options);
    MainLoops.Found found = MainLoops.in(Files.readString(folder.resolve(name + ".s")));
    assertThat(found.spills()).as(name).isEmpty();
  }

  @Test
  void aSpillIsSeen() {
    String multiply = "\tvfmadd231ps\t%zmm1, %zmm2, %zmm3\n".repeat(8);
    String loop = "nncc_k0_conv:\n.LBB0_1:\n" + multiply + "SPILL\tjne\t.LBB0_1\n\tretq\n";
    assertThat(MainLoops.in(loop.replace("SPILL", "")).loops()).isEqualTo(1);
    assertThat(MainLoops.in(loop.replace("SPILL", "")).spills()).isEmpty();
    for (String spill :
        List.of(
            "\tvmovups\t%zmm15, 672(%rsp)\n",
            "\tvmovaps\t-96(%rsp), %zmm31\n", "\tvfmadd231ps\t32(%rsp), %zmm1, %zmm2\n")) {
      assertThat(MainLoops.in(loop.replace("SPILL", spill)).total()).as(spill).isEqualTo(1);
    }
    String pointer = loop.replace("SPILL", "\tvmovaps\t%zmm15, 64(%rbp)\n");
    assertThat(MainLoops.in(pointer).spills()).isEmpty();
    String frame = pointer.replace("nncc_k0_conv:\n", "nncc_k0_conv:\n\tmovq\t%rsp, %rbp\n");
    assertThat(MainLoops.in(frame).total()).isEqualTo(1);
    String outside = loop.replace("SPILL", "") + "\tvmovaps\t-96(%rsp), %zmm31\n";
    assertThat(MainLoops.in(outside).spills()).isEmpty();
  }
}
