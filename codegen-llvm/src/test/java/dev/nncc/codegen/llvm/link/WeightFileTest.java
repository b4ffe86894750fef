package dev.nncc.codegen.llvm.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.codegen.llvm.plan.MemorySpec;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import dev.nncc.runtime.Status;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights beside the library instead of in it. */
class WeightFileTest {
  @TempDir static Path folder;

  private static Path library() throws Exception {
    LlvmTarget host = HostCpu.target();
    ModelSpec m = SampleLibrary.model("beside", host, 4);
    MemorySpec memory =
        new MemorySpec(
            m.memory().weights(), m.memory().arena(), 0, 0, m.memory().scratch(), "beside.weights");
    ModelSpec model =
        new ModelSpec(
            m.name(),
            m.compilerVersion(),
            m.target(),
            0,
            m.cpuFeatures(),
            m.kernels(),
            List.of(),
            m.profiles(),
            memory,
            0);
    List<String> kernels =
        List.of(
            SampleLibrary.binaryKernel("k_mul", "fmul"),
            SampleLibrary.binaryKernel("k_add", "fadd"));
    return SampleLibrary.link(folder, model, host, kernels, List.of());
  }

  @Test
  void mapsTheFileBesideTheLibrary() throws Exception {
    Path library = library();
    Path file = folder.resolve("beside.weights");
    try (Model model = Model.load(library)) {
      Files.deleteIfExists(file);
      refuses(model, "cannot read the weights " + file);
      Files.write(file, new byte[7]);
      refuses(model, "wrong size of the weights " + file);
      ByteBuffer data =
          ByteBuffer.allocate(4 * SampleLibrary.ELEMENTS).order(ByteOrder.nativeOrder());
      for (int i = 0; i < SampleLibrary.ELEMENTS; i++) {
        data.putFloat(i);
      }
      Files.write(file, data.array());
      try (Context context = model.newContext()) {
        float[] x = new float[SampleLibrary.ELEMENTS];
        Arrays.fill(x, 3);
        context.setInput(0, x);
        context.run();
        assertThat(context.outputFloats(0)[100]).isEqualTo(2 * 3 * 100f);
      }
    }
  }

  private static void refuses(Model model, String message) {
    assertThatThrownBy(model::newContext)
        .isInstanceOfSatisfying(
            NnccException.class, e -> assertThat(e.status()).isEqualTo(Status.CORRUPT))
        .hasMessageContaining(message);
  }
}
